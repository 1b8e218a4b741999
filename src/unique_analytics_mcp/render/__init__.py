"""Values to Markdown and structured content within a token budget; untrusted text made safe to show.

Pure: domain values in, texts and records out. It knows nothing of MCP, stores or platforms.

- `tokens.py`   what a text costs, and the budgets
- `text.py`     cleaned cells, tables, windows, calls
- `answers.py`  the records tools answer with, beside the domain's `Order` and `Summary`
- `texts.py`    each answer as Markdown
- `queries.py`  the rows of a query, as Markdown and cut to their budget
- `fence.py`    what people wrote, between lines they could not have written
- `budget.py`   cutting at rows until both forms fit
"""

from unique_analytics_mcp.render.answers import (
    OrderList,
    ReportAnswer,
    ReportGuide,
    guide_to_all,
    guide_to_one,
)
from unique_analytics_mcp.render.budget import cost, fit, fit_order, fit_orders, structured
from unique_analytics_mcp.render.queries import fit_query, query_text
from unique_analytics_mcp.render.text import clean, escape, json_for_terminals, message_text
from unique_analytics_mcp.render.texts import guide_text, order_text, orders_text, summary_text
from unique_analytics_mcp.render.tokens import CONCISE_TOKENS, DETAILED_TOKENS, tokens

__all__ = [
    "CONCISE_TOKENS",
    "DETAILED_TOKENS",
    "OrderList",
    "ReportAnswer",
    "ReportGuide",
    "clean",
    "cost",
    "escape",
    "fit",
    "fit_order",
    "fit_orders",
    "fit_query",
    "guide_text",
    "guide_to_all",
    "guide_to_one",
    "json_for_terminals",
    "message_text",
    "order_text",
    "orders_text",
    "query_text",
    "structured",
    "summary_text",
    "tokens",
]

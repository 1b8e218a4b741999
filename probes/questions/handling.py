"""Orders, further rows, files, the catalogue: what an agent does around the numbers."""

from __future__ import annotations

from typing import Final

from probes.asking import Call, Question, query, report, suggested
from probes.claims import first, row, rows, says, size, total
from probes.counting import added, ranked
from probes.days import span
from probes.questions.types import CHAT, DETAILED, NPS, PROMPTS, USAGE

_EVERYBODY: Final = "SELECT email, sum(count) AS interactions FROM report GROUP BY 1 ORDER BY 2 DESC, 1"

HANDLING: Final = (
    Question(
        "What can I ask at all?",
        [Call("describe_reports")],
        lambda _: [size("reports", 9), row("reports", DETAILED), row("reports", PROMPTS)],
    ),
    Question(
        "What does the spending column mean, and may it be added?",
        [Call("describe_reports", {"type": USAGE})],
        lambda _: [row("columns", "spent", "decimal"), says("may be added", "The currency is not in the file")],
    ),
    Question(
        "Show me more than ten people.",
        [report(CHAT, "last_month"), suggested("download_report_summary")],
        lambda true: [row("users", *each) for each in ranked(true(CHAT, "last_month"), "Email", by="Count")[:30]],
    ),
    Question(
        "Give me everybody, page after page.",
        [
            report(CHAT, "last_month"),
            query("#1", _EVERYBODY, limit=50),
            query("#1", _EVERYBODY, limit=50, offset=50),
        ],
        lambda true: [rows("rows", *ranked(true(CHAT, "last_month"), "Email", by="Count")[50:100])],
    ),
    Question(
        "Place the order now, I come back for the numbers.",
        [
            Call("create_analytics_order", {"type": CHAT, "period": "2026-08"}),
            Call("wait_for_order", {"order_id": "#1"}),
            Call("download_report_summary", {"order_id": "#1"}),
        ],
        lambda true: [total("interactions", added(true(CHAT, "2026-08"), "Count"))],
    ),
    Question(
        "Is that order of August ready?",
        [
            Call("create_analytics_order", {"type": CHAT, "period": "2026-08"}),
            Call("get_order_status", {"order_id": "#1"}),
        ],
        lambda _: [says("DONE", "2026-08-01", "2026-08-31", "download_report_summary")],
    ),
    Question(
        "Would ordering September again cost a second order?",
        [
            report(CHAT, "2026-09"),
            Call("create_analytics_order", {"type": CHAT, "period": "2026-09", "dry_run": True}),
        ],
        lambda _: [says("An equal order exists and would be reused.")],
    ),
    Question(
        "How many orders would sixty days in detail take?",
        [report(DETAILED, "last_60_days", split=True, dry_run=True)],
        lambda true: [says("Orders to place: 5", str(span("last_60_days", true.today)[0]), "nothing was ordered")],
    ),
    Question(
        "Which reports on satisfaction were ordered so far?",
        [report(NPS, "2026-Q3"), Call("list_analytics_orders", {"type": NPS})],
        lambda _: [says(NPS, "2026-07-01", "2026-09-30")],
    ),
    Question(
        "Save last month as a file for the controllers.",
        [
            report(CHAT, "last_month"),
            Call("download_report_summary", {"order_id": "#1", "save_csv_to": "october.csv"}),
        ],
        lambda true: [
            says("october.csv"),
            first("assistants", *ranked(true(CHAT, "last_month"), "Assistant", by="Count")[0]),
        ],
    ),
)
"""In the order they are asked."""

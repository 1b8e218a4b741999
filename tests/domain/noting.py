"""An order of NPS for October that was noted, and the report type it is of."""

from datetime import UTC, date, datetime

from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.order import NotedOrder, OrderRequest, OrderState
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType
from unique_analytics_mcp.domain.window import Window

ZONE = "Europe/Zurich"
OCTOBER = Window(start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone=ZONE, label="last_month", complete=True)
TODAY = Window(start=date(2026, 11, 1), end=date(2026, 11, 21), time_zone=ZONE, label="this_month", complete=False)
REQUEST = OrderRequest(backend="unique", type="NPS", window=OCTOBER, options={"assistant_id": "a1"})
AFTER_OCTOBER = datetime(2026, 11, 21, 9, tzinfo=UTC)
ARGUMENTS = {"type": "NPS", "start_date": "2026-10-01", "end_date": "2026-10-31", "assistant_id": "a1"}


def noted(
    state: OrderState = OrderState.DONE, *, window: Window = OCTOBER, created_at: datetime = AFTER_OCTOBER
) -> NotedOrder:
    return NotedOrder(
        order_id="o1",
        request=OrderRequest(backend="unique", type="NPS", window=window, options={"assistant_id": "a1"}),
        fingerprint="f",
        created_at=created_at,
        state=state,
        platform_state=state,
        remarks=("Prompts are hidden.",),
    )


NPS = ReportType(
    name="NPS",
    backend="unique",
    title="Net promoter score",
    answers="How satisfied people are.",
    row="one answer",
    columns=(Column(header="Score", kind=ColumnKind.INTEGER, meaning="0 to 10"),),
    max_days=365,
    roles="chat.feedback.read",
    caveats=(),
    summary=SummaryPlan(totals=()),
)

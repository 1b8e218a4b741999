"""Orders and summaries to show, and what one form of an answer says that the other does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from unique_analytics_mcp.domain.order import NextCall, Order, OrderState
from unique_analytics_mcp.domain.provenance import Part, Provenance
from unique_analytics_mcp.domain.summary import Summary, Table, Total
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.render import structured

OCTOBER = Window(
    start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="Europe/Zurich", label="last_month", complete=True
)
AS_OF = datetime(2026, 11, 2, 8, 0, 5, tzinfo=UTC)
COMPARE = NextCall(tool="run_analytics_report", arguments={"type": "CHAT_INTERACTION"}, why="To compare.")


def table(rows: int, *, name: str = "users", total_rows: int | None = None) -> Table:
    return Table(
        name=name,
        columns=["email", "interactions", "share"],
        rows=[[f"person.{n}@nordwind.example", 1000 - n, 0.125] for n in range(rows)],
        total_rows=rows if total_rows is None else total_rows,
        truncated=total_rows is not None,
    )


def summary(*tables: Table, **changes: object) -> Summary:
    whole = Summary(
        headline="Ada Muster used the Legal Helper most.",
        totals=[Total(name="interactions", value=1234567, unit=""), Total(name="spent", value="10.50", unit="CHF")],
        tables=list(tables),
        caveats=["Emails may be pseudonyms."],
        provenance=Provenance(
            order_id="order_1",
            type="CHAT_INTERACTION",
            window=OCTOBER,
            as_of=AS_OF,
            rows=4321,
            rejected_rows=2,
            columns_missing=["TabletCount"],
            columns_unknown=["Mood"],
            sha256="ab12" * 16,
            truncated=any(table.truncated for table in tables),
        ),
        next_steps=[COMPARE],
        csv_uri="analytics://orders/order_1/report.csv",
        saved_to="october.csv",
    )
    return whole.model_copy(update=changes)


def part(order_id: str, *, before: bool = False) -> Part:
    return Part(order_id=order_id, start=OCTOBER.start, end=OCTOBER.end, before=before, rows=2160, rejected_rows=1)


def together(*parts: Part) -> Provenance:
    rows = sum(part.rows for part in parts)
    return summary().provenance.model_copy(update={"parts": list(parts), "rows": rows})


def order(**changes: object) -> Order:
    made = Order(
        order_id="order_1",
        backend="unique",
        type="CHAT_INTERACTION",
        state=OrderState.PROCESSING,
        platform_state="RUNNING",
        window=OCTOBER,
        assistant_id="assistant_7",
        created_at=AS_OF,
        reused=True,
        waited_seconds=45.0,
        remarks=["The last check did not succeed."],
        next_step=NextCall(tool="wait_for_order", arguments={"order_id": "order_1"}, why="Still running."),
    )
    return made.model_copy(update=changes)


def leaves(value: object) -> Iterator[str]:
    """Every text and number in structured content."""
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def unsaid(answer: Summary | Order, text: str, *, besides: str = "") -> list[str]:
    """What the structured content says and the text does not."""
    plain = text.replace("\\", "")
    return [leaf for leaf in leaves(structured(answer)) if leaf not in plain and leaf != besides]

"""Answers as Markdown: each text alone says everything its structured content says.

Pure. Values come in cleaned (`clean_order`, `fit`) and already within their budget; here they are only worded.
"""

from __future__ import annotations

from unique_analytics_mcp.domain.order import Order
from unique_analytics_mcp.domain.provenance import Part, Provenance
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import TOTALS, Summary, Total
from unique_analytics_mcp.render.answers import OrderList, ReportGuide
from unique_analytics_mcp.render.text import (
    bullets,
    escape,
    moment_text,
    next_text,
    options_text,
    paragraphs,
    table_text,
    window_text,
)


def order_text(order: Order) -> str:
    """An order: where it stands, what it covers, what to call next."""
    facts = [f"Backend: {order.backend}."]
    if order.assistant_id is not None:
        facts.append(f"Only assistant {escape(order.assistant_id)}.")
    if order.options:
        facts.append(f"Asked for: {escape(options_text(order.options))}.")
    if order.created_at is not None:
        facts.append(f"Placed at {moment_text(order.created_at)}.")
    if order.waited_seconds is not None:
        facts.append(f"Waited {order.waited_seconds} seconds.")
    if order.reused:
        facts.append("This is an equal, earlier order: no new one was placed.")
    head = f"{_standing(order)}: {order.type} over {window_text(order.window)}. {' '.join(facts)}"
    return paragraphs(head, bullets(map(escape, order.remarks)), next_text([order.next_step]))


def _standing(order: Order) -> str:
    if order.order_id is None or order.state is None:
        return "Planned, not placed"
    return f"Order {order.order_id} is {order.state} (the platform says {escape(order.platform_state)})"


def orders_text(page: OrderList) -> str:
    """A page of orders."""
    rows = page.orders.rows
    head = f"Orders {page.offset + 1} to {page.offset + len(rows)}, newest first." if rows else "No orders here."
    more = "There are more." if page.more else "There are no more."
    return paragraphs(
        f"{head} {more}",
        bullets(map(escape, page.remarks)),
        table_text(page.orders) if rows else "",
        next_text(page.next_steps),
    )


def guide_text(guide: ReportGuide) -> str:
    """The reports there are, or one of them."""
    return paragraphs(
        guide.headline,
        f"Days are those of {guide.time_zone}, first and last included.",
        *map(table_text, guide.tables),
        f"Caveats:\n{bullets(guide.caveats)}" if guide.caveats else "",
    )


def summary_text(summary: Summary) -> str:
    """A summary: the answer first, then the numbers, then where they come from."""
    saved = "" if summary.saved_to is None else f"Saved to {summary.saved_to} in the export folder."
    return paragraphs(
        escape(summary.headline),
        f"Window: {window_text(summary.provenance.window)}.{_asked_text(summary.provenance)}",
        _totals_text(summary),
        *map(table_text, summary.tables),
        f"Caveats:\n{bullets(map(escape, summary.caveats))}" if summary.caveats else "",
        _provenance_text(summary),
        saved,
        next_text(summary.next_steps),
    )


def _asked_text(provenance: Provenance) -> str:
    return f" Asked for: {escape(options_text(provenance.options))}." if provenance.options else ""


def _totals_text(summary: Summary) -> str:
    """Each total with its unit; the units alone where a comparison's table has the values of all."""
    compared = {row[0] for table in summary.tables if table.name == TOTALS for row in table.rows}
    if not compared.issuperset(total.name for total in summary.totals):
        return f"Totals: {'; '.join(f'{total.name} {_value(total)}{_unit(total)}' for total in summary.totals)}."
    units = [f"{total.name}{_unit(total)}" for total in summary.totals if _unit(total)]
    return f"Units of totals: {'; '.join(units)}." if units else ""


def _value(total: Total) -> str:
    return "-" if total.value is None else str(total.value)


def _unit(total: Total) -> str:
    """In brackets; nothing where the total's name says it."""
    return "" if total.unit in ("", total.name) else f" ({total.unit})"


def _provenance_text(summary: Summary) -> str:
    provenance = summary.provenance
    if not provenance.parts:
        return f"{_facts_text(provenance)} CSV: {summary.csv_uri}"
    parts = bullets(map(part_text, provenance.parts))
    return f"{_facts_text(provenance)} CSV: {summary.csv_uri}; likewise for each order\n{parts}"


def part_text(part: Part) -> str:
    """One of several orders behind an answer."""
    days = f"{part.start} to {part.end}{' (before)' if part.before else ''}"
    return f"order {part.order_id}: {days}, {counted(part.rows, 'row')} read, {part.rejected_rows} rejected"


def _facts_text(provenance: Provenance) -> str:
    source = "several orders" if provenance.parts else f"order {provenance.order_id}"
    facts = [
        f"Source: {source}, {provenance.type}, as of {moment_text(provenance.as_of)}",
        f"{counted(provenance.rows, 'row')} read, {provenance.rejected_rows} rejected",
        f"sha256 {provenance.sha256[:12]}…",
    ]
    if provenance.columns_missing:
        facts.append(f"missing columns: {', '.join(map(escape, provenance.columns_missing))}")
    if provenance.columns_unknown:
        facts.append(f"undocumented columns: {', '.join(map(escape, provenance.columns_unknown))}")
    if provenance.truncated:
        facts.append("not every row is shown")
    return f"{'; '.join(facts)}."

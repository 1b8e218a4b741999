"""Keeping answers within their token budget, by whole rows.

Pure. An answer travels twice, as text and as structured content, and a host may show either: both are measured and
the larger counts. Ids that have names beside them go first, which is a caveat. Then long developments, such as one row
per day, are emptied, the longest before the others, because their beginning says little; what is complete and short
stays whole. Then the longest tables lose rows, so that every table shows as many of its first rows as the longest.
Where that leaves hardly a row to each, of many orders behind an answer a few are listed, and then calls that name many
go, because the tables are what was asked for. Then the last of the long tables are emptied for the others, and
where that is not enough, short ones too. Every cut of rows is said in the first sentence, which names the call for
the rest: it is the first next step. Where a detailed answer lacks a development, that is the chart, which has room
for all of it, or, of several orders, the same call with shorter rankings, or a query. Where nothing is cut, no call
for more is named.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, product
from typing import Final

from pydantic import BaseModel

from unique_analytics_mcp.domain.answer import TOPS, longest_cut, more_rows, query_for_all
from unique_analytics_mcp.domain.order import NextCall, Order, OrderPage
from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.sentences import counted, speaks_of_shared_place
from unique_analytics_mcp.domain.summary import TOTALS, Summary, Table, Total
from unique_analytics_mcp.render.answers import OrderList, clean_call, clean_order, order_list, shorter_order_list
from unique_analytics_mcp.render.text import CELL_LIMIT, clean, clean_cell, clean_list, clean_options
from unique_analytics_mcp.render.texts import order_text, orders_text, summary_text
from unique_analytics_mcp.render.tokens import CONCISE_TOKENS, DETAILED_TOKENS, tokens

MOST_NEXT_STEPS: Final = 3
MOST_ROWS: Final = TOPS[-1]
"""Largest `top` a caller may ask for."""
_FEWEST_ROWS: Final = 3
"""Rows below which a table says so little that it makes room for those before it."""
_SHORT_TABLE: Final = 16
"""Rows up to which a complete table stays whole beside cut ones: compared totals, a year by months, devices."""
_FEWER_ROWS: Final = 10
"""Rows of each ranking that leave room for days."""
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}\b.*|[0-9]{2}:[0-9]{2}")
"""A day, a month or a moment, or an hour of the day."""
_NAMED_CUTS: Final = 3
_MANY_ORDERS: Final = 8
"""Of more orders behind an answer the ids make room for rows of its tables."""
_FEW_ORDERS: Final = 3
"""Of so many orders those that are listed then."""
_WRAPPER_TOKENS: Final = 8
"""What `ReportAnswer` adds around a summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caps:
    """How much of everything but rows is shown."""

    items: int
    chars: int
    tables: int
    orders: int


# The first is what real reports get, of many orders the second; the others hold the budget against anything.
_WHOLE: Final = _Caps(items=20, chars=400, tables=12, orders=20)
_LISTING_FEW: Final = replace(_WHOLE, orders=_FEW_ORDERS)
_CAPS: Final = (
    _WHOLE,
    _Caps(items=8, chars=160, tables=6, orders=8),
    _Caps(items=3, chars=80, tables=3, orders=3),
    _Caps(items=1, chars=40, tables=0, orders=1),
)


def structured(answer: BaseModel) -> dict[str, object]:
    """The answer as structured content: what has no value is left out."""
    return answer.model_dump(mode="json", exclude_none=True)


def cost(answer: BaseModel, text: str) -> int:
    """Tokens of the larger of the two forms of an answer."""
    return max(tokens(text), tokens(answer.model_dump_json(exclude_none=True)))


def fit(summary: Summary, budget_tokens: int) -> Summary:
    """The summary, cleaned, with as many rows as both its forms can hold within the budget."""
    room, first = budget_tokens - _WRAPPER_TOKENS, _WHOLE
    if len(summary.provenance.parts) > _MANY_ORDERS:
        first = _LISTING_FEW
        for caps in (_WHOLE, first):
            if fitting := _cut_rows(_cleaned(summary, caps), room, fewest=_FEWEST_ROWS, may_empty=False):
                return fitting
        summary = _without_long_calls(summary)
    for fewest, caps in product((_FEWEST_ROWS, 1), (first, *_CAPS[1:-1])):
        if fitting := _cut_rows(_cleaned(summary, caps), room, fewest=fewest):
            return fitting
    return _settled(_cleaned(summary, _CAPS[-1]))


def fit_order(order: Order) -> Order:
    """The order, cleaned, with as many remarks as both its forms can hold in a concise answer."""
    fitting = order
    for caps in _CAPS:
        fitting = clean_order(order, remarks=caps.items, limit=caps.chars)
        if cost(fitting, order_text(fitting)) <= CONCISE_TOKENS - _WRAPPER_TOKENS:
            break
    return fitting


def fit_orders(page: OrderPage, *, filters: Mapping[str, str | int | bool]) -> OrderList:
    """The page with as many orders as both its forms can hold in a detailed answer; at least one.

    `filters` are the arguments that the call for the next page repeats.
    """
    whole = order_list(page, filters=filters)

    def first(rows: int) -> OrderList:
        return shorter_order_list(whole, rows, filters=filters)

    def fits(listed: OrderList) -> bool:
        return cost(listed, orders_text(listed)) <= DETAILED_TOKENS

    return whole if fits(whole) else first(max(1, most(len(page.orders), lambda rows: fits(first(rows)))))


def most(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `limit` that fits, given that all smaller ones do too; 0 when not even 1 does."""
    return bisect_left(range(1, limit + 1), True, key=lambda number: not fits(number))


def _without_long_calls(summary: Summary) -> Summary:
    """The summary without next steps that name many orders."""
    steps = [step for step in summary.next_steps if _orders_named(step) <= _MANY_ORDERS]
    return summary.model_copy(update={"next_steps": steps})


def _orders_named(step: NextCall) -> int:
    ids = (str(step.arguments.get(name, "")) for name in ("order_id", "order_ids", "before"))
    return sum(len(listed.split(",")) for listed in ids if listed)


def _cut_rows(summary: Summary, budget_tokens: int, *, fewest: int, may_empty: bool = True) -> Summary | None:
    """The summary with as many first rows of each table as fit; None when no table can have the `fewest`.

    Without `may_empty` None too where other tables than long developments would be emptied for that.
    """
    bare = _without_ids(summary)

    def cut(rows: int, emptied: Collection[str], *, spares_short: bool = True) -> Summary:
        tables = [_shortened(table, rows, emptied, spares_short=spares_short) for table in bare.tables]
        return _announced(bare.model_copy(update={"tables": tables}), bare.tables, budget_tokens)

    for whole in map(_settled, (summary, bare)):
        if _cost(whole) <= budget_tokens:
            return whole
    longest = max((len(table.rows) for table in bare.tables), default=0)
    developments = _long_developments(bare.tables)
    for count in range(1, len(developments) + 1):
        if _cost(shown := cut(longest, developments[:count])) <= budget_tokens:
            return shown
    ways = product((True, False), _fewer_and_fewer(bare.tables, developments))
    for spares_short, emptied in islice(ways, None if may_empty else 1):
        first = partial(cut, emptied=emptied, spares_short=spares_short)
        rows = most(longest, partial(_fits, first, budget_tokens))
        if rows >= min(fewest, longest):
            return first(rows)
    return None


def _fits(cut: Callable[[int], Summary], budget_tokens: int, rows: int) -> bool:
    return _cost(cut(rows)) <= budget_tokens


def _without_ids(summary: Summary) -> Summary:
    """The summary without ids that its tables can spare; which they are is its first caveat."""
    spared = dict.fromkeys(column for table in summary.tables for column in table.spare_ids)
    if not spared:
        return summary
    said = f"Without room for {', '.join(spared)}: names tell the rows apart. The CSV and query_report have them."
    tables = [table.without(table.spare_ids) for table in summary.tables]
    return summary.model_copy(update={"tables": tables, "caveats": [said, *summary.caveats]})


def _fewer_and_fewer(tables: Sequence[Table], emptied: Sequence[str]) -> Iterator[list[str]]:
    """Names of the tables to empty beside those that are: none, the last, the last two, all but the first.

    Of those behind the first, and of a comparison behind its totals and the first, the short ones come last: a year by
    months says more than the head of a further ranking.
    """
    kept = [table for table in tables if table.rows and table.name not in emptied]
    first = 2 if kept and kept[0].name == TOTALS else 1
    filled = [table.name for table in (*kept[:first], *sorted(kept[first:], key=_is_long))]
    for count in range(len(filled), 0, -1):
        yield [*emptied, *filled[count:]]


def _long_developments(tables: Sequence[Table]) -> list[str]:
    """Names of the long tables that follow time, the longest first; where there is nothing else, all but the last."""
    filled = sorted((table for table in tables if table.rows), key=lambda table: -len(table.rows))
    found = [table.name for table in filled if len(table.rows) > _SHORT_TABLE and _follows_time(table)]
    return found[:-1] if len(found) == len(filled) else found


def _follows_time(table: Table) -> bool:
    """True when it is complete and its rows are days, hours or the like in their order: no ranking."""
    labels = [str(cell) for row in table.rows for cell in row[:1]]
    return _is_complete(table) and labels == sorted(labels) and all(map(_TIME.fullmatch, labels))


def _is_long(table: Table) -> bool:
    """False for a table that stays whole beside cut ones."""
    return not _is_complete(table) or table.total_rows > _SHORT_TABLE


def _is_complete(table: Table) -> bool:
    return len(table.rows) == table.total_rows


def _settled(summary: Summary) -> Summary:
    """The summary as it is, without the calls that would show no more rows than it does."""
    shown = longest_cut(summary.tables) or (0 if summary.provenance.truncated else MOST_ROWS)
    steps = [step for step in summary.next_steps if not _shows_more(step) or int(step.arguments["top"]) > shown]
    return summary.model_copy(update={"next_steps": steps[:MOST_NEXT_STEPS]})


def _shows_more(step: NextCall) -> bool:
    return "top" in step.arguments


def _cost(summary: Summary) -> int:
    return cost(summary, summary_text(summary))


def _shortened(table: Table, rows: int, emptied: Collection[str], *, spares_short: bool) -> Table:
    """Its first rows; none of a table that is emptied, all of one that is complete and short where such are spared."""
    if table.name in emptied:
        return _emptied(table)
    return table if spares_short and not _is_long(table) else _first_rows(table, rows)


def _emptied(table: Table) -> Table:
    """Its name and its number of rows."""
    return table.model_copy(update={"columns": [], "rows": [], "truncated": True})


def _first_rows(table: Table, count: int) -> Table:
    if count >= len(table.rows):
        return table
    return table.model_copy(update={"rows": table.rows[:count], "truncated": True})


def _announced(shown: Summary, before: Sequence[Table], budget_tokens: int) -> Summary:
    """A summary whose first sentence says what was cut and where the rest is."""
    more = _call_for_more(shown, before)
    detailed = budget_tokens > CONCISE_TOKENS
    rest = f"{_csv_text(shown)} every row" if detailed else f"the first next step, {more.tool}, shows more"
    whole = [*_drawing(shown, before), *_beside_fewer(shown, before, more, budget_tokens)]
    steps = [step for step in shown.next_steps if step != more and step not in whole]
    is_ranked = longest_cut(shown.tables) >= longest_cut(before)
    return shown.model_copy(
        update={
            "caveats": [said for said in shown.caveats if is_ranked or not speaks_of_shared_place(said)],
            "headline": f"Shortened to fit: {_cuts(shown.tables, before)}; {rest}. {shown.headline}",
            "provenance": shown.provenance.model_copy(update={"truncated": True}),
            "next_steps": [*(whole if detailed else [more]), *steps][:MOST_NEXT_STEPS],
        }
    )


def _cut_developments(shown: Summary, before: Sequence[Table]) -> list[Table]:
    rows_shown = {table.name: len(table.rows) for table in shown.tables}
    return [table for table in before if rows_shown[table.name] < len(table.rows) and _follows_time(table)]


def _beside_fewer(shown: Summary, before: Sequence[Table], more: NextCall, budget_tokens: int) -> Iterator[NextCall]:
    """Of several orders, the call that shows the developments that were cut: beside short rankings, or a query."""
    cut = _cut_developments(shown, before)
    if not cut or not shown.provenance.parts or more.tool != "run_analytics_report":
        return
    tables = [table if _follows_time(table) else _first_rows(table, _FEWER_ROWS) for table in before]
    if _cost(shown.model_copy(update={"tables": tables})) <= budget_tokens:
        yield NextCall(
            tool=more.tool,
            arguments={**more.arguments, "top": _FEWER_ROWS},
            why=f"Shows all of {' and '.join(table.name for table in cut)}, beside shorter rankings.",
        )
    elif sum(part.rows for part in shown.provenance.parts) >= shown.provenance.rows:  # none of the orders is left out
        yield query_for_all([part.order_id for part in shown.provenance.parts])


def _drawing(shown: Summary, before: Sequence[Table]) -> Iterator[NextCall]:
    """The call that shows all of the longest development that was cut; of several orders theirs is there already."""
    cut = _cut_developments(shown, before)
    if cut and not shown.provenance.parts:
        longest = max(cut, key=lambda table: len(table.rows))
        yield NextCall(
            tool="chart_report",
            arguments={"order_id": shown.provenance.order_id, "by": longest.name},
            why=f"Draws all {longest.total_rows} rows of {longest.name}, one measure at a time.",
        )


def _csv_text(summary: Summary) -> str:
    if summary.provenance.parts:
        return "the CSV resources of its orders have"
    return f"the CSV resource {summary.csv_uri} has"


def _cuts(shown: Sequence[Table], before: Sequence[Table]) -> str:
    rows_shown = {table.name: len(table.rows) for table in shown}
    cuts = [
        f"{table.name} {rows_shown[table.name]} of {table.total_rows} rows"
        for table in before
        if rows_shown[table.name] < len(table.rows)
    ]
    hidden = len(cuts) - _NAMED_CUTS
    more = [counted(hidden, "more table")] if hidden > 0 else []
    return ", ".join(cuts[:_NAMED_CUTS] + more)


def _call_for_more(summary: Summary, before: Sequence[Table]) -> NextCall:
    """The call a summary already names for more rows, or one for as many as were computed."""
    for step in filter(_shows_more, summary.next_steps):
        return step
    longest = max((len(table.rows) for table in before), default=0)
    arguments = {"order_id": summary.provenance.order_id}
    return more_rows("download_report_summary", arguments, top=min(max(longest, 10), MOST_ROWS))


def _cleaned(summary: Summary, caps: _Caps) -> Summary:
    """The summary with every text that people or platforms wrote made safe, and lists of bounded length."""
    return summary.model_copy(
        update={
            "headline": clean(summary.headline, limit=2 * caps.chars),
            "totals": [_clean_total(total, caps) for total in summary.totals[: caps.items]],
            "tables": [_clean_table(table, caps) for table in summary.tables[: caps.tables]],
            "caveats": clean_list(_caveats(summary, caps), items=caps.items, limit=caps.chars),
            "provenance": _clean_provenance(summary.provenance, caps, cut=_is_cut(summary, caps)),
            "next_steps": [clean_call(call) for call in summary.next_steps[: caps.items]],
            "saved_to": None if summary.saved_to is None else clean(summary.saved_to),
        }
    )


def _is_cut(summary: Summary, caps: _Caps) -> bool:
    return len(summary.tables) > caps.tables or len(summary.provenance.parts) > caps.orders


def _caveats(summary: Summary, caps: _Caps) -> list[str]:
    notes = [
        *_not_shown(len(summary.totals) - caps.items, "total"),
        *_not_shown(len(summary.tables) - caps.tables, "table"),
        *_not_shown(len(summary.provenance.parts) - caps.orders, "order", " behind this answer"),
    ]
    return [*notes, *summary.unsaid_caveats]


def _not_shown(count: int, thing: str, where: str = "") -> Iterator[str]:
    if count > 0:
        yield f"{counted(count, thing)}{where} {'is' if count == 1 else 'are'} not shown."


def _clean_total(total: Total, caps: _Caps) -> Total:
    value = clean(total.value, limit=caps.chars) if isinstance(total.value, str) else total.value
    return Total(name=clean(total.name, limit=caps.chars), value=value, unit=clean(total.unit, limit=caps.chars))


def _clean_table(table: Table, caps: _Caps) -> Table:
    limit = min(caps.chars, CELL_LIMIT)
    return table.model_copy(
        update={
            "name": clean(table.name, limit=limit),
            "columns": [clean(column, limit=limit) for column in table.columns],
            "rows": [[clean_cell(cell, limit=limit) for cell in row] for row in table.rows],
        }
    )


def _clean_provenance(provenance: Provenance, caps: _Caps, *, cut: bool) -> Provenance:
    return provenance.model_copy(
        update={
            "type": clean(provenance.type),
            "options": clean_options(provenance.options, items=caps.items, limit=caps.chars),
            "columns_missing": clean_list(provenance.columns_missing, items=caps.items, limit=caps.chars),
            "columns_unknown": clean_list(provenance.columns_unknown, items=caps.items, limit=caps.chars),
            "truncated": provenance.truncated or cut,
            "parts": provenance.parts[: caps.orders],
        }
    )

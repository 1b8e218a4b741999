"""What the audit file says of a request: who asked, for what, what they were given, how it ended.

Never a cell of a report and never a token: only orders, windows, counts, and of the arguments those that name them.
A request that places or deletes an order is noted before it begins as well, so that no kill makes it unseen. What
cannot be noted is not given out.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import anyio

from unique_analytics_mcp.errors import AnalyticsError
from unique_analytics_mcp.render import clean
from unique_analytics_mcp.server.calls import is_refused, refusal
from unique_analytics_mcp.server.gate import caller_now, client_now
from unique_analytics_mcp.server.logs import request_id

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from unique_analytics_mcp.domain.order import Order

Words = Mapping[str, object]

_ARGUMENTS: Final = (
    "type", "period", "start_date", "end_date", "compare_to", "split", "dry_run", "order_id", "order_ids", "before",
    "state", "limit", "offset", "save_csv_to",
)  # fmt: skip
"""Those that are noted: no SQL and no option, which may name people."""
_LONGEST: Final = 300
"""Characters of an argument or an address."""
_MOST_ORDERS: Final = 100


@dataclass(frozen=True, slots=True)
class _Behind:
    """What a request has come to so far: answers name only the first of many orders, and errors none."""

    order_ids: list[str] = field(default_factory=list[str])
    types: list[str] = field(default_factory=list[str])
    """Of the reports that were read."""
    days: list[date] = field(default_factory=list[date])
    """The first and last ones of these."""


_behind_now: Final[ContextVar[_Behind | None]] = ContextVar("behind_now", default=None)
"""Of the request that is being answered."""


def note_order(order: Order) -> None:
    """Remember an order that the request now answered has placed, or found to reuse."""
    behind = _behind_now.get()
    if behind is not None and order.order_id is not None:
        behind.order_ids.append(order.order_id)


def note_read(order_id: str, type: str, start: date, end: date) -> None:
    """Remember a report that the request now answered has read, with its first and last day."""
    behind = _behind_now.get()
    if behind is not None:
        behind.order_ids.append(order_id)
        behind.types.append(type)
        behind.days.extend((start, end))


@contextmanager
def _noting() -> Generator[_Behind]:
    """What the block comes to."""
    behind = _Behind()
    token = _behind_now.set(behind)
    try:
        yield behind
    finally:
        _behind_now.reset(token)


class Book(Protocol):
    """Where lines are kept."""

    async def write(self, content: Mapping[str, object], /) -> None:
        """Keep one line, or raise a `StoreError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A request for data, as it is noted."""

    what: str
    """A tool, the method of a task, or `resource`."""
    asked: Words
    changes: bool
    """True when it may place or delete an order."""


class Auditor:
    """Notes each access; as a middleware of the SDK's server."""

    def __init__(self, book: Book, *, changing: frozenset[str], silent: frozenset[str]) -> None:
        """`changing` are the tools that may place or delete orders, `silent` those that give no data."""
        self._book, self._changing, self._silent = book, changing, silent

    async def watch(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let the request through, noted; without room for the note it is refused."""
        access = self._access(ctx.method, ctx.params or {})
        if access is None:
            return await call_next(ctx)
        try:
            return await self._noted(access, ctx, call_next)
        except AnalyticsError as error:  # the note's: those of the request were worded before they come here
            return refusal(ctx, error)

    async def _noted(self, access: Access, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if access.changes:
            await self._book.write(_line(access, "begun"))
        with _noting() as behind:
            try:
                result = await call_next(ctx)
            except Exception:
                await self._book.write(_line(access, "refused", **_orders(behind.order_ids)))
                raise
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await self._book.write(_line(access, "cancelled", **_orders(behind.order_ids)))
                raise
        if is_refused(result):
            await self._book.write(_line(access, "refused", **_orders(behind.order_ids)))
        else:
            said = result if isinstance(result, dict) else {}
            await self._book.write(_line(access, "given", **_with_all(given_by(said), behind)))
        return result

    def _access(self, method: str, params: Mapping[str, Any]) -> Access | None:
        """None for requests that give nothing of a report or an order."""
        match method:
            case "tools/call" if (tool := str(params.get("name"))) not in self._silent:
                asked = _asked(_part(params, "arguments"))
                return Access(what=clean(tool, limit=60), asked=asked, changes=tool in self._changing)
            case "resources/read" if str(uri := params.get("uri")).startswith("analytics://orders/"):
                return Access(what="resource", asked={"uri": _short(uri)}, changes=False)
            case "tasks/get":
                return Access(what=method, asked={"task": _short(params.get("taskId"))}, changes=False)
            case "completion/complete" if _part(params, "argument").get("name") == "order_id":
                return Access(what="completion", asked={}, changes=False)
            case _:
                return None


def given_by(result: Mapping[str, Any]) -> Words:
    """What a result holds: the report's type and window, the orders, how many rows; without what does not apply."""
    record = _record(result)
    source = _part(record, "provenance") or next(iter(record.get("sources", ())), record)
    window = _part(source, "window")
    found: dict[str, object] = {
        "type": source.get("type"),
        "window": {end: window[end] for end in ("start", "end") if end in window},
        "order_ids": [*dict.fromkeys(_order_ids(record, result))][:_MOST_ORDERS],
        "rows": sum(_counts(record, result)),
        "rows_read": source.get("rows") if "sha256" in source else None,
    }
    return {name: value for name, value in found.items() if value not in (None, {}, [])}


def _with_all(given: Words, behind: _Behind) -> Words:
    """What a result holds, with each order behind it, and the types and days of all reports that were read."""
    named = cast("Sequence[str]", given.get("order_ids", ()))
    found = {**given, **_orders([*behind.order_ids, *named])}
    if behind.types:
        window = {"start": min(behind.days).isoformat(), "end": max(behind.days).isoformat()}
        found |= {"type": ", ".join(dict.fromkeys(behind.types)), "window": window}
    return found


def _orders(order_ids: Sequence[str]) -> Words:
    """The orders that a request came to, each once; nothing where it came to none."""
    return {"order_ids": [*dict.fromkeys(order_ids)][:_MOST_ORDERS]} if order_ids else {}


def _line(access: Access, outcome: str, **given: object) -> Words:
    caller = caller_now()
    return {
        "by": {"user": caller.user_id, "company": caller.company_id} if caller else "operator",
        "client": _short(client_now()),
        "request_id": request_id.get(),
        "what": access.what,
        "asked": access.asked,
        "outcome": outcome,
        **given,
    }


def _asked(arguments: Mapping[str, Any]) -> Words:
    return {name: _short(arguments[name]) for name in _ARGUMENTS if arguments.get(name) is not None}


def _short(value: object) -> str | int | bool:
    return value if isinstance(value, bool | int) else clean(str(value), limit=_LONGEST)


def _record(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The structured answer of a tool, of a finished task, or of a resource in JSON."""
    record = _part(_part(result, "result") or result, "structuredContent")
    for content in _contents(result):
        if content.get("mimeType") == "application/json":
            record = cast("dict[str, Any]", json.loads(content.get("text", "{}")))
    return _part(record, "summary") or _part(record, "order") or record


def _contents(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return result.get("contents") or ()


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return cast("Mapping[str, Any]", part) if isinstance(part, dict) else {}


def _order_ids(record: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    source = _part(record, "provenance") or record
    for part in (source, *source.get("parts", ()), *record.get("sources", ())):
        if part.get("order_id"):
            yield str(part["order_id"])
    listed = _part(record, "orders")
    if "order_id" in listed.get("columns", ()):
        place = listed["columns"].index("order_id")
        yield from (str(row[place]) for row in listed["rows"])
    if "taskId" in result:
        yield str(result["taskId"]).partition(".")[0]


def _counts(record: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[int]:
    """Rows of tables, of queries and charts, of a list, of a page of a CSV or of texts; values of a completion."""
    tables = [record, _part(record, "orders"), *record.get("tables", ())]
    yield from (len(table["rows"]) for table in tables if isinstance(table.get("rows"), list))
    yield from (_part(content, "_meta").get("rows", 0) for content in _contents(result))
    yield len(_part(result, "completion").get("values", ()))

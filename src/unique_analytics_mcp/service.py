"""What callers use: orders from a question to their numbers, for one identity.

The imperative shell between the pure domain and the world: it gathers, lets the domain decide, and acts. The parts of
an order's life are modules of their own (ADR 6). It knows the port, the store and the analysis, but no platform, no MCP
and no environment. One `Service` works on one analytics service or on several side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import anyio

from unique_analytics_mcp.answering import answered, sources_behind, summed_up, summed_up_together
from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.desks import Desk, Desks, Place
from unique_analytics_mcp.domain.fetched import CsvPage, Intake
from unique_analytics_mcp.domain.order import NotedOrder, Order, OrderPage, OrderRequest, PlatformOrder
from unique_analytics_mcp.domain.order_answer import adopted_request, deleted_order, own_order, planned_order
from unique_analytics_mcp.domain.people import Pseudonyms
from unique_analytics_mcp.domain.period import resolve_window
from unique_analytics_mcp.domain.placed import plan_of
from unique_analytics_mcp.domain.plan import ReportPlan, report_plan
from unique_analytics_mcp.domain.provenance import Provenance, provenance_of
from unique_analytics_mcp.domain.query import QueryAnswer, order_ids_of
from unique_analytics_mcp.domain.report import Catalogue, ReportType
from unique_analytics_mcp.domain.request import find_report_type, known_state, order_request, zone_of
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.domain.together import planned_together
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import OrderNotFound, QueryEnded
from unique_analytics_mcp.exporting import export_target, exported
from unique_analytics_mcp.fetching import intake_of
from unique_analytics_mcp.gathering import AT_ONCE, Gathering, fetched_together
from unique_analytics_mcp.progress import OnProgress
from unique_analytics_mcp.querying import Queries
from unique_analytics_mcp.waiting import waited
from unique_analytics_mcp.watching import Counted, Watch

if TYPE_CHECKING:
    from unique_analytics_mcp.analysis.texts import TextPage
    from unique_analytics_mcp.store import StoredReport

_PATIENCE_S: Final = 45.0
"""Seconds that a call waits for a download, which goes on without it."""

MOST_ORDERS: Final = 8
"""Orders that one call may place for a long window, unless the operator says otherwise."""


class Service:
    """Orders and reports of one identity; an async context manager."""

    def __init__(
        self,
        *places: Place,
        clock: Clock,
        time_zone: str,
        enabled: Collection[str],
        export_dir: Path | None = None,
        people: Pseudonyms | None = None,
        most_orders: int = MOST_ORDERS,
        own_orders_only: bool = False,
        watch: Watch | None = None,
    ) -> None:
        """`people` keeps names out of everything; no shelf may hold a report that was kept without them.

        With `own_orders_only` an order that was not placed here, by this identity, is unknown.
        """
        self.time_zone = time_zone
        self._all_types: Catalogue = {
            name: report for place in places for name, report in place.backend.catalogue.items()
        }
        self.catalogue: Catalogue = {name: report for name, report in self._all_types.items() if name in enabled}
        self._clock = clock
        self._watch = watch or Watch()
        self._export_dir = export_dir
        self._most_orders = most_orders
        self._desks = Desks(
            [
                Desk(
                    place,
                    clock=clock,
                    people=people,
                    adopt=None if own_orders_only else partial(self._adopted_request, backend=place.backend.name),
                    watch=self._watch,
                )
                for place in places
            ]
        )
        self._queries = Queries(
            self._reports,
            catalogue=self.catalogue,
            turns=self._watch.turns.statements,
        )

    async def __aenter__(self) -> Self:
        await self._desks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._desks.__aexit__()
        finally:
            with anyio.CancelScope(shield=True):
                await self._queries.aclose()

    def now(self) -> datetime:
        """The clock's time, aware."""
        return self._clock.now()

    # What can be known before any call

    def request(
        self,
        *,
        type: str,
        period: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> OrderRequest:
        """The legal request for what a caller wrote.

        Raises:
            InvalidRequest: what was wrong, what is allowed and, where a date is at fault, today's date.
        """
        report, given = self.report_type(type), options or {}
        window = self._window(report, given, period=period, start_date=start_date, end_date=end_date)
        return order_request(report, window, given)

    def plan(
        self,
        *,
        type: str,
        period: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
        options: Mapping[str, str] | None = None,
        compare: bool = False,
        split: bool = False,
    ) -> ReportPlan:
        """The legal orders for what a caller wrote: `compare` adds the window before, `split` allows a long one.

        Raises:
            InvalidRequest: as in `request`, and what `split` cannot do.
        """
        report, given = self.report_type(type), options or {}
        window = self._window(report, given, period=period, start_date=start_date, end_date=end_date)
        return report_plan(report, window, given, compare=compare, split=split, most_orders=self._most_orders)

    def _window(
        self,
        report: ReportType,
        options: Mapping[str, str],
        *,
        period: str | None,
        start_date: str | None,
        end_date: str | None,
    ) -> Window:
        zone = zone_of(report, options, default=self.time_zone)
        return resolve_window(period=period, start_date=start_date, end_date=end_date, now=self.now(), time_zone=zone)

    def report_type(self, name: str) -> ReportType:
        """The literal for a type's name in any case.

        Raises:
            InvalidRequest: no such type, or one the operator has not switched on.
        """
        return find_report_type(name, catalogue=self._all_types, enabled=self.catalogue)

    def _report_of(self, request: OrderRequest) -> ReportType:
        """The type as the request's options make it."""
        return self.report_type(request.type).asked_with(request.options)

    def _adopted_request(self, order: PlatformOrder, *, backend: str) -> OrderRequest:
        report = self.report_type(order.type)
        return adopted_request(order, backend=backend, report=report, time_zone=self.time_zone)

    async def _reusable(self, request: OrderRequest) -> NotedOrder | None:
        return await self._desks.of_backend(request.backend).orders.reusable(request)

    # Placing

    async def preview(self, request: OrderRequest, *, reuse: bool = True) -> Order:
        """What `create` would do, without any call: the order it would reuse, or a plan."""
        remarks = ["Dry run: nothing was ordered."]
        noted = await self._reusable(request) if reuse else None
        if noted is not None:
            return own_order(noted, reused=True, remarks=[*remarks, "An equal order exists and would be reused."])
        caveats = self.catalogue[request.type].caveats
        return planned_order(request, reuse=reuse, remarks=[*remarks, "One order would be placed.", *caveats])

    async def foresee(self, plan: ReportPlan) -> Order:
        """What `answer` would order and what reuse, without any call."""
        reusable = [await self._reusable(request) for request in plan.requests]
        return planned_together(plan, reusable, at_once=AT_ONCE)

    async def create(self, request: OrderRequest, *, reuse: bool = True) -> Order:
        """The running or recent equal order, or a new one: two equal requests never make two orders.

        Raises:
            BackendError: refused, unreachable or unclear.
            StoreError: the order cannot be noted, so it was not placed.
        """
        return await self._desks.of_backend(request.backend).orders.create(request, reuse=reuse)

    # Asking and waiting

    async def status(self, order_id: str) -> Order:
        """An order as it stands; a final one is answered without a call.

        Raises:
            InvalidRequest: not an order id.
            OrderNotFound: neither the platform nor the store knows it.
            BackendError: refused or unreachable.
        """
        orders = self._desks.of_order(order_id).orders
        noted = await orders.current(order_id, fresh=True)
        return own_order(noted, remarks=orders.troubles(noted))

    async def platform_answer(self, order_id: str) -> Mapping[str, object]:
        """What the platform itself says of an order, key for key; errors as in `status`."""
        return await self._desks.of_order(order_id).orders.platform_answer(order_id)

    async def wait(self, order_id: str, *, patience_s: float, on_progress: OnProgress | None = None) -> Order:
        """The order when it is final, or as it stands when `patience_s` seconds are over: a normal answer.

        Cancelling the call ends the waiting, never the order.

        Raises:
            InvalidRequest: not an order id.
            BackendError: refused; a passing trouble is waited out.
        """
        orders = self._desks.of_order(order_id).orders
        return await waited(orders, order_id, clock=self._clock, patience_s=patience_s, on_progress=on_progress)

    # Reports

    async def answer(
        self,
        plan: ReportPlan,
        *,
        top: int,
        patience_s: float,
        on_placed: Callable[[Order], None] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Summary | Order:
        """From question to numbers: the summary over all orders of a plan, or one that is still running.

        `patience_s` seconds are waited for the orders; a download begun in time may take a few more.

        `on_placed` sees each order as soon as it has an id. An equal call goes on with what is placed.

        Raises:
            OrderFailed: the platform gave an order up; the message names it.
            BackendError: refused or unreachable.
            ReportUnreadable: a report is no table.
        """
        gathering = Gathering(
            plan=plan,
            create=self.create,
            wait=self.wait,
            fetch=self._report,
            monotonic=self._clock.monotonic,
            patience_s=patience_s,
            on_placed=on_placed,
            on_progress=on_progress,
        )
        await gathering.gather()
        return await answered(gathering, top=top, turns=self._watch.turns)

    async def summary(
        self, order_id: str, *, top: int, save_csv_to: str | None = None, patience_s: float | None = _PATIENCE_S
    ) -> Summary:
        """The answer computed from a DONE order's report, fetched when it is not here yet.

        `save_csv_to` is a file name inside the configured export folder. None for `patience_s` waits for the download
        as long as it takes; otherwise it goes on in the background when the seconds are over.

        Raises:
            InvalidRequest: not an order id, or not a file name in the export folder.
            OrderNotReady: the order is still running, or its report still on its way.
            OrderFailed: the platform gave it up.
            BackendError: refused or unreachable.
            ReportUnreadable: the report is no table.
        """
        target = None if save_csv_to is None else export_target(self._export_dir, save_csv_to)
        report = await self._report(order_id, patience_s=patience_s)
        remarks = [] if target is None else await exported(self._desks.of_order(order_id).shelf, order_id, target)
        kind = self._report_of(report.order.request)
        turns = self._watch.turns
        return await summed_up(report, kind, top=top, turns=turns, saved_to=save_csv_to, remarks=remarks)

    async def summary_together(self, order_ids: str, *, before: str | None = None, top: int) -> Summary:
        """The answer over DONE orders of one type, merged or, with those of the window `before`, compared.

        Both are ids with commas between. Of one order it is its `summary`.

        Raises:
            InvalidRequest: no order ids, or orders that make no such answer.
            AnalyticsError: as in `summary`, of any of the orders.
        """
        now = order_ids_of(order_ids, name="order_id")
        if len(now) == 1 and before is None:
            return await self.summary(now[0], top=top)
        earlier = [] if before is None else order_ids_of(before, name="before")
        reports = await self._reports([*now, *earlier])
        requests = [report.order.request for report in reports]
        plan = plan_of(self.report_type(requests[0].type), requests[: len(now)], requests[len(now) :])
        in_turn = [report for request in plan.requests for report in reports if report.order.request is request]
        return await summed_up_together(plan, in_turn, top=top, turns=self._watch.turns)

    async def provenance(self, order_ids: str) -> Provenance:
        """Where rows come from that a `query` of these orders gives; errors as there."""
        return provenance_of(sources_behind(await self._reports(order_ids_of(order_ids, name="order_id"))))

    async def query(self, order_ids: str, sql: str, *, limit: int = 100, offset: int = 0) -> QueryAnswer:
        """A page of the rows that one reading statement gives over DONE orders' reports, fetched when not here yet.

        `order_ids` are separated by commas, or a JSON list as text. The tables are `r1`, `r2`, … in their order, and
        `report` with all rows when the orders are of one type.

        Raises:
            InvalidRequest: no order ids, or a statement that may not run or cannot.
            QueryEnded: the statement ran into a limit of memory or of time.
            AnalyticsError: as in `summary`, of any of the orders.
        """
        try:
            return await self._queries.answer(order_ids, sql, limit=limit, offset=offset)
        except QueryEnded:
            self._watch.tally.add(Counted.QUERIES_ENDED)
            raise

    async def intake(self, order_id: str) -> Intake:
        """The columns and rows of a DONE order's report; errors as in `summary`."""
        return intake_of(await self._report(order_id))

    async def texts(self, order_id: str, *, offset: int, limit: int) -> TextPage:
        """What people wrote in a DONE order's report, untrusted; errors as in `summary`."""
        report = await self._report(order_id)
        from unique_analytics_mcp.analysis.texts import texts

        kind = self._report_of(report.order.request)
        return await self._watch.turns.of_report(lambda: texts(report.parquet_path, kind, offset=offset, limit=limit))

    async def csv_page(self, order_id: str, *, offset: int, limit: int) -> CsvPage:
        """Whole rows of a DONE order's CSV from row `offset`; errors as in `summary`."""
        report = await self._report(order_id)
        from unique_analytics_mcp.analysis.pages import page

        intake = intake_of(report)
        total = intake.rows + intake.rejected_rows
        return await self._watch.turns.of_report(
            lambda: page(report.csv_path, offset=offset, limit=limit, total_rows=total)
        )

    async def csv_file(self, order_id: str) -> Path:
        """Where the store keeps a DONE order's CSV, table or not, to be read only; errors as in `summary`."""
        desk = self._desks.of_order(order_id)
        return (await desk.reports.fetched(await desk.done(order_id))).csv_path

    async def save_csv(self, order_id: str, target: Path) -> Path:
        """Write a DONE order's CSV, table or not, to an absolute path, atomically; errors as in `summary`."""
        await self.csv_file(order_id)
        return await self._desks.of_order(order_id).shelf.export(order_id, target)

    async def _report(self, order_id: str, *, patience_s: float | None = _PATIENCE_S) -> StoredReport:
        """The fetched and typed report of a DONE order."""
        desk = self._desks.of_order(order_id)
        noted = await desk.done(order_id)
        report = self._report_of(noted.request)
        return await desk.reports.of(noted, report, patience_s=patience_s)

    async def _reports(self, order_ids: Sequence[str]) -> list[StoredReport]:
        """The fetched and typed reports of DONE orders, in their order."""
        return await fetched_together(self._report, order_ids, monotonic=self._clock.monotonic, patience_s=_PATIENCE_S)

    # Lists and removal

    async def orders(
        self,
        *,
        type: str | None = None,
        state: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> OrderPage:
        """The platform's orders that match, newest first; they may be others' too.

        Raises:
            InvalidRequest: an unknown type or state.
            BackendError: refused or unreachable.
        """
        wanted_type = None if type is None else self.report_type(type).name
        wanted_state = None if state is None else known_state(state)
        count = offset + limit + 1
        listed = await self._desks.listed(wanted_type, wanted_state, count=count, time_zone=self.time_zone)
        more = len(listed.orders) >= count
        unreadable = counted(listed.unreadable, "order")
        odd = [f"Not shown: {unreadable} that the platform lists without a usable id, type or state."]
        return OrderPage(
            orders=list(listed.orders[offset : offset + limit]),
            offset=offset,
            more=more or bool(listed.remarks),
            next_offset=offset + limit if more else None,
            remarks=[*listed.remarks, *(odd if listed.unreadable else ())],
        )

    async def noted_order_ids(self) -> list[str]:
        """The ids of this principal's own noted orders, newest first, without a call."""
        return await self._desks.noted_order_ids()

    async def delete(self, order_id: str) -> Order:
        """Remove an order from the platform and its report from the store; gives what it was.

        Raises:
            InvalidRequest: not an order id.
            BackendError: refused or unreachable; nothing is removed here then.
        """
        desk = self._desks.of_order(order_id)
        noted, remark = await desk.orders.current(order_id), "Deleted on the platform and here."
        try:
            await desk.backend.delete(order_id)
        except OrderNotFound:
            remark = "The platform had deleted it already; it is deleted here too."
        async with desk.reports.at_rest(order_id):
            await desk.orders.forget(order_id)
        return deleted_order(noted, remark=remark)

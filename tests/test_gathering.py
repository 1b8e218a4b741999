"""Several orders for one answer: few at a time, all noted, none twice, one deadline for all."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from fakes import FakeBackend, FakeTime
from recount import HEADER
from services import service_on
from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.domain.order import Order, OrderRequest, OrderState, PlatformOrder, state_of
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import InvalidRequest, NotAllowed, OrderFailed, OrderNotReady
from unique_analytics_mcp.gathering import AT_ONCE, Gathering
from unique_analytics_mcp.progress import Progress
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.store import StoredReport

pytestmark = pytest.mark.thorough


@dataclass
class WindowedBackend(FakeBackend):
    """Orders that know their window: those that start in `slow` never end, in `broken` fail, in `cut` lose a record."""

    slow: Collection[date] = ()
    broken: Collection[date] = ()
    cut: Collection[date] = ()
    most_open: int = 0
    """The most orders that were open at once."""
    on_submit: Callable[[], None] = field(default=lambda: None)

    async def submit(self, request: OrderRequest, *, attempted_at: object = None) -> PlatformOrder:
        placed = await super().submit(request)
        self.most_open = max(self.most_open, sum(not order.state.is_final for order in self.orders.values()))
        self.on_submit()
        return placed

    async def status(self, order_id: str) -> PlatformOrder:
        await self._called("status", order_id)
        order = self._known(order_id)
        word = "PROCESSING" if order.start in self.slow else "ERROR" if order.start in self.broken else "DONE"
        self.orders[order_id] = replace(order, state=state_of(word), platform_state=word)
        return self.orders[order_id]

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:
        await self._called("fetch", order_id)
        start = self._known(order_id).start
        assert start is not None
        line = f"ada.muster@nordwind.example,{start:%d.%m.%Y},Translator,{start.day},{start.day},0,0,0"
        content = f"{HEADER}\r\n{line}\r\n{'short,row' if start in self.cut else ''}".encode()
        if self._known(order_id).type == "CHAT_INTERACTION_DETAILED":
            content = f"Username,Timestamp,Space,Chat ID\r\nAda,{start}T08:00:00Z,Translator,chat_{start}\r\n".encode()
        await anyio.to_thread.run_sync(sink.write, content)
        return ()


def compared(service: Service) -> ReportPlan:
    return service.plan(type="CHAT_INTERACTION", period="last_month", compare=True)


def ninety_days(service: Service) -> ReportPlan:
    """Seven orders, from 2026-08-23 to 2026-11-20."""
    return service.plan(type="CHAT_INTERACTION_DETAILED", period="last_90_days", split=True)


SECOND = date(2026, 9, 6)
"""First day of the second of the seven."""


async def answered(service: Service, plan: ReportPlan, *, patience_s: float = 60) -> Summary | Order:
    return await service.answer(plan, top=10, patience_s=patience_s)


async def test_a_comparison_orders_both_windows_and_sets_them_side_by_side(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        found = await answered(service, compared(service))
    assert isinstance(found, Summary)
    windows = [(str(order.start), str(order.end)) for order in backend.orders.values()]
    assert windows == [("2026-10-01", "2026-10-31"), ("2026-08-31", "2026-09-30")]
    assert found.tables[0].rows[0] == ["interactions", 1, 31, -30, -96.8]
    assert [(part.order_id, part.before, part.rows) for part in found.provenance.parts] == [
        ("order_1", False, 1),
        ("order_2", True, 1),
    ]


async def test_both_orders_are_placed_before_either_is_waited_for(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        await answered(service, compared(service))
    assert [call.split()[0] for call in backend.calls[:3]] == ["submit", "submit", "status"]


async def test_when_one_is_not_ready_the_answer_is_that_order_and_the_same_call(tmp_path: Path) -> None:
    backend = WindowedBackend(slow=[date(2026, 8, 31)])
    async with service_on(backend, tmp_path) as service:
        plan = compared(service)
        late = await answered(service, plan, patience_s=45)
        backend.slow = ()
        found = await answered(service, plan)
    assert isinstance(late, Order)
    assert (late.order_id, late.state) == ("order_2", OrderState.PROCESSING)
    assert late.remarks == ["1 of 2 orders are ready."]
    assert (late.next_step.tool, late.next_step.arguments) == ("run_analytics_report", plan.arguments)
    assert isinstance(found, Summary)
    assert backend.count("submit") == 2


async def test_ninety_days_are_seven_orders_of_which_three_are_open_at_once(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        found = await answered(service, ninety_days(service), patience_s=600)
    assert isinstance(found, Summary)
    assert (backend.count("submit"), backend.most_open) == (7, AT_ONCE)
    assert found.provenance.rows == sum(part.rows for part in found.provenance.parts) == 7
    assert {total.name: total.value for total in found.totals}["conversations"] == 7
    starts = [part.start for part in found.provenance.parts]
    assert (starts, len(set(starts))) == (sorted(starts), 7)


async def test_one_deadline_is_for_all_orders_and_nothing_is_placed_after_it(tmp_path: Path) -> None:
    backend, time = WindowedBackend(slow=[date(2026, 8, 23), SECOND, date(2026, 9, 20)]), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        began = time.monotonic_s
        late = await answered(service, ninety_days(service), patience_s=30)
        assert isinstance(late, Order)
        assert late.remarks[0] == "0 of 7 orders are ready, 4 not placed yet."
        assert backend.count("submit") == 3
        assert time.monotonic_s - began <= 3 * 30
        backend.slow = ()
        found = await answered(service, ninety_days(service), patience_s=600)
    assert isinstance(found, Summary)
    assert backend.count("submit") == 7


async def test_what_a_killed_call_placed_is_noted_and_only_the_rest_is_placed(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        with anyio.CancelScope() as scope:
            backend.on_submit = lambda: scope.cancel() if backend.count("submit") == 5 else None
            await answered(service, ninety_days(service), patience_s=600)
        assert scope.cancelled_caught
    backend.on_submit = lambda: None
    async with service_on(backend, tmp_path) as service:
        noted = set(await service.noted_order_ids())
        assert {"order_1", "order_2", "order_3", "order_4"} <= noted
        found = await answered(service, ninety_days(service), patience_s=600)
        assert isinstance(found, Summary)
        assert noted <= {part.order_id for part in found.provenance.parts}
    assert backend.count("submit") == 7 + (5 - len(noted))


async def test_two_equal_calls_at_once_share_all_orders_and_reports(tmp_path: Path) -> None:
    backend, found = WindowedBackend(), list[Summary | Order]()
    async with service_on(backend, tmp_path) as service:

        async def ask() -> None:
            found.append(await answered(service, ninety_days(service), patience_s=600))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            tasks.start_soon(ask)
    assert (backend.count("submit"), backend.count("fetch")) == (7, 7)
    assert found[0] == found[1]


async def test_a_failed_part_names_itself_and_the_others_are_kept(tmp_path: Path) -> None:
    backend = WindowedBackend(broken=[SECOND])
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(OrderFailed, match=r"^Part 2 of 7 \(2026-09-06..2026-09-19\): .*only what is missing"):
            await answered(service, ninety_days(service), patience_s=600)
        before = backend.count("submit")
        backend.broken = ()
        found = await answered(service, ninety_days(service), patience_s=600)
    assert isinstance(found, Summary)
    assert backend.count("submit") == 8
    assert before < 8


@pytest.mark.parametrize("number", [1, 5])
async def test_a_part_that_cannot_be_placed_names_itself(number: int, tmp_path: Path) -> None:
    backend = WindowedBackend()

    def refuse_next() -> None:
        if backend.count("submit") == number - 1:
            backend.errors["submit"] = [NotAllowed("The role is missing.", hint="Ask for it.")]

    backend.on_submit = refuse_next
    refuse_next()
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(NotAllowed, match=rf"^Part {number} of 7 \(.*\): The role is missing. Ask for it."):
            await answered(service, ninety_days(service), patience_s=600)


async def test_a_report_still_on_its_way_is_no_error(tmp_path: Path) -> None:
    async def on_its_way(order_id: str, *, patience_s: float) -> StoredReport:
        raise OrderNotReady(f"The report of order {order_id} is still on its way.", hint="Ask again.")

    time = FakeTime()
    async with service_on(WindowedBackend(), tmp_path, time=time) as service:
        gathering = Gathering(
            plan=compared(service),
            create=service.create,
            wait=service.wait,
            fetch=on_its_way,
            monotonic=time.clock.monotonic,
            patience_s=60,
        )
        await gathering.gather()
        assert not gathering.is_complete
    assert gathering.running.remarks == ["The report of order order_1 is still on its way."]


async def test_a_dry_run_finds_the_orders_of_an_answer(tmp_path: Path) -> None:
    async with service_on(WindowedBackend(), tmp_path) as service:
        plan = compared(service)
        await answered(service, plan)
        dry = await service.foresee(plan)
    assert dry.remarks[1] == "Orders to place: 0; equal orders to reuse: 2."


async def test_progress_counts_all_orders_and_never_goes_back(tmp_path: Path) -> None:
    seen = list[Progress]()

    async def note(progress: Progress) -> None:
        seen.append(progress)

    async with service_on(WindowedBackend(), tmp_path) as service:
        await service.answer(ninety_days(service), top=3, patience_s=600, on_progress=note)
    waited = [progress.waited_s for progress in seen]
    assert waited == sorted(waited)
    assert [progress.ready for progress in seen] == sorted(progress.ready for progress in seen)
    assert {(progress.patience_s, progress.orders) for progress in seen} == {(600, 7)}
    assert seen[0].message == "0 of 7 orders ready, one is PENDING after 0 s"


async def test_what_reading_a_part_lost_is_said_with_its_order(tmp_path: Path) -> None:
    backend = WindowedBackend(cut=[date(2026, 8, 31)])
    async with service_on(backend, tmp_path) as service:
        found = await answered(service, compared(service))
    assert isinstance(found, Summary)
    assert found.caveats[0].startswith("Order order_2: 1 record of the CSV could not be read")
    assert [part.rejected_rows for part in found.provenance.parts] == [0, 1]


async def test_a_dry_run_makes_no_call(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        plan = await service.foresee(ninety_days(service))
    assert (backend.calls, plan.order_id) == ([], None)
    assert plan.remarks[1] == "Orders to place: 7, at most 3 at a time; equal orders to reuse: 0."


async def test_parts_are_shared_with_orders_placed_one_by_one(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        request = service.request(type="CHAT_INTERACTION_DETAILED", start_date="2026-09-06", end_date="2026-09-19")
        await service.create(request)
        found = await answered(service, ninety_days(service), patience_s=600)
    assert isinstance(found, Summary)
    assert (backend.count("submit"), found.provenance.parts[1].order_id) == (7, "order_1")


async def test_the_operators_cap_is_held_before_any_call(tmp_path: Path) -> None:
    backend = WindowedBackend()
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(InvalidRequest, match="27 orders, and one call may place 8"):
            service.plan(type="CHAT_INTERACTION_DETAILED", period="last_365_days", split=True)
    assert backend.calls == []

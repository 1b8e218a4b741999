"""Placing orders: one POST whatever happens, equal ones reused, those placed elsewhere adopted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from fakes import FakeBackend, FakeTime
from services import done_order, elsewhere, october, october_plan, service_on
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.order import NotedOrder, Order, OrderRequest, OrderState, PlatformOrder
from unique_analytics_mcp.domain.order_answer import OPEN_WINDOW_REUSE
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    InvalidRequest,
    NotAllowed,
    OrderNotFound,
    StoreError,
    SubmissionUnclear,
    UnexpectedAnswer,
)
from unique_analytics_mcp.store import Shelf
from unique_analytics_mcp.store._file_shelf import FileShelf
from unique_analytics_mcp.store._shared_shelf import SharedShelf
from unique_analytics_mcp.watching import Counted, Watch


async def test_two_equal_creates_started_together_place_one_order(tmp_path: Path) -> None:
    backend, made = FakeBackend(), list[Order]()
    async with service_on(backend, tmp_path) as service:

        async def create() -> None:
            made.append(await service.create(october(service)))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(create)
            tasks.start_soon(create)
    assert backend.count("submit") == 1
    assert sorted((order.order_id, order.reused) for order in made) == [("order_1", False), ("order_1", True)]


async def test_an_order_that_the_platform_took_otherwise_than_asked_says_so(tmp_path: Path) -> None:
    class Clamping(FakeBackend):
        async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:
            order = await super().submit(request, attempted_at=attempted_at)
            return replace(order, type="chat_interaction", end=date(2026, 10, 30))

    async with service_on(Clamping(), tmp_path) as service:
        created = await service.create(october(service))
        summary = await service.answer(october_plan(service), top=3, patience_s=60)
    said = "The platform says of this order: end 2026-10-30, where 2026-10-31 was asked for."
    assert isinstance(summary, Summary)
    assert (created.remarks, summary.caveats[0]) == ([said], said)


async def test_what_the_platform_first_remarks_in_a_check_reaches_the_answer(tmp_path: Path) -> None:
    class Telling(FakeBackend):
        async def status(self, order_id: str) -> PlatformOrder:
            return replace(await super().status(order_id), remarks=("Prompts are hidden.",))

    async with service_on(Telling(), tmp_path) as service:
        created = await service.create(october(service))
        summary = await service.answer(october_plan(service), top=3, patience_s=60)
    assert isinstance(summary, Summary)
    assert (created.remarks, summary.caveats[0]) == ([], "Prompts are hidden.")


async def test_an_order_of_a_window_that_was_running_is_placed_anew_once_it_is_old(tmp_path: Path) -> None:
    backend, time, reused = FakeBackend(), FakeTime(), list[bool]()
    async with service_on(backend, tmp_path, time=time) as service:
        request = service.request(type="CHAT_INTERACTION", period="this_month")
        created = await service.create(request)
        await service.wait(str(created.order_id), patience_s=60)
        await service.intake(str(created.order_id))
        for later in (OPEN_WINDOW_REUSE, timedelta(seconds=1)):
            time.now += later
            reused.append((await service.create(request)).reused)
    assert (reused, backend.count("submit")) == ([True, False], 2)


async def test_a_final_order_is_answered_without_a_call_by_another_process_too(tmp_path: Path) -> None:
    backend, time = FakeBackend(), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        order_id = await done_order(service)
    made = [*backend.calls]
    time.now += timedelta(days=1)
    async with service_on(backend, tmp_path, time=time) as service:
        assert (await service.status(order_id)).state is OrderState.DONE
    assert backend.calls == made


async def test_an_order_that_the_platform_lost_is_none_of_ours_any_more(tmp_path: Path) -> None:
    backend, time = FakeBackend(words=("PROCESSING",)), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        order_id = str((await service.create(october(service))).order_id)
        assert await service.noted_order_ids() == [order_id]
        time.monotonic_s += 3_600
        backend.errors["status"] = [OrderNotFound("Gone.", hint="")]
        with pytest.raises(OrderNotFound):
            await service.status(order_id)
        assert await service.noted_order_ids() == []


async def test_another_process_finds_the_order_that_a_killed_one_placed(tmp_path: Path) -> None:
    backend = FakeBackend(words=("PROCESSING",))
    async with service_on(backend, tmp_path) as service:
        await service.create(october(service))
    async with service_on(backend, tmp_path) as service:
        again = await service.create(october(service))
    assert (backend.count("submit"), again.order_id, again.reused) == (1, "order_1", True)


async def test_days_of_another_zone_are_not_answered_with_an_order_of_this_one(tmp_path: Path) -> None:
    backend, time, made = FakeBackend(), FakeTime(), list[Order]()
    async with service_on(backend, tmp_path, time=time) as service:
        here = october(service)
        there = replace(here, window=here.window.model_copy(update={"time_zone": "America/New_York"}))
        for request in (here, there, there):
            made.append(await service.create(request))
            time.now += timedelta(seconds=1)
    assert [(order.order_id, order.reused) for order in made] == [
        ("order_1", False),
        ("order_2", False),
        ("order_2", True),
    ]


async def test_reuse_can_be_declined(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        await service.create(october(service))
        again = await service.create(october(service), reuse=False)
    assert (backend.count("submit"), again.order_id, again.reused) == (2, "order_2", False)


async def test_a_failed_order_is_ordered_again(tmp_path: Path) -> None:
    backend = FakeBackend(words=("ERROR",))
    async with service_on(backend, tmp_path) as service:
        assert await done_order(service) == "order_1"
        again = await service.create(october(service))
    assert (again.order_id, again.reused) == ("order_2", False)


async def test_what_became_of_orders_is_counted(tmp_path: Path) -> None:
    watch = Watch()
    async with service_on(FakeBackend(words=("ERROR",)), tmp_path, watch=watch) as service:
        await service.create(october(service))
        again = await service.create(october(service))
        await service.wait(str(again.order_id), patience_s=60)
    assert watch.tally.of(Counted.ORDERS) == {("unique", word): 1 for word in ("placed", "reused", "failed")}


async def test_nothing_is_remembered_of_an_order_that_was_deleted(tmp_path: Path) -> None:
    async with service_on(FakeBackend(), tmp_path) as service:
        order_id = await done_order(service)
        await service.delete(order_id)
        with pytest.raises(OrderNotFound):
            await service.status(order_id)


async def test_an_order_the_platform_lost_is_ordered_again(tmp_path: Path) -> None:
    backend, time = FakeBackend(), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        for _ in range(2):
            await service.create(october(service))
            time.monotonic_s += 3
        backend.orders.clear()
        again = await service.create(october(service))
    assert (backend.count("submit"), again.reused) == (2, False)


@pytest.mark.parametrize(("seconds", "placed"), [(3, 1), (60, 2)], ids=["just placed", "placed long ago"])
async def test_an_order_that_the_platform_does_not_show_yet_is_not_placed_again(
    seconds: float, placed: int, tmp_path: Path
) -> None:
    backend, time = FakeBackend(errors={"status": [OrderNotFound("Not listed.", hint="")]}), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        await service.create(october(service))
        time.monotonic_s += seconds
        again = await service.create(october(service))
    assert (backend.count("status"), backend.count("submit")) == (1, placed)
    assert again.reused == (placed == 1)


@pytest.mark.parametrize(("seconds", "placed"), [(3, 1), (60, 2)], ids=["just placed", "placed long ago"])
async def test_nor_is_one_that_another_process_has_just_placed(seconds: float, placed: int, tmp_path: Path) -> None:
    backend, time = FakeBackend(errors={"status": [OrderNotFound("Not listed.", hint="")]}), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        await service.create(october(service))
    time.now += timedelta(seconds=seconds)
    async with service_on(backend, tmp_path, time=time) as service:
        again = await service.create(october(service))
    assert (backend.count("status"), backend.count("submit")) == (1, placed)
    assert again.reused == (placed == 1)


async def test_a_running_window_is_ordered_again_when_its_order_has_aged(tmp_path: Path) -> None:
    backend, time = FakeBackend(), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        request = service.request(type="NPS", period="this_month")
        await service.create(request)
        time.now += timedelta(minutes=14)
        assert (await service.create(request)).reused
        time.now += timedelta(minutes=2)
        assert not (await service.create(request)).reused


async def test_a_fetched_report_of_a_closed_window_answers_without_any_call(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        await service.answer(october_plan(service), top=10, patience_s=60)
        before = len(backend.calls)
        again = await service.answer(october_plan(service), top=10, patience_s=60)
    assert isinstance(again, Summary)
    assert backend.calls[before:] == []


async def test_an_unclear_submission_is_looked_for_before_the_next_one(tmp_path: Path) -> None:
    backend = FakeBackend(errors={"submit": [SubmissionUnclear("Who knows.", hint="")]})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(SubmissionUnclear):
            await service.create(october(service))
        await service.create(october(service))
        await service.create(october(service), reuse=False)
    assert backend.attempted == [datetime(2026, 11, 21, 9, tzinfo=UTC), None]


async def test_news_of_an_earlier_order_do_not_end_the_doubt_about_another(tmp_path: Path) -> None:
    backend = FakeBackend(words=("PROCESSING", "DONE"))
    time = FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        earlier = await service.create(october(service))
        backend.errors["submit"] = [SubmissionUnclear("Who knows.", hint="")]
        with pytest.raises(SubmissionUnclear):
            await service.create(october(service), reuse=False)
        await service.wait(str(earlier.order_id), patience_s=60)
        await service.create(october(service), reuse=False)
        await service.create(october(service), reuse=False)
    assert backend.attempted == [None, time.now, None]


async def test_a_clear_refusal_leaves_no_doubt_behind(tmp_path: Path) -> None:
    backend = FakeBackend(errors={"submit": [NotAllowed("No role.", hint="")]})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(NotAllowed):
            await service.create(october(service))
        await service.create(october(service))
    assert backend.attempted == [None]


async def test_a_refusal_is_told_even_where_its_attempt_cannot_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_shelf: Shelf, _fingerprint: str) -> None:
        raise StoreError("The disk is broken.", hint="")

    monkeypatch.setattr("unique_analytics_mcp.store.FileShelf.forget_attempt", broken)
    backend = FakeBackend(errors={"submit": [NotAllowed("No role.", hint="")]})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(NotAllowed, match="No role"):
            await service.create(october(service))
        await service.create(october(service))
    assert backend.attempted == [datetime(2026, 11, 21, 9, tzinfo=UTC)]


async def test_a_refusal_after_an_unclear_submission_keeps_the_doubt(tmp_path: Path) -> None:
    errors: list[Exception] = [SubmissionUnclear("Who knows.", hint=""), BackendUnavailable("Away.", hint="")]
    backend, time, watch = FakeBackend(errors={"submit": errors}), FakeTime(), Watch()
    async with service_on(backend, tmp_path, time=time, watch=watch) as service:
        for kind in (SubmissionUnclear, BackendUnavailable):
            with pytest.raises(kind):
                await service.create(october(service))
            time.now += timedelta(minutes=5)
        await service.create(october(service))
    assert backend.attempted == [datetime(2026, 11, 21, 9, tzinfo=UTC)]
    outcomes = {words[1]: count for words, count in watch.tally.of(Counted.ORDERS).items()}
    assert outcomes == {"unclear": 1, "refused": 1, "placed": 1}


async def test_an_order_that_is_not_answered_in_time_counts_as_unclear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.store.FileShelf.sending_s", 0.0)
    watch = Watch()
    async with service_on(FakeBackend(), tmp_path, watch=watch) as service:
        with pytest.raises(SubmissionUnclear, match="took too long"):
            await service.create(october(service))
    assert watch.tally.of(Counted.ORDERS) == {("unique", "unclear"): 1}


@pytest.mark.parametrize("shelf", [FileShelf, SharedShelf])
def test_a_silent_platform_ends_a_call_before_its_host_does(shelf: type[Shelf]) -> None:
    assert shelf.sending_s < 60


async def test_an_order_is_not_placed_when_it_could_not_be_noted(tmp_path: Path) -> None:
    backend, blocked = FakeBackend(), tmp_path / "file"
    blocked.write_text("not a folder")
    async with service_on(backend, blocked) as service:
        with pytest.raises(StoreError):
            await service.create(october(service))
    assert backend.calls == []


async def test_a_placed_order_reaches_its_caller_even_when_noting_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def disk_full(_: object, __: NotedOrder) -> None:
        raise StoreError("The disk is full.", hint="Free space.")

    monkeypatch.setattr("unique_analytics_mcp.store.FileShelf.note_order", disk_full)
    async with service_on(FakeBackend(), tmp_path) as service:
        order = await service.create(october(service))
    assert order.order_id == "order_1"
    assert order.remarks == ["The order exists but could not be noted here. The disk is full. Free space."]


async def test_a_dry_run_makes_no_call_and_says_what_would_happen(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        plan = await service.preview(october(service))
    assert (backend.calls, plan.order_id, plan.state) == ([], None, None)
    caveats = UNIQUE_REPORTS["CHAT_INTERACTION"].caveats
    assert plan.remarks == ["Dry run: nothing was ordered.", "One order would be placed.", *caveats]


async def test_a_dry_run_names_the_order_it_would_reuse(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        await service.create(october(service))
        plan = await service.preview(october(service))
        fresh = await service.preview(october(service), reuse=False)
    assert (plan.order_id, plan.reused, fresh.order_id) == ("order_1", True, None)
    assert plan.remarks == ["Dry run: nothing was ordered.", "An equal order exists and would be reused."]
    assert fresh.next_step.arguments["reuse"] is False


# Orders placed elsewhere


async def test_an_order_placed_elsewhere_can_be_summed_up_but_is_never_reused_as_ours(tmp_path: Path) -> None:
    backend = FakeBackend(orders={"other_1": elsewhere()})
    async with service_on(backend, tmp_path) as service:
        summary = await service.summary("other_1", top=3)
        created = await service.create(october(service))
    assert (summary.provenance.order_id, summary.provenance.rows) == ("other_1", 3)
    assert (created.order_id, created.reused) == ("order_2", False)


async def test_a_switched_off_type_cannot_be_had_by_its_order_id(tmp_path: Path) -> None:
    backend = FakeBackend(orders={"other_1": elsewhere(type="USER_CHAT_EXPORT")})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(InvalidRequest, match="switched off"):
            await service.summary("other_1", top=3)
    assert backend.count("fetch") == 0


async def test_an_order_without_days_is_not_guessed_at(tmp_path: Path) -> None:
    backend = FakeBackend(orders={"other_1": elsewhere(start=None)})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(UnexpectedAnswer, match="which days"):
            await service.summary("other_1", top=3)

"""The life of one order: one POST whatever happens, a bounded wait, a report that is fetched once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from fakes import CSV, FakeBackend, FakeTime
from unique_analytics_mcp.desks import Place
from unique_analytics_mcp.domain.order import NotedOrder, Order, OrderRequest, OrderState, Pace, PlatformOrder
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.report import Summary
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    InvalidRequest,
    NotAllowed,
    OrderFailed,
    OrderNotFound,
    OrderNotReady,
    ReportUnreadable,
    StoreError,
    SubmissionUnclear,
    UnexpectedAnswer,
)
from unique_analytics_mcp.service import Progress, Service
from unique_analytics_mcp.store import Store
from unique_analytics_mcp.watching import Figure, Watch

TYPES = ("CHAT_INTERACTION", "NPS", "CHAT_INTERACTION_DETAILED")


@asynccontextmanager
async def service_on(
    backend: FakeBackend,
    folder: Path,
    *,
    time: FakeTime | None = None,
    export_dir: Path | None = None,
    watch: Watch | None = None,
) -> AsyncGenerator[Service]:
    time = time or FakeTime()
    store = Store(folder, retention=timedelta(days=7), max_bytes=10**9, now=lambda: time.now)
    async with Service(
        Place(backend=backend, shelf=store.shelf(backend.principal), pace=Pace()),
        clock=time.clock,
        time_zone="Europe/Zurich",
        enabled=TYPES,
        export_dir=export_dir,
        watch=watch,
    ) as service:
        with anyio.fail_after(5):
            yield service


def october(service: Service) -> OrderRequest:
    return service.request(type="CHAT_INTERACTION", period="last_month")


def october_plan(service: Service) -> ReportPlan:
    return service.plan(type="CHAT_INTERACTION", period="last_month")


async def done_order(service: Service) -> str:
    order = await service.create(october(service))
    return (await service.wait(str(order.order_id), patience_s=60)).order_id or ""


def kept_files(folder: Path) -> list[Path]:
    """Everything in the data folder but locks."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


# Placing


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


async def test_another_process_finds_the_order_that_a_killed_one_placed(tmp_path: Path) -> None:
    backend = FakeBackend(words=("PROCESSING",))
    async with service_on(backend, tmp_path) as service:
        await service.create(october(service))
    async with service_on(backend, tmp_path) as service:
        again = await service.create(october(service))
    assert (backend.count("submit"), again.order_id, again.reused) == (1, "order_1", True)


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


async def test_an_order_the_platform_lost_is_ordered_again(tmp_path: Path) -> None:
    backend, time = FakeBackend(), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        await service.create(october(service))
        backend.orders.clear()
        time.monotonic_s += 60
        again = await service.create(october(service))
    assert (backend.count("submit"), again.reused) == (2, False)


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


async def test_a_clear_refusal_leaves_no_doubt_behind(tmp_path: Path) -> None:
    backend = FakeBackend(errors={"submit": [NotAllowed("No role.", hint="")]})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(NotAllowed):
            await service.create(october(service))
        await service.create(october(service))
    assert backend.attempted == [None]


async def test_a_refusal_after_an_unclear_submission_keeps_the_doubt(tmp_path: Path) -> None:
    errors: list[Exception] = [SubmissionUnclear("Who knows.", hint=""), BackendUnavailable("Away.", hint="")]
    backend = FakeBackend(errors={"submit": errors})
    async with service_on(backend, tmp_path) as service:
        for kind in (SubmissionUnclear, BackendUnavailable):
            with pytest.raises(kind):
                await service.create(october(service))
        await service.create(october(service))
    assert backend.attempted == [datetime(2026, 11, 21, 9, tzinfo=UTC)]


async def test_an_order_that_is_not_answered_in_time_counts_as_not_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.store.FileShelf.sending_s", 0.0)
    watch = Watch()
    async with service_on(FakeBackend(), tmp_path, watch=watch) as service:
        with pytest.raises(SubmissionUnclear, match="took too long"):
            await service.create(october(service))
    assert watch.tally.of(Figure.ORDERS) == {("unique", "refused"): 1}


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
    assert plan.remarks[:2] == ["Dry run: nothing was ordered.", "One order would be placed."]


async def test_a_dry_run_names_the_order_it_would_reuse(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        await service.create(october(service))
        plan = await service.preview(october(service))
        fresh = await service.preview(october(service), reuse=False)
    assert (plan.order_id, plan.reused, fresh.order_id) == ("order_1", True, None)
    assert fresh.next_step.arguments["reuse"] is False


# Asking and waiting


async def test_a_wait_checks_after_2_then_10_growing_to_30_seconds_and_reports_between(tmp_path: Path) -> None:
    time, seen = FakeTime(), list[Progress]()
    backend = FakeBackend(words=("PENDING", "RUNNING", "RUNNING", "DONE"))

    async def note(progress: Progress) -> None:
        seen.append(progress)

    async with service_on(backend, tmp_path, time=time) as service:
        created = await service.create(october(service))
        order = await service.wait(str(created.order_id), patience_s=600, on_progress=note)
    assert (order.state, order.waited_seconds, backend.count("status")) == (OrderState.DONE, 49.5, 4)
    assert [progress.waited_s for progress in seen] == [0, 2, 12, 22, 27, 37, 47]
    assert seen[3].message == "RUNNING after 22 s"


async def test_running_out_of_patience_is_a_normal_answer_with_the_next_call(tmp_path: Path) -> None:
    async with service_on(FakeBackend(words=("SIMMERING",)), tmp_path) as service:
        created = await service.create(october(service))
        order = await service.wait(str(created.order_id), patience_s=45)
    assert (order.state, order.platform_state, order.waited_seconds) == (OrderState.PROCESSING, "SIMMERING", 45.0)
    assert (order.next_step.tool, order.next_step.arguments) == ("wait_for_order", {"order_id": "order_1"})


async def test_many_waiters_share_the_checks(tmp_path: Path) -> None:
    backend = FakeBackend(words=("PENDING", "DONE"))
    async with service_on(backend, tmp_path) as service:
        order_id = str((await service.create(october(service))).order_id)
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(lambda: service.wait(order_id, patience_s=60))
    assert backend.count("status") == 2


async def test_a_passing_trouble_is_waited_out_and_told_when_time_is_up(tmp_path: Path) -> None:
    away: list[Exception] = [BackendUnavailable("The platform is away.", hint="") for _ in range(9)]
    backend = FakeBackend(errors={"status": away})
    async with service_on(backend, tmp_path) as service:
        created = await service.create(october(service))
        late = await service.wait(str(created.order_id), patience_s=30)
        backend.errors.clear()
        order = await service.wait(str(created.order_id), patience_s=60)
    assert late.remarks == ["The last check did not succeed: The platform is away."]
    assert (order.state, order.remarks) == (OrderState.DONE, [])


async def test_cancelling_a_wait_leaves_the_order_alone(tmp_path: Path) -> None:
    backend = FakeBackend(words=("PENDING",))
    time = FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        created = await service.create(october(service))
        with anyio.move_on_after(0.01) as scope:
            await service.wait(str(created.order_id), patience_s=10**9)
        assert scope.cancelled_caught
        order = await service.status(str(created.order_id))
    assert (order.state, backend.count("delete")) == (OrderState.PENDING, 0)


async def test_a_final_order_is_never_asked_for_again(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        asked = backend.count("status")
        assert (await service.status(order_id)).state is OrderState.DONE
    assert backend.count("status") == asked


async def test_an_unknown_order_is_an_error_that_leads_to_the_list(tmp_path: Path) -> None:
    async with service_on(FakeBackend(), tmp_path) as service:
        with pytest.raises(OrderNotFound, match="list_analytics_orders"):
            await service.status("order_99")


async def test_an_impossible_id_is_refused_without_a_call(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        for call in (service.status, service.delete, service.intake):
            with pytest.raises(InvalidRequest):
                await call("../secrets")
    assert backend.calls == []


# Orders placed elsewhere


def elsewhere(**changes: object) -> PlatformOrder:
    fields: dict[str, object] = {
        "order_id": "other_1",
        "type": "CHAT_INTERACTION",
        "state": OrderState.DONE,
        "platform_state": "DONE",
        "start": datetime(2026, 10, 1, tzinfo=UTC).date(),
        "end": datetime(2026, 10, 31, tzinfo=UTC).date(),
        "created_at": datetime(2026, 11, 2, tzinfo=UTC),
    }
    return PlatformOrder(**(fields | changes))  # pyright: ignore[reportArgumentType] - a table of changes


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


# Reports


async def test_one_call_leads_from_the_question_to_the_exact_answer(tmp_path: Path) -> None:
    async with service_on(FakeBackend(words=("PENDING", "DONE")), tmp_path) as service:
        summary = await service.answer(october_plan(service), top=10, patience_s=60)
    assert isinstance(summary, Summary)
    ranked = {table.name: table.rows[0][0] for table in summary.tables}
    assert (ranked["users"], ranked["assistants"]) == ("ada.muster@nordwind.example", "Legal Helper")
    assert {total.name: total.value for total in summary.totals}["interactions"] == 12


async def test_a_run_that_takes_longer_answers_with_the_order(tmp_path: Path) -> None:
    async with service_on(FakeBackend(words=("PROCESSING",)), tmp_path) as service:
        order = await service.answer(october_plan(service), top=10, patience_s=30)
    assert isinstance(order, Order)
    assert (order.order_id, order.state, order.next_step.tool) == ("order_1", OrderState.PROCESSING, "wait_for_order")


async def test_a_run_whose_order_fails_says_so(tmp_path: Path) -> None:
    async with service_on(FakeBackend(words=("ERROR",)), tmp_path) as service:
        with pytest.raises(OrderFailed, match="it says ERROR"):
            await service.answer(october_plan(service), top=10, patience_s=30)


async def test_a_report_is_refused_before_its_order_is_done(tmp_path: Path) -> None:
    backend = FakeBackend(words=("PROCESSING",))
    async with service_on(backend, tmp_path) as service:
        created = await service.create(october(service))
        with pytest.raises(OrderNotReady, match="wait_for_order with order_id='order_1'"):
            await service.summary(str(created.order_id), top=10)
    assert backend.count("fetch") == 0


async def test_many_who_ask_for_one_report_fetch_it_once(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(service.intake, order_id)
    assert backend.count("fetch") == 1


async def test_a_download_goes_on_when_its_caller_leaves(tmp_path: Path) -> None:
    backend = FakeBackend(gate=anyio.Event())
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(OrderNotReady, match="the download goes on"):
            await service.summary(order_id, top=3, patience_s=0.01)
        assert backend.gate is not None
        backend.gate.set()
        assert (await service.summary(order_id, top=3)).provenance.rows == 3
    assert backend.count("fetch") == 1


async def test_a_failed_download_is_told_and_tried_again_by_the_next_call(tmp_path: Path) -> None:
    backend = FakeBackend(errors={"fetch": [BackendUnavailable("Away.", hint="Try again.")]})
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(BackendUnavailable):
            await service.summary(order_id, top=3)
        assert (await service.summary(order_id, top=3)).provenance.rows == 3


async def test_a_report_that_is_gone_on_the_platform_is_forgotten_here(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        backend.orders.clear()
        with pytest.raises(OrderNotFound):
            await service.summary(order_id, top=3)
        assert await service.noted_order_ids() == []


async def test_bytes_that_are_no_table_are_an_error_and_stay_fetched(tmp_path: Path) -> None:
    backend = FakeBackend(csv=b"<html><body>Sign in</body></html>")
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        for _ in range(2):
            with pytest.raises(ReportUnreadable):
                await service.summary(order_id, top=3)
    assert backend.count("fetch") == 1


async def test_rows_that_cannot_be_read_are_counted_and_told(tmp_path: Path) -> None:
    backend = FakeBackend(csv=CSV + b"too,short\r\n")
    async with service_on(backend, tmp_path) as service:
        summary = await service.summary(await done_order(service), top=3)
    assert (summary.provenance.rows, summary.provenance.rejected_rows) == (3, 1)
    assert any("1 record" in caveat for caveat in summary.caveats)


async def test_the_csv_is_served_in_pages_of_whole_rows(tmp_path: Path) -> None:
    async with service_on(FakeBackend(), tmp_path) as service:
        page = await service.csv_page(await done_order(service), offset=1, limit=1)
    lines = CSV.decode().splitlines(keepends=True)
    assert page.text == lines[0] + lines[2]
    assert (page.offset, page.rows, page.total_rows, page.next_offset) == (1, 1, 3, 2)


async def test_the_csv_is_saved_byte_for_byte(tmp_path: Path) -> None:
    async with service_on(FakeBackend(), tmp_path / "data") as service:
        path = await service.save_csv(await done_order(service), tmp_path / "october.csv")
    assert path.read_bytes() == CSV


async def test_a_tool_saves_only_into_the_export_folder(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    async with service_on(FakeBackend(), tmp_path / "data", export_dir=exports) as service:
        summary = await service.summary(await done_order(service), top=3, save_csv_to="october.csv")
    assert (summary.saved_to, (exports / "october.csv").read_bytes()) == ("october.csv", CSV)


@pytest.mark.parametrize(
    "name",
    ["../a.csv", "/tmp/a.csv", "a/b.csv", "a.txt", ".csv", "..", "", "a\0.csv", "a\nb.csv", "\ud800.csv"],
    ids=ascii,
)
async def test_any_other_place_is_refused_before_a_call(name: str, tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path, export_dir=tmp_path) as service:
        with pytest.raises(InvalidRequest, match="plain file name"):
            await service.summary("order_1", top=3, save_csv_to=name)
    assert backend.calls == []


async def test_without_an_export_folder_no_tool_writes_files(tmp_path: Path) -> None:
    async with service_on(FakeBackend(), tmp_path) as service:
        with pytest.raises(InvalidRequest, match="UNIQUE_ANALYTICS_EXPORT_DIR"):
            await service.summary("order_1", top=3, save_csv_to="october.csv")


# Lists and removal


async def test_orders_are_listed_newest_first_in_pages(tmp_path: Path) -> None:
    backend = FakeBackend(orders={f"o{n}": elsewhere(order_id=f"o{n}") for n in range(5)})
    async with service_on(backend, tmp_path) as service:
        first = await service.orders(limit=2)
        last = await service.orders(limit=2, offset=4)
    assert ([order.order_id for order in first.orders], first.more, first.next_offset) == (["o4", "o3"], True, 2)
    assert ([order.order_id for order in last.orders], last.more, last.next_offset) == (["o0"], False, None)


async def test_filters_look_through_all_pages_of_the_platform(tmp_path: Path) -> None:
    orders = {f"o{n}": elsewhere(order_id=f"o{n}") for n in range(250)}
    orders["o3"] = elsewhere(order_id="o3", type="NPS", state=OrderState.FAILED, platform_state="ERROR")
    backend = FakeBackend(orders=orders)
    async with service_on(backend, tmp_path) as service:
        found = await service.orders(type="nps", state="failed")
    assert [order.order_id for order in found.orders] == ["o3"]
    assert backend.count("list") == 3


async def test_a_search_that_ends_before_the_last_order_says_so(tmp_path: Path) -> None:
    backend = FakeBackend(orders={f"o{n}": elsewhere(order_id=f"o{n}") for n in range(2_100)})
    async with service_on(backend, tmp_path) as service:
        found = await service.orders(state="FAILED")
    assert (found.orders, found.more) == ([], True)
    assert found.remarks == ["Only the newest 2000 orders were looked through."]


@pytest.mark.parametrize("filters", [{"type": "NPSS"}, {"state": "READY"}], ids=str)
async def test_an_unknown_filter_is_refused_without_a_call(filters: dict[str, str], tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(InvalidRequest):
            await service.orders(**filters)  # pyright: ignore[reportArgumentType] - a table of filters
    assert backend.calls == []


async def test_deleting_removes_an_order_there_and_here(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        await service.summary(order_id, top=3)
        gone = await service.delete(order_id)
        assert (gone.order_id, backend.orders, await service.noted_order_ids()) == (order_id, {}, [])


async def test_deleting_an_order_that_is_gone_there_removes_what_is_kept_here(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        await service.summary(order_id, top=3)
        backend.orders.clear()
        gone = await service.delete(order_id)
        assert gone.remarks == ["The platform had deleted it already; it is deleted here too."]
        assert (await service.noted_order_ids(), kept_files(tmp_path)) == ([], [])


async def test_an_order_that_could_not_be_deleted_there_stays_here(tmp_path: Path) -> None:
    backend = FakeBackend(errors={"delete": [NotAllowed("No role.", hint="")]})
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(NotAllowed):
            await service.delete(order_id)
        assert await service.noted_order_ids() == [order_id]


async def test_closing_the_service_closes_the_backend_and_ends_downloads(tmp_path: Path) -> None:
    backend = FakeBackend(gate=anyio.Event())
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(OrderNotReady):
            await service.summary(order_id, top=3, patience_s=0.01)
    assert backend.closed

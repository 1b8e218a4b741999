"""From a DONE order to its numbers and its CSV: fetched once, however many ask."""

import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event

import anyio
import pytest
from anyio import to_thread

from fakes import CSV, HANGS_S, FakeBackend, FakeTime
from services import done_order, october, october_plan, service_on
from unique_analytics_mcp.analysis._engine import engine
from unique_analytics_mcp.analysis.pages import page
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.domain.order import Order, OrderState
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    InvalidRequest,
    OrderFailed,
    OrderNotFound,
    OrderNotReady,
    ReportUnreadable,
    StoreError,
)
from unique_analytics_mcp.server.limits import Grants, Limits
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.watching import REPORTS_AT_ONCE, Turns, Watch


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


async def test_a_report_refused_by_an_old_state_says_that_the_last_check_failed(tmp_path: Path) -> None:
    backend, time = FakeBackend(words=("PROCESSING",)), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        created = await service.create(october(service))
        time.monotonic_s += 60
        backend.errors["status"] = [BackendUnavailable("The platform is away.", hint="")]
        with pytest.raises(OrderNotReady, match=r"PENDING\. The last check did not succeed: The platform is away\."):
            await service.summary(str(created.order_id), top=10)


async def test_many_who_ask_for_one_report_fetch_it_once(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(service.intake, order_id)
    assert backend.count("fetch") == 1


async def test_reports_of_all_callers_of_a_server_are_read_and_summed_up_by_turns(tmp_path: Path) -> None:
    limits = Limits(Grants())
    others = limits.watch_of(Caller(user_id="user-ada", company_id="nordwind")).turns
    ben = limits.watch_of(Caller(user_id="user-ben", company_id="nordwind"))
    async with service_on(FakeBackend(), tmp_path, watch=ben) as service:
        order_id = await done_order(service)
        compared = service.plan(type="CHAT_INTERACTION", period="last_month", compare=True)
        asked = (
            partial(service.summary, order_id, top=1),
            partial(service.answer, compared, top=1, patience_s=60),
            partial(service.texts, order_id, offset=0, limit=1),
            partial(service.csv_page, order_id, offset=0, limit=1),
        )
        async with others.reports, others.reports, others.arriving, others.arriving:
            assert await is_kept_waiting(partial(service.intake, order_id))
        assert (await service.intake(order_id)).rows == 3
        async with others.reports, others.reports:
            assert [await is_kept_waiting(ask) for ask in asked] == [True] * len(asked)
        for ask in asked:
            await ask()


def a_statement(folder: Path, begin: Callable[[], object]) -> None:
    with engine(folder=folder) as db:
        begin()
        db.ask("SELECT 1")


def a_page(folder: Path, begin: Callable[[], object]) -> None:
    (folder / "report.csv").write_text("Email\nada@nordwind.example\n")
    begin()
    page(folder / "report.csv", offset=0, limit=1, total_rows=1)


def an_odd_page(folder: Path, begin: Callable[[], object]) -> None:
    (folder / "report.csv").write_text('Email\nada"@nordwind.example\n')
    begin()
    page(folder / "report.csv", offset=0, limit=1, total_rows=1)


@pytest.mark.parametrize("work", [a_statement, a_page, an_odd_page])
async def test_who_leaves_a_computation_ends_it_at_its_next_step_and_keeps_the_turn_until_then(
    work: Callable[[Path, Callable[[], object]], None], tmp_path: Path
) -> None:
    turns, begun, go_on, ran_on = Turns(), Event(), Event(), Event()

    def begin() -> None:
        begun.set()
        go_on.wait(timeout=HANGS_S)

    def computing() -> None:
        work(tmp_path, begin)
        ran_on.set()

    async with anyio.create_task_group() as caller:
        caller.start_soon(turns.of_report, computing)
        await to_thread.run_sync(begun.wait, HANGS_S)
        caller.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.wait_all_tasks_blocked()
            assert turns.reports.value == REPORTS_AT_ONCE - 1
            go_on.set()
    assert turns.reports.value == REPORTS_AT_ONCE
    assert not ran_on.is_set()


@pytest.mark.parametrize(
    "ask",
    [
        partial(Service.summary, top=1),
        partial(Service.texts, offset=0, limit=1),
        partial(Service.csv_page, offset=0, limit=1),
    ],
    ids=["summed up", "its texts", "its rows"],
)
async def test_a_report_that_made_room_before_its_turn_to_be_read_is_said_to_be_gone_and_fetched_anew(
    ask: Callable[[Service, str], Awaitable[object]], tmp_path: Path
) -> None:
    backend, watch = FakeBackend(), Watch()
    async with service_on(backend, tmp_path, watch=watch) as service:
        order_id = await done_order(service)
        await service.intake(order_id)

        async def lose() -> None:
            with pytest.raises(StoreError, match=r"removed, or made room for others.* Make the same call again"):
                await ask(service, order_id)

        async with anyio.create_task_group() as tasks, watch.turns.reports, watch.turns.reports:
            tasks.start_soon(lose)
            while not watch.turns.reports.statistics().tasks_waiting:  # noqa: ASYNC110 - a semaphore has no event for it
                await anyio.sleep(0.001)
            make_room(tmp_path)
        await ask(service, order_id)
    assert backend.count("fetch") == 2


def make_room(folder: Path) -> None:
    """As the size limit of the store does."""
    (parquet,) = folder.rglob("*.parquet")
    shutil.rmtree(parquet.parent)


async def is_kept_waiting(ask: Callable[[], Awaitable[object]]) -> bool:
    with anyio.move_on_after(0.1) as waiting:
        await ask()
    return waiting.cancelled_caught


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


MISSING = OrderNotReady("The report of order order_1 is not ready, or gone (404).", hint="")


def _lose_reports(folder: Path) -> None:
    for path in folder.rglob("report.json"):
        path.unlink()


async def test_a_report_that_comes_in_between_is_not_gone_when_it_is_refused_again(tmp_path: Path) -> None:
    backend, time = FakeBackend(errors={"fetch": [MISSING]}), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        order_id = await done_order(service)
        with pytest.raises(BackendUnavailable):
            await service.summary(order_id, top=3)
        await service.summary(order_id, top=3)
        _lose_reports(tmp_path)
        time.now += timedelta(minutes=10)
        backend.errors["fetch"] = [MISSING]
        with pytest.raises(BackendUnavailable):
            await service.summary(order_id, top=3)


async def test_a_report_that_is_refused_counts_as_gone_ten_minutes_later_though_the_clock_was_set_back_meanwhile(
    tmp_path: Path,
) -> None:
    backend, time = FakeBackend(errors={"fetch": [MISSING] * 4}), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        order_id = await done_order(service)
        for passed in (timedelta(), -timedelta(days=1), timedelta(minutes=10, seconds=-1)):
            time.now += passed
            with pytest.raises(BackendUnavailable, match=r"in a minute\. After 10 minutes"):
                await service.summary(order_id, top=3)
        time.now += timedelta(seconds=1)
        with pytest.raises(OrderNotFound, match="for 10 minutes: the platform no longer holds the report"):
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


async def test_what_the_platform_and_the_reading_had_to_say_is_said_by_who_reads_it_later_too(tmp_path: Path) -> None:
    nameless = CSV.replace(b"\r\n", b",\r\n")
    backend, said = FakeBackend(csv=nameless, said=["Two rows came twice and count once."]), list[list[str]]()
    for _ in range(2):
        async with service_on(backend, tmp_path) as service:
            said.append((await service.summary(await done_order(service), top=3)).caveats)
    assert {*said[0]} > {"Two rows came twice and count once.", "A column has no header; it is kept as column_9."}
    assert (said[1], backend.count("fetch")) == (said[0], 1)


async def test_the_csv_is_served_in_pages_of_whole_rows(tmp_path: Path) -> None:
    async with service_on(FakeBackend(), tmp_path) as service:
        page = await service.csv_page(await done_order(service), offset=1, limit=1)
    lines = CSV.decode().splitlines(keepends=True)
    assert page.text == lines[0] + lines[2]
    assert (page.offset, page.rows, page.total_rows, page.next_offset) == (1, 1, 3, 2)


async def test_the_csv_is_fetched_once_and_saved_byte_for_byte(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with service_on(backend, tmp_path / "data") as service:
        order_id = await done_order(service)
        paths = [await service.save_csv(order_id, tmp_path / name) for name in ("october.csv", "again.csv")]
    assert [path.read_bytes() for path in paths] == [CSV, CSV]
    assert backend.count("fetch") == 1


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
        with pytest.raises(InvalidRequest) as refusal:
            await service.summary("order_1", top=3, save_csv_to="october.csv")
    assert "the address of the whole CSV, as csv_uri" in refusal.value.hint
    assert "UNIQUE_ANALYTICS_EXPORT_DIR" in refusal.value.hint

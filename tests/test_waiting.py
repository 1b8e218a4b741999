"""Asking and waiting: checks in their time, a bounded wait, and orders that nobody knows."""

from pathlib import Path

import anyio
import pytest

from fakes import HANGS_S, FakeBackend, FakeTime
from services import done_order, elsewhere, october, service_on
from unique_analytics_mcp.domain.order import OrderState, PlatformOrder
from unique_analytics_mcp.errors import BackendUnavailable, InvalidRequest, OrderNotFound
from unique_analytics_mcp.progress import Progress


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


async def test_a_state_that_could_not_be_checked_is_told_as_the_last_known_one(tmp_path: Path) -> None:
    away = BackendUnavailable("The platform is away.", hint="")
    time = FakeTime()
    async with service_on(FakeBackend(words=("PENDING",), errors={"status": [away]}), tmp_path, time=time) as service:
        order_id = str((await service.create(october(service))).order_id)
        await time.sleep(10)
        unchecked = await service.status(order_id)
        checked = await service.status(order_id)
    assert (unchecked.state, unchecked.remarks) == (
        OrderState.PENDING,
        ["The last check did not succeed: The platform is away."],
    )
    assert checked.remarks == []


class Silent(FakeBackend):
    """Never says how an order stands."""

    async def status(self, order_id: str) -> PlatformOrder:
        await self._called("status", order_id)
        await anyio.sleep_forever()
        return self._known(order_id)


async def test_a_platform_that_never_answers_holds_nobody_without_patience_for_an_order_that_is_known_here(
    tmp_path: Path,
) -> None:
    backend, time = Silent(), FakeTime()
    async with service_on(backend, tmp_path, time=time) as service:
        order_id = str((await service.create(october(service))).order_id)
        time.monotonic_s += 10
        with anyio.fail_after(HANGS_S):
            order = await service.wait(order_id, patience_s=0)
    assert (order.state, backend.count("status")) == (OrderState.PENDING, 0)


async def test_a_platform_that_never_answers_holds_no_wait_for_an_order_that_is_not_known_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.waiting.FIRST_WORD_S", 0.01)
    backend = Silent(orders={"other_1": elsewhere()})
    async with service_on(backend, tmp_path) as service:
        with pytest.raises(BackendUnavailable, match="did not say how order other_1 stands"):
            await service.wait("other_1", patience_s=0.3)
    assert backend.count("status") == 1


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

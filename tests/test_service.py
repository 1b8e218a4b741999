"""What a service says of all orders, what it removes, and how it ends."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from fakes import FakeBackend, FakeTime
from services import done_order, elsewhere, kept_files, service_on
from unique_analytics_mcp.domain.order import ListedOrder, OrderState, UnreadableOrder
from unique_analytics_mcp.errors import InvalidRequest, NotAllowed, OrderNotReady


async def test_orders_are_listed_newest_first_in_pages(tmp_path: Path) -> None:
    backend = FakeBackend(orders={f"o{n}": elsewhere(order_id=f"o{n}") for n in range(5)})
    async with service_on(backend, tmp_path) as service:
        first = await service.orders(limit=2)
        last = [await service.orders(limit=limit, offset=offset) for limit, offset in ((2, 4), (1, 4), (5, 0))]
    assert ([order.order_id for order in first.orders], first.more, first.next_offset) == (["o4", "o3"], True, 2)
    assert [page.orders[-1].order_id for page in last] == ["o0"] * 3
    assert [(len(page.orders), page.more, page.next_offset) for page in last] == [
        (count, False, None) for count in (1, 1, 5)
    ]


async def test_filters_look_through_all_pages_of_the_platform(tmp_path: Path) -> None:
    orders = {f"o{n}": elsewhere(order_id=f"o{n}") for n in range(250)}
    orders["o3"] = elsewhere(order_id="o3", type="NPS", state=OrderState.FAILED, platform_state="ERROR")
    backend = FakeBackend(orders=orders)
    async with service_on(backend, tmp_path) as service:
        found = await service.orders(type="nps", state="failed")
    assert [order.order_id for order in found.orders] == ["o3"]
    assert backend.count("list") == 3


class Busy(FakeBackend):
    """Somebody places an order after each page of the list."""

    async def list(self, *, offset: int, limit: int) -> Sequence[ListedOrder]:
        page = await super().list(offset=offset, limit=limit)
        late = f"late{len(self.orders)}"
        self.orders[late] = elsewhere(order_id=late)
        return page


async def test_orders_placed_between_two_pages_of_the_platform_show_none_twice(tmp_path: Path) -> None:
    backend = Busy(orders={f"o{n}": elsewhere(order_id=f"o{n}") for n in range(250)})
    async with service_on(backend, tmp_path) as service:
        found = await service.orders(limit=249)
    assert [order.order_id for order in found.orders] == [f"o{n}" for n in reversed(range(1, 250))]


async def test_orders_that_cannot_be_read_hide_no_others_and_are_told(tmp_path: Path) -> None:
    backend = FakeBackend(orders={"o1": elsewhere(order_id="o1")}, unreadable=[UnreadableOrder()])
    async with service_on(backend, tmp_path) as service:
        found = await service.orders()
    assert ([order.order_id for order in found.orders], found.more) == (["o1"], False)
    assert found.remarks == ["Not shown: 1 order that the platform lists without a usable id, type or state."]


async def test_a_search_that_ends_before_the_last_order_says_so(tmp_path: Path) -> None:
    backend = FakeBackend(orders={f"o{n}": elsewhere(order_id=f"o{n}") for n in range(2_100)})
    async with service_on(backend, tmp_path) as service:
        found = await service.orders(state="FAILED")
    assert (found.orders, found.more) == ([], True)
    assert found.remarks == ["Only the newest 2000 orders were looked through."]


async def test_a_slow_platform_is_asked_for_pages_for_half_a_minute(tmp_path: Path) -> None:
    time = FakeTime()

    class Slow(FakeBackend):
        async def list(self, *, offset: int, limit: int) -> Sequence[ListedOrder]:
            time.monotonic_s += 12
            return await super().list(offset=offset, limit=limit)

    backend = Slow(orders={f"o{n}": elsewhere(order_id=f"o{n}") for n in range(2_100)})
    async with service_on(backend, tmp_path, time=time) as service:
        found = await service.orders(state="FAILED")
    assert (found.orders, found.more) == ([], True)
    assert found.remarks == ["Only the newest 300 orders were looked through."]


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
    assert gone.next_step.tool == "list_analytics_orders"


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

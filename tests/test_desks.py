"""Two analytics services side by side in one service: whose order is whose, and what one platform cannot do."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from fakes import HANGS_S, FakeBackend, FakeTime, place_in
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.order import OrderRequest, PlatformOrder
from unique_analytics_mcp.domain.report import Catalogue, Option
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import BackendUnavailable, InvalidRequest, OrderNotFound
from unique_analytics_mcp.service import Service

SHAPE = Option(name="shape", meaning="How rows are laid out.", choices=("long", "wide"))
CALLS: Catalogue = {
    "CALLS": replace(UNIQUE_REPORTS["CHAT_INTERACTION"], name="CALLS", backend="other", options=(SHAPE,))
}
LATE = "The platform's data reach only to 2026-10-30."


@dataclass
class OtherBackend(FakeBackend):
    """A platform that lists no orders and whose data come late."""

    name: str = "other"
    principal: str = "https://other.example"
    order_prefix: str = "other-"
    can_list: bool = False

    async def submit(self, request: OrderRequest, **_: object) -> PlatformOrder:
        if request.options.get("shape") == "wide":
            raise InvalidRequest("Nothing is wide there.", hint="Leave shape out.")
        return replace(await super().submit(request), remarks=(LATE,), provisional=True)


@dataclass
class Pair:
    unique: FakeBackend
    other: OtherBackend
    time: FakeTime
    service: Service


@asynccontextmanager
async def both(folder: Path, said: Sequence[str] = ()) -> AsyncGenerator[Pair]:
    time = FakeTime()
    unique, other = FakeBackend(), OtherBackend(catalogue=CALLS, said=said)
    places = [place_in(folder, each, time.clock) for each in (unique, other)]
    enabled = ["CHAT_INTERACTION", "CALLS"]
    async with Service(*places, clock=time.clock, time_zone="Europe/Zurich", enabled=enabled) as service:
        with anyio.fail_after(HANGS_S):
            yield Pair(unique, other, time, service)


async def placed(pair: Pair, type: str, **options: str) -> str:
    order = await pair.service.create(pair.service.request(type=type, period="last_month", options=options))
    return order.order_id or ""


async def summed_up(pair: Pair, type: str) -> Summary:
    found = await pair.service.answer(pair.service.plan(type=type, period="last_month"), top=10, patience_s=60)
    assert isinstance(found, Summary)
    return found


async def test_a_type_finds_its_platform_and_an_id_the_platform_it_came_from(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        chats, calls = await placed(pair, "CHAT_INTERACTION"), await placed(pair, "CALLS")
        assert (chats, calls) == ("order_1", "other-order_1")
        orders = [await pair.service.wait(each, patience_s=60) for each in (chats, calls)]
        assert [order.backend for order in orders] == ["unique", "other"]
        assert (pair.unique.count("status"), pair.other.count("status")) == (1, 1)
    assert pair.unique.closed
    assert pair.other.closed


async def test_both_platforms_reports_are_summed_up(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        for name in ("CHAT_INTERACTION", "CALLS"):
            assert (await summed_up(pair, name)).provenance.type == name


async def test_a_list_holds_what_one_platform_lists_and_what_is_noted_of_the_other(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        calls, chats = await placed(pair, "CALLS"), await placed(pair, "CHAT_INTERACTION")
        everything = await pair.service.orders()
        assert {order.order_id for order in everything.orders} == {calls, chats}
        only_calls = await pair.service.orders(type="CALLS")
        assert [order.order_id for order in only_calls.orders] == [calls]
        assert pair.other.count("list") == 0
        assert set(await pair.service.noted_order_ids()) == {calls, chats}


async def test_a_platform_that_is_away_hides_no_order_of_the_other(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        calls = await placed(pair, "CALLS")
        away = BackendUnavailable("The platform is away.", hint="Ask again later.")
        pair.unique.errors["list"] = [away, away]
        listed = await pair.service.orders()
        assert ([order.order_id for order in listed.orders], listed.more) == ([calls], True)
        assert listed.remarks == ["Others are missing. The platform is away. Ask again later."]
        with pytest.raises(BackendUnavailable):
            await pair.service.orders(type="CHAT_INTERACTION")


async def test_deleting_an_order_asks_only_its_own_platform(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        await pair.service.delete(await placed(pair, "CALLS"))
        assert (pair.unique.count("delete"), pair.other.count("delete")) == (0, 1)


async def test_an_id_that_no_platform_here_gives_is_unknown(tmp_path: Path) -> None:
    time, other = FakeTime(), OtherBackend(catalogue=CALLS)
    place = place_in(tmp_path, other, time.clock)
    async with Service(place, clock=time.clock, time_zone="Europe/Zurich", enabled=["CALLS"]) as service:
        with pytest.raises(OrderNotFound, match="begin otherwise"):
            await service.status("order_1")
    assert other.calls == []


async def test_an_order_with_late_data_is_incomplete_in_every_answer_and_ages_out(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        first = await placed(pair, "CALLS")
        order = await pair.service.wait(first, patience_s=60)
        assert (order.state, order.window and order.window.complete, order.remarks) == ("DONE", False, [LATE])
        found = await summed_up(pair, "CALLS")
        assert found.provenance.order_id == first
        assert found.provenance.window
        assert not found.provenance.window.complete
        assert LATE in found.caveats
        pair.time.now += timedelta(minutes=16)
        assert await placed(pair, "CALLS") != first


async def test_what_fetching_a_report_told_is_in_its_answer(tmp_path: Path) -> None:
    async with both(tmp_path, said=["Two rows came twice and count once."]) as pair:
        assert "Two rows came twice and count once." in (await summed_up(pair, "CALLS")).caveats


async def test_an_option_takes_its_choices_in_any_case_and_nothing_else(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        calls = await placed(pair, "CALLS", shape="LONG")
        assert (await pair.service.status(calls)).options == {"shape": "long"}
        with pytest.raises(InvalidRequest, match="It may be: long, wide"):
            await placed(pair, "CALLS", shape="square")


async def test_an_order_refused_before_it_was_placed_leaves_no_attempt_behind(tmp_path: Path) -> None:
    async with both(tmp_path) as pair:
        for _ in range(2):
            with pytest.raises(InvalidRequest, match="Nothing is wide"):
                await placed(pair, "CALLS", shape="wide")
        assert pair.other.attempted == []
        await placed(pair, "CALLS")
        assert pair.other.attempted == [None]

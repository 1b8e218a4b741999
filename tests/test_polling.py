"""One poller per order, however many wait."""

import gc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import anyio
import anyio.lowlevel
import pytest

from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.domain.order import OrderState, Pace, PlatformOrder
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    NotAuthenticated,
    OrderNotFound,
    RateLimited,
    UnexpectedAnswer,
)
from unique_analytics_mcp.polling import Checks, Poller


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def clock(self) -> Clock:
        return Clock(now=lambda: datetime(2026, 11, 21, tzinfo=UTC), monotonic=lambda: self.now_s, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await anyio.lowlevel.checkpoint()


def order(word: str = "PENDING") -> PlatformOrder:
    return PlatformOrder(order_id="o1", type="NPS", state=OrderState.PENDING, platform_state=word)


class Platform:
    """Answers in order, the last one for ever; counts how often it was asked."""

    def __init__(self, *answers: PlatformOrder | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def status(self, order_id: str) -> PlatformOrder:
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def poller_of(platform: Platform, time: Time, **pace: float) -> Poller:
    return Poller(platform.status, pace=Pace(**pace), clock=time.clock())


async def test_a_placed_order_is_first_checked_after_two_seconds_then_after_ten() -> None:
    time, platform = Time(), Platform(order())
    poller = poller_of(platform, time)
    poller.placed(order("CREATED"))
    assert poller.due_in("o1") == 2.0
    assert (await poller.observe("o1")).platform_state == "CREATED"
    await time.sleep(2.0)
    assert (await poller.observe("o1")).platform_state == "PENDING"
    assert (platform.asked, poller.due_in("o1")) == (1, 10.0)


async def test_an_order_nobody_here_knows_is_asked_for_at_once() -> None:
    platform = Platform(order())
    assert await poller_of(platform, Time()).observe("o1") == order()
    assert platform.asked == 1


async def test_a_thousand_waiters_make_one_check() -> None:
    time, platform = Time(), Platform(order())
    poller = poller_of(platform, time)
    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(poller.observe, "o1")
    assert platform.asked == 1


async def test_a_waiter_who_leaves_in_the_middle_of_a_check_hands_it_to_the_next() -> None:
    time, gate = Time(), anyio.Event()
    asked: list[str] = []

    async def slow_status(order_id: str) -> PlatformOrder:
        asked.append(order_id)
        await gate.wait()
        return order()

    poller = Poller(slow_status, pace=Pace(), clock=time.clock())
    seen: list[PlatformOrder] = []
    async with anyio.create_task_group() as tasks:
        leaving = anyio.CancelScope()
        tasks.start_soon(_within, leaving, lambda: poller.observe("o1"), seen)
        tasks.start_soon(_within, anyio.CancelScope(), lambda: poller.observe("o1"), seen)
        await anyio.wait_all_tasks_blocked()
        leaving.cancel()
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert (len(asked), seen) == (2, [order()])


async def _within(
    scope: anyio.CancelScope, call: Callable[[], Awaitable[PlatformOrder]], seen: list[PlatformOrder]
) -> None:
    with scope:
        seen.append(await call())


async def test_a_fresh_question_is_answered_from_a_check_only_seconds_old() -> None:
    time, platform = Time(), Platform(order())
    poller = poller_of(platform, time)
    await poller.observe("o1")
    await time.sleep(1.9)
    await poller.observe("o1", at_most_old_s=2.0)
    assert platform.asked == 1
    await time.sleep(0.1)
    await poller.observe("o1", at_most_old_s=2.0)
    assert platform.asked == 2


async def test_a_passing_trouble_leaves_the_last_state_and_is_remembered_until_it_is_over() -> None:
    time = Time()
    platform = Platform(order("A"), BackendUnavailable("The platform is away.", hint=""), order("B"))
    poller = poller_of(platform, time)
    await poller.observe("o1")
    await time.sleep(10)
    assert ((await poller.observe("o1")).platform_state, poller.trouble("o1")) == ("A", "The platform is away.")
    await time.sleep(poller.due_in("o1"))
    assert ((await poller.observe("o1")).platform_state, poller.trouble("o1")) == ("B", "")


async def test_what_was_seen_of_a_running_order_stands_however_long_nobody_asked() -> None:
    time = Time()
    poller = poller_of(Platform(order("A"), BackendUnavailable("The platform is away.", hint="")), time)
    await poller.observe("o1")
    await time.sleep(3600)
    poller.placed(replace(order(), order_id="o2"))
    assert await poller.observe("o1") == order("A")


async def test_those_who_waited_for_a_check_that_failed_make_none_of_their_own() -> None:
    time = Time()
    platform = Platform(BackendUnavailable("Away.", hint=""), order("B"))
    poller = poller_of(platform, time)
    poller.placed(order("A"))
    await time.sleep(10)
    seen: list[str] = []

    async def ask() -> None:
        seen.append((await poller.observe("o1", at_most_old_s=2.0)).platform_state)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask)
    assert (platform.asked, seen) == (1, ["A", "A", "A"])
    await ask()
    assert (platform.asked, seen[-1]) == (2, "B")


async def test_an_answer_that_is_no_order_is_believed_when_it_comes_twice() -> None:
    time, page = Time(), UnexpectedAnswer("A web page came.", hint="")
    poller = poller_of(Platform(order("A"), page, order("B"), page, page), time)
    await poller.observe("o1")
    seen: list[str] = []
    for _ in range(3):
        await time.sleep(poller.due_in("o1"))
        seen.append((await poller.observe("o1")).platform_state)
    assert (seen, poller.trouble("o1")) == (["A", "B", "B"], "A web page came.")
    for _ in range(2):
        await time.sleep(poller.due_in("o1"))
        with pytest.raises(UnexpectedAnswer):
            await poller.observe("o1")


async def test_a_platform_that_throttles_says_itself_when_to_ask_again() -> None:
    time = Time()
    poller = poller_of(Platform(order(), RateLimited("Slow down.", hint="", retry_after_s=120.0)), time)
    await poller.observe("o1")
    await time.sleep(10)
    await poller.observe("o1")
    assert poller.due_in("o1") == 120.0


@pytest.mark.parametrize("error", [OrderNotFound("Gone.", hint=""), NotAuthenticated("No.", hint="")])
async def test_a_refusal_is_raised_even_when_an_earlier_state_is_known(error: Exception) -> None:
    time = Time()
    poller = poller_of(Platform(order(), error), time)
    await poller.observe("o1")
    await time.sleep(10)
    with pytest.raises(type(error)):
        await poller.observe("o1")


@pytest.mark.parametrize("known", [True, False], ids=["of a known order", "of an unknown one"])
async def test_a_thousand_waiters_hear_of_one_refusal_and_those_who_come_later_ask_anew_together(known: bool) -> None:
    time, platform = Time(), Platform(NotAuthenticated("No.", hint=""), order("B"))
    poller = poller_of(platform, time, first_s=0.0)
    if known:
        poller.placed(order("A"))
    refused = list[NotAuthenticated]()

    async def wait() -> None:
        try:
            await poller.observe("o1")
        except NotAuthenticated as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(wait)
    assert (platform.asked, len(refused)) == (1, 1000)
    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(wait)
    assert (platform.asked, len(refused), await poller.observe("o1")) == (2, 1000, order("B"))


async def test_a_passing_trouble_is_raised_when_nothing_is_known_yet() -> None:
    with pytest.raises(BackendUnavailable):
        await poller_of(Platform(BackendUnavailable("Away.", hint="")), Time()).observe("o1")


async def test_a_forgotten_order_is_asked_for_again() -> None:
    platform = Platform(order())
    poller = poller_of(platform, Time())
    await poller.observe("o1")
    poller.forget("o1")
    await poller.observe("o1")
    assert platform.asked == 2


async def test_a_final_state_is_never_asked_for_again_by_those_who_still_wait() -> None:
    time, platform = Time(), Platform(replace(order("DONE"), state=OrderState.DONE))
    poller = poller_of(platform, time)
    await poller.observe("o1")
    await time.sleep(3600)
    await poller.observe("o1")
    assert platform.asked == 1


@pytest.mark.parametrize(("seconds", "asked"), [(599, 1), (601, 2)])
async def test_what_was_seen_of_finished_orders_is_dropped_ten_minutes_later(seconds: float, asked: int) -> None:
    time, platform = Time(), Platform(replace(order("DONE"), state=OrderState.DONE))
    poller = poller_of(platform, time)
    await poller.observe("o1")
    await time.sleep(seconds)
    poller.placed(replace(order(), order_id="o2"))
    await poller.observe("o1")
    assert platform.asked == asked


async def test_nothing_is_remembered_of_orders_that_nobody_knows() -> None:
    poller = poller_of(Platform(OrderNotFound("Unknown.", hint="")), Time())
    for number in range(20):
        with pytest.raises(OrderNotFound):
            await poller.observe(f"o{number}")
    assert sum(isinstance(each, Checks) for each in gc.get_referents(*vars(poller).values())) <= 1

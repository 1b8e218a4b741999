"""The life of an order is the same on every backend: placed once, waited for, fetched, found again, deleted."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from houses import A_MINUTE, House, house, plan, question
from subjects import Subject
from unique_analytics_mcp.domain.order import Order, OrderState
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import InvalidRequest, OrderNotFound, OrderNotReady
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.simulator import Operation

CREATE, DOWNLOAD = Operation.CREATE, Operation.DOWNLOAD


async def placed(service: Service, subject: Subject, *, reuse: bool = True) -> Order:
    return await service.create(question(service, subject), reuse=reuse)


async def done(service: Service, subject: Subject) -> str:
    order = await service.wait((await placed(service, subject)).order_id or "", patience_s=60)
    assert order.state is OrderState.DONE
    return order.order_id or ""


@pytest.mark.placing
async def test_an_order_runs_from_a_question_to_numbers(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, delay_s=30) as home, home.service() as service:
        states = [(await placed(service, subject)).state]
        order_id = home.order_ids[0]
        for _ in range(40):
            await home.time.sleep(1)
            states.append((await service.status(order_id)).state)
        found = await service.summary(order_id, top=3)
        assert list(dict.fromkeys(states)) == [OrderState.PENDING, OrderState.PROCESSING, OrderState.DONE]
        assert found.provenance.rows == len(home.held(order_id).splitlines()) - 1 > 0
        assert (found.provenance.order_id, home.count(CREATE), home.count(DOWNLOAD)) == (order_id, 1, 1)


@pytest.mark.living_here
async def test_what_the_platform_answers_at_once_is_done_when_placed_and_asked_for_when_fetched(
    subject: Subject, tmp_path: Path
):
    async with house(subject, tmp_path, delay_s=30) as home, home.service() as service:
        order = await placed(service, subject)
        assert (order.state, (await service.status(order.order_id or "")).state) == (OrderState.DONE, OrderState.DONE)
        assert list(home.platform.requests) == [], subject.lives_here
        found = await service.summary(order.order_id or "", top=3)
        assert found.provenance.rows == len(home.held(order.order_id or "").splitlines()) - 1 > 0
        assert (home.count(CREATE), list(home.at_platform)) == (0, []), subject.lives_here


async def test_a_report_is_fetched_once_and_no_page_of_it_twice(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        order_id = await done(service, subject)
        for _ in range(2):
            await service.summary(order_id, top=3)
        pages = [
            (request.path, tuple(request.query.items()), request.body)
            for request in home.platform.requests
            if subject.operation(request) is DOWNLOAD
        ]
        assert len(set(pages)) == len(pages) > 0


async def test_one_call_answers_what_the_steps_do(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, delay_s=3) as home, home.service() as service:
        found = await service.answer(plan(service, subject), top=3, patience_s=60)
        assert isinstance(found, Summary)
        assert found == await service.summary(home.order_ids[0], top=3)


@pytest.mark.placing
async def test_an_order_that_is_not_done_has_no_report_and_no_download_is_tried(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, delay_s=30) as home, home.service() as service:
        order = await placed(service, subject)
        with pytest.raises(OrderNotReady, match="wait_for_order"):
            await service.summary(order.order_id or "", top=3)
        assert home.count(DOWNLOAD) == 0


async def test_equal_requests_are_one_order_whenever_they_come(subject: Subject, tmp_path: Path):
    found: list[Order] = []

    async def place(service: Service) -> None:
        found.append(await placed(service, subject))

    async with house(subject, tmp_path, delay_s=3) as home, home.service() as service:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(place, service)
        await service.wait(home.order_ids[0], patience_s=60)
        await place(service)
        assert {order.order_id for order in found} == {home.order_ids[0]}
        assert [order.reused for order in found].count(False) == home.placed == 1


async def test_another_window_or_a_wish_for_a_new_one_is_another_order(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        first = await placed(service, subject)
        other = await service.create(question(service, subject, end_date="2026-10-12"))
        again = await placed(service, subject, reuse=False)
        assert len({first.order_id, other.order_id, again.order_id}) == home.placed == 3


REFUSED = {
    "too long": {"start_date": "2024-10-01"},
    "reversed": {"end_date": "2026-09-30"},
    "in the future": {"end_date": "2026-12-31"},
    "impossible": {"end_date": "2026-02-30"},
    "half a window": {"end_date": ""},
    "twice": {"period": "last_month"},
    "no such type": {"type": "NOTHING_OF_THE_KIND"},
    "no such option": {"colour": "green"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
async def test_what_is_not_legal_is_refused_without_a_call(subject: Subject, tmp_path: Path, change: dict[str, str]):
    async with house(subject, tmp_path) as home, home.service() as service:
        with pytest.raises(InvalidRequest) as refused:
            await service.create(question(service, subject, **change))
        assert refused.value.hint
        assert list(home.platform.requests) == []


async def test_a_report_the_backend_does_not_have_is_refused_with_those_it_has(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        with pytest.raises(InvalidRequest, match=r"GALAXY") as refused:
            question(service, subject, type="GALAXY")
        assert ", ".join(subject.catalogue) in refused.value.hint
        assert list(home.platform.requests) == []


@pytest.mark.thorough
async def test_each_report_of_the_catalogue_can_be_ordered_and_read(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        placed_ids = set[str | None]()
        for name in subject.catalogue:
            request = question(service, subject, **subject.short, type=name)
            order = await service.wait((await service.create(request)).order_id or "", patience_s=60)
            placed_ids.add(order.order_id)
            found = await service.summary(order.order_id or "", top=3)
            assert (found.provenance.type, found.provenance.rejected_rows) == (name, 0)
            assert set(subject.catalogue[name].caveats_about(found.provenance.rows)) <= set(found.caveats)
        assert len(placed_ids) == len(subject.catalogue)
        assert home.placed == len(home.order_ids) == len(placed_ids & set(home.order_ids))


@pytest.mark.parametrize("is_likely", [True, False])
async def test_an_unknown_order_is_said_to_be_unknown(subject: Subject, tmp_path: Path, is_likely: bool):
    order_id = subject.unknown_order if is_likely else "order_of_nobody"
    async with house(subject, tmp_path) as home, home.service() as service:
        for attempt in (service.status(order_id), service.summary(order_id, top=1), service.delete(order_id)):
            with pytest.raises(OrderNotFound, match=r"Call (list|create)_analytics_order"):
                await attempt


@pytest.mark.parametrize("order_id", ["../orders?take=100", "", "a" * 201, "a b"])
async def test_what_cannot_be_an_order_id_costs_no_call(subject: Subject, tmp_path: Path, order_id: str):
    async with house(subject, tmp_path) as home, home.service() as service:
        for attempt in (service.status(order_id), service.summary(order_id, top=1), service.delete(order_id)):
            with pytest.raises(InvalidRequest):
                await attempt
        assert list(home.platform.requests) == []


async def test_a_deleted_order_is_gone_there_and_here_and_can_be_ordered_again(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        order_id = await done(service, subject)
        await service.summary(order_id, top=1)
        await service.delete(order_id)
        assert [*home.at_platform, *(await service.orders()).orders] == []
        with pytest.raises(OrderNotFound):
            await service.summary(order_id, top=1)
        again = await placed(service, subject)
        assert (again.reused, again.order_id != order_id, home.placed) == (False, True, 2)


async def test_orders_are_listed_newest_first_over_all_pages_each_once(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        subject.fill(home.platform, 130)
        order_id = await done(service, subject)
        seen: list[str | None] = []
        offset: int | None = 0
        while offset is not None:
            page = await service.orders(limit=50, offset=offset)
            seen += [order.order_id for order in page.orders]
            offset = page.next_offset
        assert seen == list(home.order_ids)
        own = await service.orders(type=subject.question["type"])
        assert [order.order_id for order in own.orders] == [order_id]


# After a restart


async def test_after_a_restart_an_order_is_gone_on_with(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, delay_s=30) as home:
        async with home.service() as service:
            before = await placed(service, subject)
        async with home.service() as service:
            again = await placed(service, subject)
            assert (again.order_id, again.reused) == (before.order_id, True)
            assert (await service.wait(again.order_id or "", patience_s=60)).state is OrderState.DONE
        assert home.placed == 1


async def test_after_a_restart_a_fetched_report_needs_no_platform(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home:
        async with home.service() as service:
            order_id = await done(service, subject)
            before = await service.summary(order_id, top=3)
        asked = len(home.platform.requests)
        async with home.service() as service:
            assert await service.summary(order_id, top=3) == before
            assert (await placed(service, subject)).order_id == order_id
        assert len(home.platform.requests) == asked


# Cancelled


async def cancelled_at(home: House, operation: Operation, service: Service) -> None:
    """Ask the whole question, and leave while a request of that kind is on its way; then it arrives."""

    async def ask() -> None:
        order_id = await done(service, home.subject)
        await service.summary(order_id, top=1)

    home.gate.close(home.is_of(operation))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await home.gate.arrived.wait()
        tasks.cancel_scope.cancel()
    before = home.count(operation)
    home.gate.open()
    while home.count(operation) == before:
        await anyio.lowlevel.checkpoint()


@pytest.mark.placing
@pytest.mark.parametrize("operation", ["create", "state"])
async def test_who_leaves_while_an_order_is_placed_or_watched_loses_nothing_and_doubles_nothing(
    subject: Subject, tmp_path: Path, operation: str
):
    asked = {"create": CREATE, "state": subject.tells_state}[operation]
    async with house(subject, tmp_path, delay_s=3) as home, home.service() as service:
        await cancelled_at(home, asked, service)
        home.time.now += A_MINUTE
        order_id = await done(service, subject)
        await service.summary(order_id, top=1)
        placed_times = subject.unheard if asked is CREATE else 1
        assert (order_id, home.count(CREATE)) == (home.order_ids[0], placed_times) == (order_id, len(home.order_ids))
        assert (await service.csv_file(order_id)).read_bytes() == home.held(order_id)


async def test_who_leaves_a_download_loses_nothing_and_doubles_nothing(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, delay_s=3) as home, home.service() as service:
        await cancelled_at(home, DOWNLOAD, service)
        order_id = await done(service, subject)
        assert [order_id] == list(home.order_ids)
        assert (await service.csv_file(order_id)).read_bytes() == home.held(order_id)


@pytest.mark.placing
async def test_an_order_whose_caller_left_is_found_by_another_process(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home:
        async with home.service() as service:
            await cancelled_at(home, CREATE, service)
        home.time.now += A_MINUTE
        async with home.service() as service:
            assert await done(service, subject) == home.order_ids[0]
        assert home.count(CREATE) == subject.unheard

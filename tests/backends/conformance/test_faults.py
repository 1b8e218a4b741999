"""Whatever goes wrong on the way, on every backend: one order, the whole report, or one clear error."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path

import pytest

from fakes import NOW
from houses import A_MINUTE, house, plan, question
from subjects import Subject
from unique_analytics_mcp.domain.order import OrderState
from unique_analytics_mcp.errors import (
    AnalyticsError,
    BackendUnavailable,
    NotAllowed,
    NotAuthenticated,
    OrderFailed,
    OrderNotFound,
    RateLimited,
    SubmissionUnclear,
    UnexpectedAnswer,
)
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.simulator import Operation

CREATE = Operation.CREATE


async def fetched(service: Service, subject: Subject, **other: str) -> str:
    """Place, wait, fetch and read."""
    order = await service.create(question(service, subject, **other))
    await service.wait(order.order_id or "", patience_s=300)
    await service.intake(order.order_id or "")
    return order.order_id or ""


def more(*cases: object) -> list[pytest.ParameterSet]:
    """Cases that differ from those beside them only in what `test_http.py` shows of every connection."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.thorough) for case in cases]


@pytest.mark.placing
@pytest.mark.parametrize("fault", ["503", "drop", "wrong-type", *more("429", "500", "502-html", "504", "drop-before")])
async def test_trouble_while_waiting_costs_nothing_but_time(subject: Subject, tmp_path: Path, fault: str):
    async with house(subject, tmp_path, delay_s=30) as home, home.service() as service:
        order = await service.create(question(service, subject))
        home.platform.faults.add(f"{fault}@{subject.tells_state}")
        assert await fetched(service, subject) == order.order_id
        assert home.count(CREATE) == 1


@pytest.mark.parametrize(
    "fault", ["503", "truncate", *more("429", "drop", "500", "502-html", "504", "drop-before", "slow-drip")]
)
async def test_trouble_with_a_download_costs_no_byte(subject: Subject, tmp_path: Path, fault: str):
    async with house(subject, tmp_path, f"{fault}@download") as home, home.service() as service:
        order_id = await fetched(service, subject)
        assert (await service.csv_file(order_id)).read_bytes() == home.held(order_id)


@pytest.mark.parametrize("fault", ["truncate:always", *more("drop@download:always", "503@download:always")])
async def test_a_report_that_cannot_be_had_whole_is_not_kept_in_part(subject: Subject, tmp_path: Path, fault: str):
    async with house(subject, tmp_path, fault) as home, home.service() as service:
        with pytest.raises(BackendUnavailable):
            await fetched(service, subject)
        home.platform.faults.clear()
        order_id = await fetched(service, subject)
        assert (await service.csv_file(order_id)).read_bytes() == home.held(order_id)
        assert home.placed == 1


@pytest.mark.parametrize("fault", ["wrong-type@download", *more("json-download")])
async def test_a_page_to_sign_in_is_no_report(subject: Subject, tmp_path: Path, fault: str):
    async with house(subject, tmp_path, fault) as home, home.service() as service:
        with pytest.raises(UnexpectedAnswer, match=f"where {subject.expects} was expected"):
            await fetched(service, subject)
        assert (await service.csv_file(await fetched(service, subject))).read_bytes() == home.held(home.order_ids[0])


@pytest.mark.placing
@pytest.mark.parametrize("fault", ["drop@create", "504@create"])
async def test_an_order_whose_answer_was_lost_is_found_or_doubted_and_never_placed_again_unasked(
    subject: Subject, tmp_path: Path, fault: str
):
    async with house(subject, tmp_path, fault) as home, home.service() as service:
        if not subject.lists:
            with pytest.raises(SubmissionUnclear, match="Make the same call again"):
                await fetched(service, subject)
            assert home.count(CREATE) == 1
            return
        assert await fetched(service, subject) == home.order_ids[0]
        assert home.count(CREATE) == 1


@pytest.mark.placing
@pytest.mark.parametrize("fault", ["500@create", "wrong-type@create", *more("drop-before@create", "502-html@create")])
async def test_an_order_that_nobody_can_confirm_is_looked_for_before_it_is_placed_again(
    subject: Subject, tmp_path: Path, fault: str
):
    async with house(subject, tmp_path, fault) as home, home.service() as service:
        with pytest.raises(SubmissionUnclear, match="Make the same call again"):
            await fetched(service, subject)
        assert home.count(CREATE) == 1
        home.time.now += A_MINUTE
        assert [await fetched(service, subject)] == list(home.order_ids)
        assert home.count(CREATE) == 2


def _refusals(subject: Subject, fault: str) -> int:
    """How often it is refused before its caller hears of it: a token of a login is renewed once."""
    return 2 if fault == "401" and subject.logs_in else 1


@pytest.mark.placing
@pytest.mark.parametrize(
    ("fault", "error"), [("401", NotAuthenticated), ("403", NotAllowed), ("429", RateLimited)], ids=str
)
async def test_a_clear_refusal_places_nothing_and_is_not_repeated(
    subject: Subject, tmp_path: Path, fault: str, error: type[AnalyticsError]
):
    times = _refusals(subject, fault)
    async with house(subject, tmp_path, f"{fault}@create:{times}") as home, home.service() as service:
        with pytest.raises(error) as refused:
            await fetched(service, subject)
        assert refused.value.hint
        asked = [home.subject.operation(request) for request in home.platform.requests]
        assert (len(home.order_ids), asked.count(CREATE), asked[-1]) == (0, times, CREATE)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("401", NotAuthenticated), *more(("403", NotAllowed), ("429", RateLimited), ("500", BackendUnavailable))],
    ids=str,
)
async def test_a_report_that_is_refused_for_good_is_one_error_and_can_be_had_later(
    subject: Subject, tmp_path: Path, fault: str, error: type[AnalyticsError]
):
    async with house(subject, tmp_path, f"{fault}@download:always") as home, home.service() as service:
        with pytest.raises(error) as refused:
            await fetched(service, subject)
        assert refused.value.hint
        home.platform.faults.clear()
        assert [await fetched(service, subject)] == list(home.order_ids)
        assert home.placed == 1


@pytest.mark.placing
async def test_a_report_whose_file_stays_away_for_ten_minutes_is_ordered_anew(subject: Subject, tmp_path: Path):
    """A platform that answers for its files itself is believed at once."""
    minutes = (0, 9, 10) if subject.lists else (0,)
    async with house(subject, tmp_path, "lost-file:always") as home:
        for minute in minutes:
            home.time.now = NOW + timedelta(minutes=minute)
            async with home.service() as service:
                await service.create(question(service, subject))
                home.time.monotonic_s += 60
                with pytest.raises(OrderNotFound if minute == minutes[-1] else BackendUnavailable) as told:
                    await service.answer(plan(service, subject), top=3, patience_s=60)
                assert "create_analytics_order with" in told.value.hint
                assert len(home.at_platform) == 1
        home.platform.faults.clear()
        async with home.service() as service:
            assert await fetched(service, subject) == home.order_ids[0]
            assert len(home.at_platform) == 2


@pytest.mark.placing
@pytest.mark.parametrize("fault", ["failed", "error"])
async def test_an_order_that_the_platform_gave_up_ends_at_once(subject: Subject, tmp_path: Path, fault: str):
    async with house(subject, tmp_path, fault) as home, home.service() as service:
        with pytest.raises(OrderFailed, match=subject.words[fault]):
            await fetched(service, subject)
        assert home.count(Operation.DOWNLOAD) == 0


@pytest.mark.placing
async def test_a_word_nobody_documented_keeps_waiting_and_is_shown(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, "unknown-state", delay_s=30) as home, home.service() as service:
        order = await service.create(question(service, subject))
        later = await service.wait(order.order_id or "", patience_s=15)
        assert (later.state, later.platform_state) == (OrderState.PROCESSING, subject.words["unknown-state"])
        assert await fetched(service, subject) == home.order_ids[0]


@pytest.mark.placing
async def test_an_order_that_never_ends_is_handed_back_with_what_to_call(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path, "stuck", delay_s=30) as home, home.service() as service:
        order = await service.create(question(service, subject))
        later = await service.wait(order.order_id or "", patience_s=600)
        assert (later.state, later.next_step.tool) == (OrderState.PROCESSING, "wait_for_order")
        assert home.count(CREATE) == 1


async def test_wrong_credentials_are_one_error_that_names_the_setting(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service(secret="somebody-elses-word") as service:
        attempts: list[Awaitable[object]] = [fetched(service, subject)]
        attempts += [service.status(subject.unknown_order), service.orders()] if subject.lists else []
        for attempt in attempts:
            with pytest.raises(NotAuthenticated) as refused:
                await attempt
            assert subject.secret_setting in refused.value.hint
            assert "somebody-elses-word" not in str(refused.value)
        assert list(home.at_platform) == []


async def test_the_secret_is_in_no_error_log_or_representation(
    subject: Subject, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="unique_analytics_mcp")
    told: list[str] = []
    first = Operation.DOWNLOAD if subject.lives_here else CREATE
    async with house(subject, tmp_path) as home:
        told.append(repr(home.client()))
        async with home.service() as service:
            for day, fault in ((28, "401"), (29, "drop-before"), (30, "403")):
                home.platform.faults.clear()
                home.platform.faults.add(f"{fault}@{first}:always")
                with pytest.raises(AnalyticsError) as caught:
                    await fetched(service, subject, end_date=f"2026-10-{day}")
                told += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
            told.append(repr(await service.orders()))
    assert "after" in caplog.text
    assert [text for text in (*told, caplog.text) if subject.secret in text] == []

"""The engine of the pretend platforms: fault words, ripening, the invented firm, and serving over real HTTP."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulated import Clock
from unique_analytics_mcp.simulator import (
    FAULTS,
    ConnectionDropped,
    Door,
    Fate,
    Fault,
    FaultBox,
    FaultName,
    JobBook,
    Operation,
    SimulatorSettings,
    Stage,
    build_firm,
    identifier,
    parse_faults,
    serve,
    serve_in_thread,
    side_by_side,
    utc_now,
)
from unique_analytics_mcp.simulator.activity import (
    citations,
    feature_uses,
    interactions,
    model_calls,
    moment,
    surveys,
    uploads,
)
from unique_analytics_mcp.simulator.calendar import LAUNCH, activity_level, days_between
from unique_analytics_mcp.simulator.jobs import stage_at

FIRM = build_firm(seed=7, users=80)
TUESDAY = date(2026, 10, 13)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def loopback() -> httpx.AsyncClient:
    """A client that does not spend its time on loading certificates nobody shows."""
    return httpx.AsyncClient(verify=False)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("429", Fault(FaultName.TOO_MANY, None, 1)),
        ("429:3", Fault(FaultName.TOO_MANY, None, 3)),
        ("500@create", Fault(FaultName.BROKEN, Operation.CREATE, 1)),
        ("502-html@download:2", Fault(FaultName.BAD_GATEWAY, Operation.DOWNLOAD, 2)),
        ("drop@create:1", Fault(FaultName.DROP, Operation.CREATE, 1)),
        ("drop-before@list:always", Fault(FaultName.DROP_BEFORE, Operation.LIST, None)),
        ("truncate", Fault(FaultName.TRUNCATE, Operation.DOWNLOAD, 1)),
        ("wrong-type", Fault(FaultName.WRONG_TYPE, Operation.DOWNLOAD, 1)),
        ("wrong-type@get", Fault(FaultName.WRONG_TYPE, Operation.GET, 1)),
        ("404", Fault(FaultName.GONE, Operation.DOWNLOAD, 1)),
        ("lost-file:always", Fault(FaultName.LOST_FILE, Operation.DOWNLOAD, None)),
        ("stuck", Fault(FaultName.STUCK, Operation.CREATE, None)),
        (" failed@create:1 ", Fault(FaultName.FAILED, Operation.CREATE, 1)),
    ],
)
def test_fault_is_read_from_its_word(text: str, fault: Fault):
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("418", "unknown fault '418'; valid are: 401, 403, 404, 429, 429-bare, 500, 502-html"),
        ("", "unknown fault ''"),
        ("429@poll", "unknown operation 'poll'; valid are: create, list, get, download, delete"),
        ("429:0", "a number from 1 or the word always, not '0'"),
        ("429:-1", "a number from 1 or the word always, not '-1'"),
        ("stuck@get", "decided when an order is created: write stuck or stuck@create"),
        ("truncate@list", "for downloads only: write truncate or truncate@download"),
    ],
)
def test_fault_that_means_nothing_is_refused_with_what_is_valid(text: str, complaint: str):
    with pytest.raises(ValueError, match=complaint):
        Fault.parse(text)


def test_list_of_faults_is_parted_by_commas_or_blanks():
    words = [fault.name for fault in parse_faults("429:2, stuck drop@create,")]

    assert words == ["429", "stuck", "drop"]
    assert parse_faults("") == ()


def test_every_fault_is_explained():
    assert set(FAULTS) == set(FaultName)


def test_faults_are_used_up_oldest_first_and_only_where_they_belong():
    box = FaultBox(parse_faults("429@get:2, 500"))

    taken = [box.take(Operation.GET), box.take(Operation.CREATE), box.take(Operation.GET), box.take(Operation.GET)]

    assert taken == [FaultName.TOO_MANY, FaultName.BROKEN, FaultName.TOO_MANY, None]


def test_faults_of_requests_and_of_orders_do_not_get_into_each_others_way():
    box = FaultBox(parse_faults("failed:1, 503"))

    assert (box.take(Operation.CREATE), box.take_fate(), box.take_fate()) == ("503", Fate.FAILED, Fate.DONE)


def test_faults_can_be_added_and_cleared_while_the_platform_runs():
    box = FaultBox()
    box.add("401:always")
    assert (box.take(None), box.take(None)) == ("401", "401")

    box.clear()
    assert box.take(None) is None


@pytest.mark.parametrize("wrong", [{"users": 0}, {"delay_s": -1.0}, {"retry_after_s": -1}])
def test_settings_that_no_platform_can_be_built_from_are_refused(wrong: dict[str, int]):
    with pytest.raises(ValueError, match="must"):
        replace(SimulatorSettings(), **wrong)


@pytest.mark.parametrize(
    ("fate", "stages"),
    [
        (Fate.DONE, (Stage.WAITING, Stage.WORKING, Stage.DONE)),
        (Fate.FAILED, (Stage.WAITING, Stage.WORKING, Stage.FAILED)),
        (Fate.ERROR, (Stage.WAITING, Stage.WORKING, Stage.ERROR)),
        (Fate.STUCK, (Stage.WAITING, Stage.WORKING, Stage.WORKING)),
        (Fate.UNDOCUMENTED, (Stage.WAITING, Stage.UNDOCUMENTED, Stage.DONE)),
    ],
)
def test_job_ripens_as_its_fate_says(fate: Fate, stages: tuple[Stage, ...]):
    assert tuple(stage_at(age_s, 10.0, fate)[0] for age_s in (0, 5, 10_000)) == stages


@given(st.floats(0, 100), st.floats(0, 100), st.sampled_from(Fate))
def test_stage_was_never_entered_in_the_future(age_s: float, delay_s: float, fate: Fate):
    assert stage_at(age_s, delay_s, fate)[1] <= age_s


def test_jobs_come_newest_first_and_say_since_when_they_stand_where_they_stand():
    clock = Clock()
    book: JobBook[str] = JobBook(10.0, clock=clock, now=lambda: NOON)
    first, second = book.place("a", "first"), book.place("b", "second", Fate.FAILED)
    clock.seconds = 12.0

    assert [job.job_id for job in book] == ["b", "a"]
    assert (book.ripeness(first).stage, book.ripeness(second).stage) == (Stage.DONE, Stage.FAILED)
    assert book.ripeness(first).since == NOON + timedelta(seconds=10)


def test_deleted_job_is_gone_and_the_oldest_give_way_when_there_are_too_many():
    book: JobBook[int] = JobBook(0.0)
    for number in range(5_001):
        book.place(str(number), number)
    book.delete("5000")

    assert (len(book), book.get("0"), book.get("5000")) == (4_999, None, None)


def test_the_real_clock_knows_its_zone():
    assert utc_now().tzinfo is UTC


def test_identifier_looks_like_the_platforms_and_follows_from_its_key():
    one = identifier("analyticOrder", "a")

    assert one == identifier("analyticOrder", "a") != identifier("analyticOrder", "b")
    prefix, _, rest = one.partition("_")
    assert (prefix, len(rest), rest == rest.lower(), rest.isalnum()) == ("analyticOrder", 24, True, True)


def test_firm_follows_from_its_seed_and_nobody_shares_a_mail_address():
    assert build_firm(7, 80) == FIRM != build_firm(8, 80)
    mails = [person.mail for person in build_firm(7, 1_000).people]
    assert len(set(mails)) == 1_000
    assert all(mail.isascii() and mail.endswith("@nordwind.example") for mail in mails)


def test_people_stay_the_same_when_the_firm_grows():
    assert build_firm(7, 200).people[:80] == FIRM.people


@pytest.mark.parametrize(
    ("quiet", "busy"),
    [
        (date(2026, 10, 10), date(2026, 10, 9)),
        (date(2025, 12, 25), date(2025, 12, 18)),
        (date(2026, 1, 1), date(2026, 1, 8)),
        (date(2025, 8, 1), date(2025, 9, 5)),
    ],
    ids=["weekend", "Christmas", "New Year", "national day"],
)
def test_nearly_nobody_chats_on_a_day_off(quiet: date, busy: date):
    assert 0 < activity_level(quiet) < 0.1 * activity_level(busy)


def test_use_grows_gently_from_the_launch_on():
    tuesdays = [LAUNCH + timedelta(days=1 + 364 * year) for year in range(3)]
    levels = [activity_level(day) for day in tuesdays]

    assert activity_level(LAUNCH - timedelta(days=1)) == 0
    assert levels == sorted(levels)
    assert levels[2] < 4 * levels[0]


def test_nothing_happens_before_the_launch():
    before = LAUNCH - timedelta(days=1)

    kinds = (interactions, model_calls, citations, uploads, surveys, feature_uses)
    assert [list(kind(FIRM, before)) for kind in kinds] == [[]] * len(kinds)


def test_day_is_the_same_however_often_it_is_asked_for():
    for kind in (interactions, model_calls, citations, uploads, surveys, feature_uses):
        assert list(kind(FIRM, TUESDAY)) == list(kind(FIRM, TUESDAY))


def test_few_assistants_are_popular_and_most_are_hardly_used():
    month = days_between(date(2026, 9, 1), date(2026, 9, 30))
    used = Counter(event.assistant.name for day in month for event in interactions(FIRM, day))

    counts = [count for _, count in used.most_common()]
    assert len(used) > 15
    assert sum(counts[:5]) > 0.5 * sum(counts)


def test_reversed_days_are_none():
    assert list(days_between(TUESDAY, TUESDAY - timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("day", "utc"),
    [(date(2026, 7, 1), "2026-06-30T22:30:00+00:00"), (date(2026, 12, 1), "2026-11-30T23:30:00+00:00")],
    ids=["summer", "winter"],
)
def test_day_begins_at_midnight_in_zurich(day: date, utc: str):
    assert moment(day, 30 * 60 * 1000).isoformat() == utc


def test_document_is_never_cited_before_it_was_uploaded():
    days = [LAUNCH + timedelta(days=passed) for passed in range(1, 365)]
    cited = [(day, citation.document.uploaded) for day in days for citation in citations(FIRM, day)]

    assert len(cited) > 1_000
    assert all(uploaded <= day for day, uploaded in cited)


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("body of the answer")(scope, receive, send)


def _door(faults: str = "", app: ASGIApp = _echo, drip_s: float = 0.0) -> Door:
    return Door(
        app,
        faults=FaultBox(parse_faults(faults)),
        operation_of=lambda _method, _path, _body: Operation.DOWNLOAD,
        refuse=lambda fault, _: PlainTextResponse(fault, status_code=418),
        drip_s=drip_s,
        now=lambda: NOON,
    )


async def test_door_notes_what_came_in_and_what_went_out():
    door = _door()
    async with serve(door) as base_url, loopback() as client:
        answer = await client.post(f"{base_url}/some/where?skip=3", content=b"hello", headers={"X-Company-Id": "c"})

    (seen,) = door.requests
    assert (seen.method, seen.path, seen.query, seen.body, seen.status) == (
        "POST", "/some/where", {"skip": "3"}, b"hello", 200,
    )  # fmt: skip
    assert seen.headers["x-company-id"] == "c"
    assert (answer.text, answer.headers["date"]) == ("body of the answer", "Fri, 20 Nov 2026 12:00:00 GMT")


@pytest.mark.parametrize("fault", ["drop", "drop-before", "truncate"])
async def test_dropped_connection_is_a_protocol_error_for_the_client(fault: str):
    door = _door(fault)
    async with serve(door) as base_url, loopback() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(base_url)
        assert (await client.get(base_url)).status_code == 200

    assert [seen.status for seen in door.requests] == [200 if fault == "truncate" else None, 200]


async def test_truncated_answer_loses_its_second_half():
    received = bytearray()

    async def read(client: httpx.AsyncClient, url: str) -> None:
        async with client.stream("GET", url) as answer:
            async for piece in answer.aiter_raw():
                received.extend(piece)

    async with serve(_door("truncate")) as base_url, loopback() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await read(client, base_url)

    assert received == b"body of t"


@pytest.mark.parametrize(("fault", "calls"), [("drop", 1), ("504", 1), ("drop-before", 0), ("500", 0)])
async def test_fault_says_whether_the_request_was_carried_out(fault: str, calls: int):
    carried_out: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        carried_out.append(scope["path"])
        await _echo(scope, receive, send)

    async with serve(_door(fault, app)) as base_url, loopback() as client:
        with suppress(httpx.RemoteProtocolError):
            await client.get(base_url)

    assert len(carried_out) == calls


async def test_slow_drip_arrives_whole_in_many_pieces():
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    await _door("slow-drip")(scope, receive, send)

    pieces = [message["body"] for message in sent[1:]]
    assert (b"".join(pieces), len(pieces)) == (b"body of the answer", 19)
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * 18 + [False]


async def test_in_process_client_sees_the_drop_itself():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=_door("drop"))) as client:
        with pytest.raises(ConnectionDropped):
            await client.get("http://platform/")


async def test_server_stops_at_once_although_an_answer_is_still_dripping(caplog: pytest.LogCaptureFixture):
    slow = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        slow.set()
        await asyncio.sleep(3600)

    async with loopback() as client:
        async with asyncio.timeout(5), serve(app) as base_url:
            request = asyncio.create_task(client.get(base_url))
            await slow.wait()
        with pytest.raises(httpx.TransportError):
            await request

    assert caplog.messages == []


def test_server_in_a_thread_answers_blocking_clients_and_frees_its_port():
    with serve_in_thread(_echo) as base_url, httpx.Client(verify=False) as client:
        assert client.get(base_url).text == "body of the answer"
        port = int(base_url.rpartition(":")[2])

    with serve_in_thread(_echo, port=port) as again:
        assert again == base_url


def test_taken_port_is_an_error_the_caller_can_see():
    with serve_in_thread(_echo) as base_url:
        second = serve_in_thread(_echo, port=int(base_url.rpartition(":")[2]))
        with pytest.raises(OSError, match=str(errno.EADDRINUSE)):
            second.__enter__()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/public/chat/x", "chat"),
        ("/public", "public"),
        ("/public/chatter", "public"),
        ("/else", "Nobody lives here."),
    ],
)
async def test_platforms_live_side_by_side_under_the_beginning_of_their_path(path: str, text: str):
    app = side_by_side({"/public": PlainTextResponse("public"), "/public/chat": PlainTextResponse("chat")})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        assert (await client.get(f"http://platform{path}")).text == text


async def test_an_address_where_nobody_lives_tells_the_time_as_every_server_does():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=side_by_side({}))) as client:
        assert "date" in (await client.get("http://platform/")).headers

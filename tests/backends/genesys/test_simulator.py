"""The pretend Genesys Cloud as its callers meet it: login, permissions, refusals, rates, faults and names."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from organisation import AGGREGATES, DETAILS, JOBS, NOW, WEEK, caller_at, log_in, organisation, stranger_at
from simulated import Clock
from unique_analytics_mcp.backends.genesys.simulator import (
    AGENT_DETAIL_VIEW,
    AGGREGATE_VIEW,
    DETAIL_VIEW,
    PERMISSIONS,
    QUEUE_VIEW,
    WRAP_UP_VIEW,
    GenesysTraits,
)
from unique_analytics_mcp.simulator import ConnectionDropped, serve

QUEUES, USERS, CODES = "/api/v2/routing/queues", "/api/v2/users", "/api/v2/routing/wrapupcodes"
ME = "/api/v2/organizations/me"


async def test_login_gives_a_bearer_token_and_says_how_long_it_lives() -> None:
    platform = organisation(traits=GenesysTraits(token_lifetime_s=300))
    async with stranger_at(platform) as http:
        answer = await log_in(http, platform)
    token = answer.json()
    assert (answer.status_code, set(token)) == (200, {"access_token", "token_type", "expires_in"})
    assert (token["token_type"], token["expires_in"]) == ("bearer", 300)


FORM = {"grant_type": "client_credentials"}
WRONG_LOGINS: dict[str, tuple[dict[str, Any], str]] = {
    "wrong secret": ({"data": FORM, "auth": ("5e7ad000-0000-4000-8000-000000000001", "guess")}, "invalid_client"),
    "no credentials": ({"data": FORM}, "invalid_client"),
    "another grant": ({"data": {"grant_type": "password"}}, "unsupported_grant_type"),
    "JSON": ({"json": FORM}, "unsupported_grant_type"),
}


@pytest.mark.parametrize(("request_", "word"), WRONG_LOGINS.values(), ids=WRONG_LOGINS)
async def test_a_login_that_fails_has_the_login_hosts_own_shape(request_: dict[str, Any], word: str) -> None:
    async with stranger_at(organisation()) as http:
        answer = await http.post("/oauth/token", **request_)
    assert (answer.status_code, answer.json()["error"]) == (400, word)
    assert set(answer.json()) == {"error", "description", "error_description"}


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "authentication.required"), ("Basic abc", "authentication.required"), ("Bearer abc", "bad.credentials")],
    ids=["no token", "no bearer", "token of somebody else"],
)
async def test_who_has_no_token_is_told_so(header: str, code: str) -> None:
    async with stranger_at(organisation()) as http:
        answer = await http.get(ME, headers={"authorization": header} if header else {})
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_token_expires_by_the_clock_or_at_once_and_a_new_one_opens_again() -> None:
    clock = Clock()
    platform = organisation(clock=clock, traits=GenesysTraits(token_lifetime_s=300))
    async with caller_at(platform) as caller:
        statuses = [(await caller.http.get(ME)).status_code]
        clock.seconds = 300.0
        expired = await caller.http.get(ME)
        caller.http.headers["authorization"] = f"Bearer {(await log_in(caller.http, platform)).json()['access_token']}"
        statuses.append((await caller.http.get(ME)).status_code)
        platform.tokens.expire()
        statuses.append((await caller.http.get(ME)).status_code)
    assert (expired.status_code, expired.json()["code"]) == (401, "credentials.expired")
    assert statuses == [200, 200, 401]


NEEDED = {
    "aggregates": ("POST", AGGREGATES, {AGGREGATE_VIEW}),
    "details": ("POST", DETAILS, {DETAIL_VIEW, AGENT_DETAIL_VIEW}),
    "job": ("POST", JOBS, {DETAIL_VIEW, AGENT_DETAIL_VIEW}),
    "status": ("GET", JOBS + "/j", {DETAIL_VIEW, AGENT_DETAIL_VIEW}),
    "results": ("GET", JOBS + "/j/results", {DETAIL_VIEW, AGENT_DETAIL_VIEW}),
    "deletion": ("DELETE", JOBS + "/j", {DETAIL_VIEW, AGENT_DETAIL_VIEW}),
    "availability": ("GET", JOBS + "/availability", {DETAIL_VIEW}),
    "queues": ("GET", QUEUES, {QUEUE_VIEW}),
    "wrap-up codes": ("GET", CODES, {WRAP_UP_VIEW}),
}


@pytest.mark.parametrize(("method", "path", "needed"), NEEDED.values(), ids=NEEDED)
async def test_a_missing_permission_is_named_and_any_of_several_is_enough(
    method: str, path: str, needed: set[str]
) -> None:
    platform = organisation()
    async with caller_at(platform) as caller:
        platform.permissions -= needed
        refused = await caller.http.request(method, path)
        statuses = set[int]()
        for permission in needed:
            platform.permissions = {permission}
            statuses.add((await caller.http.request(method, path)).status_code)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing.any.permissions")
    assert all(permission in refused.json()["message"] for permission in needed)
    assert 403 not in statuses
    assert needed <= PERMISSIONS


async def test_users_and_the_organisation_need_no_permission() -> None:
    platform = organisation()
    platform.permissions.clear()
    async with caller_at(platform) as caller:
        assert "Nordwind" in (await caller.get(ME))["name"]
        assert (await caller.get(USERS))["total"] > 0


async def test_each_answer_tells_the_rate_and_too_many_requests_in_a_minute_are_refused() -> None:
    clock = Clock()
    async with caller_at(organisation(clock=clock, traits=GenesysTraits(requests_per_minute=3))) as caller:
        clock.seconds = 10.0
        answers = [await caller.http.get(ME) for _ in range(3)]
        clock.seconds = 50.0
        refused = await caller.http.get(ME)
        clock.seconds = 70.0
        again = await caller.http.get(ME)
    rates = [[answer.headers[f"inin-ratelimit-{name}"] for name in ("count", "allowed", "reset")] for answer in answers]
    assert rates == [["1", "3", "61"], ["2", "3", "61"], ["3", "3", "61"]]
    assert (refused.status_code, refused.headers["retry-after"], again.status_code) == (429, "21", 200)
    assert refused.json()["message"] == "Rate limit exceeded the maximum. Retry the request in [21] seconds"


async def test_a_body_that_is_too_large_or_no_json_is_refused() -> None:
    async with caller_at(organisation()) as caller:
        large = await caller.http.post(JOBS, json={"interval": WEEK, "padding": "x" * 512_000})
        form = await caller.http.post(JOBS, data={"interval": WEEK})
        broken = await caller.http.post(JOBS, content=b"{", headers={"content-type": "application/json"})
        bare = await caller.http.post(JOBS, json=7)
    assert (large.status_code, large.json()["limit"]["key"]) == (413, "request.bytes.max")
    assert (form.status_code, form.json()["code"]) == (415, "unsupported.media.type")
    assert (broken.status_code, bare.status_code) == (400, 400)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v2/nothing"), ("PUT", AGGREGATES), ("GET", JOBS + "/none"), ("GET", USERS + "/")]
)
async def test_what_is_not_there_is_not_found_in_the_apis_shape(method: str, path: str) -> None:
    async with caller_at(organisation()) as caller:
        answer = await caller.http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not.found")
    assert {"message", "status", "contextId", "details", "errors", "messageParams"} <= set(answer.json())


async def test_results_that_are_lost_are_a_404() -> None:
    platform = organisation()
    async with caller_at(platform) as caller:
        for fault in ("404", "lost-file"):
            platform.faults.add(fault)
            answer = await caller.http.get(f"{JOBS}/job/results")
            assert (answer.status_code, answer.json()["code"]) == (404, "not.found")


FAULTS = {
    "401": (401, "bad.credentials", None),
    "403": (403, "missing.any.permissions", None),
    "429": (429, "too.many.requests.retry.after", "1"),
    "429-bare": (429, "too.many.requests", None),
    "500": (500, "internal.server.error", None),
    "503": (503, "service.unavailable", "1"),
    "504": (504, "request.timeout", None),
}


@pytest.mark.parametrize(
    ("fault", "status", "code", "wait"), [(word, *end) for word, end in FAULTS.items()], ids=FAULTS
)
async def test_a_fault_has_the_apis_shape_and_is_over_with_the_next_request(
    fault: str, status: int, code: str, wait: str | None
) -> None:
    platform = organisation()
    async with caller_at(platform) as caller:
        platform.faults.add(fault)
        answer, healthy = await caller.http.get(ME), await caller.http.get(ME)
    assert (answer.status_code, answer.json()["code"], answer.headers.get("retry-after")) == (status, code, wait)
    assert answer.headers["inin-ratelimit-allowed"] == "300"
    assert healthy.status_code == 200


async def test_a_proxy_on_the_way_answers_in_html() -> None:
    platform = organisation()
    async with caller_at(platform) as caller:
        platform.faults.add("502-html")
        answer = await caller.http.get(ME)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_a_fault_of_one_operation_spares_the_others() -> None:
    platform = organisation(faults="500@create, 502-html@download, 503@get, 504@download:2, 429@delete")
    async with caller_at(platform) as caller:
        job = f"{JOBS}/{(await caller.http.post(JOBS, json={})).status_code}"
        statuses = [
            (await caller.http.request(method, path)).status_code
            for method, path in [
                ("POST", DETAILS),
                ("POST", AGGREGATES),
                ("GET", job),
                ("GET", job + "/results"),
                ("DELETE", job),
                ("GET", JOBS + "/availability"),
            ]
        ]
    assert job.endswith("/500")
    assert statuses == [502, 504, 503, 504, 429, 200]


@pytest.mark.parametrize(("fault", "placed"), [("drop@create", 1), ("504@create", 1), ("drop-before@create", 0)])
async def test_an_unclear_answer_to_a_create_may_hide_a_job(fault: str, placed: int) -> None:
    platform = organisation(faults=fault)
    async with caller_at(platform) as caller:
        with suppress(ConnectionDropped):
            await caller.http.post(JOBS, json={"interval": WEEK})
    assert len(platform.jobs) == placed


async def entities(path: str, size: int, **query: str) -> list[Any]:
    """A whole list, followed by its `nextUri`."""
    async with caller_at(organisation(users=120)) as caller:
        page = await caller.get(path, pageSize=str(size), **query)
        found = list[Any](page["entities"])
        while "nextUri" in page:
            assert len(page["entities"]) == size
            page = await caller.get(page["nextUri"])
            found += page["entities"]
        assert (page["total"], page["pageCount"]) == (len(found), page["pageNumber"])
        return found


@pytest.mark.parametrize("path", [QUEUES, USERS, CODES])
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_list_is_read_page_by_page(path: str, size: int) -> None:
    found = await entities(path, size)
    assert len({entity["id"] for entity in found}) == len(found) > 3
    assert all(entity["name"] for entity in found)


async def test_leavers_are_listed_only_on_request_and_everybody_is_invented() -> None:
    everybody, active = await entities(USERS, 100, state="any"), await entities(USERS, 100)
    leavers = [user for user in everybody if user["state"] == "inactive"]
    assert leavers
    assert [user for user in everybody if user not in leavers] == active
    assert all(user["email"].endswith(".example") for user in everybody)


@pytest.mark.parametrize(
    "query", [{"pageSize": "0"}, {"pageSize": "9" * 5000}, {"pageNumber": "x"}, {"pageSize": "501"}, {"state": "gone"}]
)
async def test_a_page_that_cannot_be_is_refused(query: dict[str, str]) -> None:
    async with caller_at(organisation()) as caller:
        assert (await caller.http.get(USERS, params=query)).status_code == 400


async def test_names_are_there_for_every_id_but_built_in_words() -> None:
    platform = organisation()
    async with caller_at(platform) as caller:
        conversations = await caller.results(WEEK)
        known = {
            entity["id"]
            for path in (QUEUES, USERS, CODES)
            for entity in (await caller.get(path, pageSize="500", **({"state": "any"} if path == USERS else {})))[
                "entities"
            ]
        }
    participants = [who for found in conversations for who in found["participants"]]
    segments = [segment for who in participants for session in who["sessions"] for segment in session["segments"]]
    used = {segment.get(name) for segment in segments for name in ("queueId", "wrapUpCode")}
    used |= {who.get("userId") for who in participants}
    assert used - known == {None, "ININ-WRAP-UP-TIMEOUT"}


async def test_it_answers_over_real_http_at_the_address_in_its_environment() -> None:
    platform = organisation()
    async with serve(platform.app) as url, httpx.AsyncClient(verify=False) as http:
        environment = platform.environment(url + "/")
        who = (environment["GENESYS_CLIENT_ID"], environment["GENESYS_CLIENT_SECRET"])
        token = (await http.post(environment["GENESYS_LOGIN_BASE"] + "/oauth/token", data=FORM, auth=who)).json()
        headers = {"authorization": f"Bearer {token['access_token']}"}
        answer = await http.get(environment["GENESYS_API_BASE"] + ME, headers=headers)
    assert (answer.status_code, environment["GENESYS_API_BASE"]) == (200, url)
    assert [(seen.method, seen.path, seen.status) for seen in platform.requests] == [
        ("POST", "/oauth/token", 200),
        ("GET", ME, 200),
    ]


@pytest.mark.parametrize(
    ("today", "horizon"),
    [
        (None, NOW),
        (date(2026, 11, 20), NOW),
        (date(2026, 10, 31), datetime(2026, 10, 31, 23, tzinfo=UTC)),
    ],
    ids=["the clock", "today", "an earlier day"],
)
def test_nothing_is_known_after_the_last_day(today: date | None, horizon: datetime) -> None:
    assert organisation(today=today).horizon() == horizon


def test_two_organisations_of_one_seed_have_the_same_queues_and_agents() -> None:
    assert organisation().centre == organisation().centre

"""The pretend Unique platform as its callers meet it: orders, roles, refusals, dialects and faults."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime

import httpx
import pytest

from simulated import Clock
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.simulator import ConnectionDropped, SimulatorSettings, parse_faults, serve

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, 30, 15, 123_000, tzinfo=UTC)
OCTOBER = {"type": "ACTIVE_USER", "startDate": "2026-10-01", "endDate": "2026-10-31"}
DETAILED = {"type": "CHAT_INTERACTION_DETAILED", "startDate": "2026-10-01", "endDate": "2026-10-02"}
ORDERS = "/analytics/orders"
HTML = "text/html; charset=utf-8"


def platform(
    clock: Clock | None = None, *, delay_s: float = 0.0, faults: str = "", **options: object
) -> UniquePlatform:
    settings = SimulatorSettings(users=20, today=TODAY, delay_s=delay_s, faults=parse_faults(faults), drip_s=0.0)
    return UniquePlatform(settings, clock=clock or Clock(), now=lambda: NOW)


def headers(user_id: str | None = "user_demo_admin", version: str = "2023-12-06") -> dict[str, str]:
    named = {
        "authorization": "Bearer ukey_demo_nordwind",
        "x-app-id": "app_demo",
        "x-company-id": "company_demo",
        "x-api-version": version,
    }
    return named | ({"x-user-id": user_id} if user_id else {})


@asynccontextmanager
async def client_of(
    unique: UniquePlatform,
    user_id: str | None = "user_demo_admin",
    *,
    prefix: str = "/public/chat",
    version: str = "2023-12-06",
) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=unique.app)
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://platform{prefix}", headers=headers(user_id, version)
    ) as client:
        yield client


async def test_order_runs_from_created_to_downloaded_to_deleted():
    clock = Clock()
    async with client_of(platform(clock, delay_s=10.0)) as client:
        created = await client.post(ORDERS, json=OCTOBER)
        order = created.json()
        one = f"{ORDERS}/{order['id']}"
        states = [order["state"]]
        for clock.seconds in (5.0, 10.0):
            states.append((await client.get(one)).json()["state"])
        report = await client.get(f"{one}/download")
        deleted = await client.delete(one)
        gone = await client.get(one)

    assert (created.status_code, states) == (201, ["PENDING", "PROCESSING", "DONE"])
    assert (report.status_code, report.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert report.content.startswith("\ufeffPeriod,Date,Value\n".encode())
    assert int(report.headers["content-length"]) == len(report.content)
    assert (deleted.json()["id"], gone.status_code) == (order["id"], 404)


async def test_order_object_has_the_documented_fields():
    clock = Clock()
    async with client_of(platform(clock, delay_s=2.0), "user_demo_analyst") as client:
        order = (await client.post(ORDERS, json=OCTOBER | {"assistantId": "assistant_1"})).json()
        clock.seconds = 2.0
        done = (await client.get(f"{ORDERS}/{order['id']}")).json()

    assert re.fullmatch(r"analyticOrder_[a-z0-9]{24}", order["id"])
    assert order == {
        "id": order["id"],
        "object": "analytics-order",
        "type": "ACTIVE_USER",
        "state": "PENDING",
        "configuration": {
            "endDate": "2026-10-31",
            "startDate": "2026-10-01",
            "hidePromptsData": True,
            "assistantId": "assistant_1",
        },
        "createdAt": "2026-11-20T12:30:15.123Z",
        "updatedAt": "2026-11-20T12:30:15.123Z",
        "stateUpdatedAt": "2026-11-20T12:30:15.123Z",
    }
    assert done == order | {
        "state": "DONE",
        "updatedAt": "2026-11-20T12:30:17.123Z",
        "stateUpdatedAt": "2026-11-20T12:30:17.123Z",
    }


async def test_newer_dialect_spells_requests_and_answers_in_snake_case():
    snake = {"type": "ACTIVE_USER", "start_date": "2026-10-01", "end_date": "2026-10-31", "assistant_id": "a"}
    async with client_of(platform(), "user_demo_analyst", prefix="/public", version="2026-03-01") as client:
        order = (await client.post(ORDERS, json=snake)).json()
        camel = await client.post(ORDERS, json=OCTOBER)

    assert set(order) == {
        "id",
        "object",
        "type",
        "state",
        "configuration",
        "created_at",
        "updated_at",
        "state_updated_at",
    }
    assert set(order["configuration"]) == {"start_date", "end_date", "hide_prompts_data", "assistant_id"}
    assert camel.json()["message"] == ["property startDate should not exist", "property endDate should not exist"]


@pytest.mark.parametrize("prefix", ["/public/chat", "/public/chat-gen2", "/public"])
async def test_orders_of_a_company_are_the_same_under_every_prefix(prefix: str):
    unique = platform()
    async with client_of(unique) as client:
        order = (await client.post(ORDERS, json=OCTOBER)).json()
    async with client_of(unique, "user_demo_analyst", prefix=prefix) as client:
        assert (await client.get(ORDERS)).json() == [order]


@pytest.mark.parametrize(
    ("method", "path", "version", "message"),
    [
        ("POST", "/public/chat/analytics/orders", "2030-01-01", "Cannot POST /public/analytics/orders"),
        ("GET", "/public/chat-gen2/analytics/order", "2023-12-06", "Cannot GET /public/analytics/order"),
        ("PUT", "/public/chat/analytics/orders", "2023-12-06", "Cannot PUT /public/analytics/orders"),
        ("GET", "/analytics/orders", "2023-12-06", "Cannot GET /analytics/orders"),
        ("GET", "/public/chat/analytics/orders/", "2023-12-06", "Cannot GET /public/analytics/orders/"),
    ],
)
async def test_unknown_route_or_version_is_a_404_in_the_frameworks_words(
    method: str, path: str, version: str, message: str
):
    async with client_of(platform(), prefix="", version=version) as client:
        answer = await client.request(method, path, json=OCTOBER)

    assert (answer.status_code, answer.json()) == (404, {"statusCode": 404, "message": message, "error": "Not Found"})


@pytest.mark.parametrize("header", ["authorization", "x-app-id", "x-company-id"])
@pytest.mark.parametrize("wrong", ["", "Bearer somebody-else"])
@pytest.mark.parametrize("path", [ORDERS, "/analytics/order"], ids=["orders", "no such route"])
async def test_gateway_turns_away_bad_or_missing_credentials(header: str, wrong: str, path: str):
    async with client_of(platform()) as client:
        answer = await client.get(path, headers={header: wrong})

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize("user_id", ["user_demo_guest", "user_nobody_knows", None])
async def test_user_without_a_role_may_do_nothing(user_id: str | None):
    async with client_of(platform(), user_id) as client:
        answer = await client.get(ORDERS)

    assert answer.status_code == 403
    assert answer.json() == {"statusCode": 403, "message": "Forbidden resource", "error": "Forbidden"}


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("ACTIVE_USER", 201),
        ("CHAT_INTERACTION", 201),
        ("CHAT_INTERACTION_DETAILED", 201),
        ("INGESTION_STAT", 201),
        ("MODEL_USAGE", 403),
        ("NPS", 403),
        ("PRODUCT_METRICS", 201),
        ("REFERENCE_STAT", 201),
        ("USER_CHAT_EXPORT", 201),
    ],
)
async def test_analyst_needs_the_second_role_for_spending_and_satisfaction(type_: str, status: int):
    unique = platform()
    async with client_of(unique, "user_demo_analyst") as client:
        analyst = await client.post(ORDERS, json=DETAILED | {"type": type_})
    async with client_of(unique) as client:
        admin = await client.post(ORDERS, json=DETAILED | {"type": type_})

    assert (analyst.status_code, admin.status_code) == (status, 201)


@pytest.mark.parametrize(("user_id", "shown"), [("user_demo_analyst", False), ("user_demo_admin", True)])
async def test_what_people_wrote_is_in_the_report_of_an_admin_alone(user_id: str, shown: bool):
    async with client_of(platform(), user_id) as client:
        order = (await client.post(ORDERS, json=DETAILED)).json()
        report = await client.get(f"{ORDERS}/{order['id']}/download")

    columns = report.text.partition("\n")[0]
    assert "Chat ID" in columns
    assert ("Message" in columns, "Answer" in columns) == (shown, shown)


async def test_detailed_report_is_forbidden_on_a_multi_tenant_address():
    async with client_of(platform(), prefix="/public/chat-gen2") as client:
        answer = await client.post(ORDERS, json=DETAILED)

    assert answer.status_code == 403
    assert "not available on multi-tenant" in answer.json()["message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "SALES"}, ["type must be one of the following values: ACTIVE_USER, CHAT_INTERACTION, "]),
        ({"type": ["NPS"]}, ["type must be one of the following values: "]),
        ({"type": None}, ["type must be one of the following values: "]),
        ({"startDate": "01.10.2026"}, ["startDate must be a valid ISO 8601 date string"]),
        ({"startDate": "2026-02-30"}, ["startDate must be a valid ISO 8601 date string"]),
        ({"endDate": 20261031}, ["endDate must be a valid ISO 8601 date string"]),
        ({"endDate": "20261031"}, ["endDate must be a valid ISO 8601 date string"]),
        ({"assistantId": 7}, ["assistantId must be a string"]),
        ({"start_date": "2026-10-01"}, ["property start_date should not exist"]),
        ({"endDate": None}, "The start and the end of the range must be given together"),
        ({"endDate": "2026-09-30"}, "startDate must not be after endDate"),
        ({"startDate": "2025-10-31"}, "The date range of ACTIVE_USER must not exceed 365 days"),
        (DETAILED | {"endDate": "2026-10-15"}, "The date range of CHAT_INTERACTION_DETAILED must not exceed 14 days"),
    ],
)
async def test_invalid_order_is_refused_and_not_placed(change: dict[str, object], message: str | list[str]):
    unique = platform()
    async with client_of(unique) as client:
        answer = await client.post(ORDERS, json=OCTOBER | change)

    body = answer.json()
    said, expected = (body["message"][0], message[0]) if isinstance(message, list) else (body["message"], message)
    assert (answer.status_code, body["statusCode"], body["error"]) == (400, 400, "Bad Request")
    assert said.startswith(expected)
    assert len(unique.orders) == 0


@pytest.mark.parametrize(
    "window",
    [
        {"startDate": "2025-11-01", "endDate": "2026-10-31"},
        DETAILED | {"endDate": "2026-10-14"},
        {"assistantId": None},
        {"endDate": "2026-12-31"},
    ],
    ids=["365 days", "14 days", "no assistant", "future end"],
)
async def test_longest_legal_windows_and_empty_filters_are_accepted(window: dict[str, object]):
    async with client_of(platform()) as client:
        assert (await client.post(ORDERS, json=OCTOBER | window)).status_code == 201


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b"\xff", b"[" * 100_000], ids=lambda content: content[:9])
async def test_body_that_is_no_json_object_is_refused(content: bytes):
    async with client_of(platform()) as client:
        answer = await client.post(ORDERS, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (400, "Unexpected token in JSON at position 0")


async def test_body_that_does_not_say_it_is_json_is_passed_over():
    async with client_of(platform()) as client:
        for content_type in ("application/x-www-form-urlencoded", "text/plain", ""):
            answer = await client.post(ORDERS, content=json.dumps(OCTOBER), headers={"content-type": content_type})
            assert (answer.status_code, answer.json()["message"][0][:21]) == (400, "type must be one of t")


async def test_order_without_dates_is_for_yesterday():
    async with client_of(platform()) as client:
        order = (await client.post(ORDERS, json={"type": "ACTIVE_USER"})).json()

    assert order["configuration"] == {"endDate": "2026-11-19", "startDate": "2026-11-19"}


def test_today_is_the_clocks_date_in_zurich_unless_it_is_set():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    assert UniquePlatform(SimulatorSettings(users=1), now=lambda: late).tenant.today == date(2026, 11, 21)
    assert platform().tenant.today == TODAY


async def test_list_is_a_bare_array_newest_first_and_in_pages():
    async with client_of(platform()) as client:
        ids = [(await client.post(ORDERS, json=OCTOBER)).json()["id"] for _ in range(25)]
        first = (await client.get(ORDERS)).json()
        rest = (await client.get(ORDERS, params={"skip": 20, "take": 100})).json()

    assert len(set(ids)) == 25
    assert [order["id"] for order in first + rest] == ids[::-1]
    assert (len(first), len(rest)) == (20, 5)


@pytest.mark.parametrize(
    "page", [{"take": "101"}, {"take": "0"}, {"take": "many"}, {"skip": "-1"}, {"skip": "9" * 5000}]
)
async def test_page_out_of_range_is_refused(page: dict[str, str]):
    async with client_of(platform()) as client:
        assert (await client.get(ORDERS, params=page)).status_code == 400


@pytest.mark.parametrize(("method", "below"), [("GET", ""), ("GET", "/download"), ("DELETE", "")])
async def test_unknown_order_is_a_404_in_uniques_own_envelope(method: str, below: str):
    async with client_of(platform()) as client:
        answer = await client.request(method, f"{ORDERS}/analyticOrder_0{below}")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["params"]["retryable"]) == (404, "NOT_FOUND", False)
    assert error["message"] == "Analytics order analyticOrder_0 not found"


@pytest.mark.parametrize(
    ("fault", "state"),
    [("stuck", "PROCESSING"), ("failed", "FAILED"), ("error", "ERROR"), ("unknown-state", "RECALCULATING")],
)
async def test_fault_of_an_order_shows_in_its_state_and_keeps_its_report_back(fault: str, state: str):
    clock = Clock()
    async with client_of(platform(clock, delay_s=10.0, faults=fault)) as client:
        one = f"{ORDERS}/{(await client.post(ORDERS, json=OCTOBER)).json()['id']}"
        clock.seconds = 5.0 if fault == "unknown-state" else 1e9
        shown = (await client.get(one)).json()["state"]
        download = await client.get(f"{one}/download")

    assert (shown, download.status_code, download.json()["error"]) == (state, 409, "Conflict")


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "part"),
    [
        ("401", 401, "application/json", '{"message":"Unauthorized"}'),
        ("403", 403, "application/json", "Forbidden resource"),
        ("429", 429, "application/json", "ThrottlerException: Too Many Requests"),
        ("500", 500, "application/json", '"retryable":true'),
        ("502-html", 502, HTML, "502 Bad Gateway"),
        ("503", 503, "application/json", "ring-balancer"),
        ("504", 504, "application/json", "timing out"),
        ("wrong-type@list", 200, HTML, "Please sign in"),
    ],
)
async def test_fault_of_a_request_has_the_body_of_its_origin(fault: str, status: int, content_type: str, part: str):
    async with client_of(platform(faults=fault)) as client:
        answer = await client.get(ORDERS)
        healthy = await client.get(ORDERS)

    assert (answer.status_code, answer.headers["content-type"], healthy.status_code) == (status, content_type, 200)
    assert part in answer.text


async def test_a_report_whose_file_is_lost_leads_to_another_host_that_does_not_have_it():
    app = platform(faults="404, lost-file").app
    async with serve(app) as address, httpx.AsyncClient(verify=False, headers=headers()) as client:
        order = (await client.post(f"{address}/public/chat{ORDERS}", json=OCTOBER)).json()
        report = f"{address}/public/chat{ORDERS}/{order['id']}/download"
        removed, sent_on, there = [await client.get(report) for _ in range(3)]
        missing = await client.get(sent_on.headers["location"])

    assert (removed.status_code, sent_on.status_code, missing.status_code, there.status_code) == (404, 302, 404, 200)
    assert order["id"] in removed.text
    assert sent_on.next_request is not None
    assert sent_on.next_request.url.host == "localhost"


async def test_throttled_request_says_how_long_to_wait():
    settings = SimulatorSettings(users=1, retry_after_s=3, faults=parse_faults("429"))
    async with client_of(UniquePlatform(settings)) as client:
        assert (await client.get(ORDERS)).headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("fault", "placed"), [("drop@create", 1), ("504@create", 1), ("drop-before@create", 0), ("500@create", 0)]
)
async def test_unclear_answer_to_a_create_may_hide_a_placed_order(fault: str, placed: int):
    unique = platform(faults=fault)
    async with client_of(unique) as client:
        with suppress(ConnectionDropped):
            await client.post(ORDERS, json=OCTOBER)

    assert (len(unique.orders), [seen.method for seen in unique.requests]) == (placed, ["POST"])


@pytest.mark.parametrize(("fault", "content_type"), [("wrong-type", HTML), ("json-download", "application/json")])
async def test_download_may_come_as_something_else_with_status_200(fault: str, content_type: str):
    async with client_of(platform(faults=fault)) as client:
        one = f"{ORDERS}/{(await client.post(ORDERS, json=OCTOBER)).json()['id']}"
        spoilt = await client.get(f"{one}/download")
        sound = await client.get(f"{one}/download")

    assert (spoilt.status_code, spoilt.headers["content-type"]) == (200, content_type)
    assert sound.headers["content-type"] == "text/csv; charset=utf-8"


async def test_fault_of_one_operation_spares_the_others():
    unique = platform(faults="429@get, 503@delete, 500@download")
    async with client_of(unique) as client:
        one = f"{ORDERS}/{(await client.post(ORDERS, json=OCTOBER)).json()['id']}"
        statuses = [
            (await client.request(method, path)).status_code
            for method, path in [("GET", ORDERS), ("GET", one), ("GET", f"{one}/download"), ("DELETE", one)]
        ]
        unique.faults.add("401@list:2")
        statuses += [(await client.get(ORDERS)).status_code for _ in range(3)]

    assert statuses == [200, 429, 500, 503, 401, 401, 200]


@pytest.mark.parametrize(("fault", "whole"), [("slow-drip", True), ("truncate", False)])
async def test_download_may_drip_or_break_off_over_real_http(fault: str, whole: bool):
    unique = platform(faults=fault)
    async with serve(unique.app) as base_url, httpx.AsyncClient(headers=headers(), verify=False) as client:
        orders = unique.environment(base_url)["UNIQUE_API_BASE"] + ORDERS
        one = f"{orders}/{(await client.post(orders, json=OCTOBER)).json()['id']}"
        try:
            arrived = (await client.get(f"{one}/download")).content
        except httpx.RemoteProtocolError:
            arrived = None
        sound = (await client.get(f"{one}/download")).content

    assert arrived == (sound if whole else None)


async def test_long_report_is_streamed_without_a_length():
    unique = UniquePlatform(SimulatorSettings(users=100, today=TODAY, delay_s=0.0))
    async with serve(unique.app) as base_url, httpx.AsyncClient(headers=headers(), verify=False) as client:
        orders = unique.environment(base_url)["UNIQUE_API_BASE"] + ORDERS
        wanted = {"type": "USER_CHAT_EXPORT", "startDate": "2026-09-01", "endDate": "2026-11-19"}
        order = (await client.post(orders, json=wanted)).json()
        report = await client.get(f"{orders}/{order['id']}/download")

    assert len(report.content) > 1024 * 1024
    assert "content-length" not in report.headers


def test_environment_is_ready_for_the_vendors_names():
    assert platform().environment("http://127.0.0.1:8787/") == {
        "UNIQUE_API_BASE": "http://127.0.0.1:8787/public/chat",
        "UNIQUE_API_KEY": "ukey_demo_nordwind",
        "UNIQUE_APP_ID": "app_demo",
        "UNIQUE_USER_ID": "user_demo_admin",
        "UNIQUE_COMPANY_ID": "company_demo",
    }

"""The pretend older Unique API as its page (S001) describes it: starts, GraphQL, downloads and tokens."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import httpx
import pytest

from unique_analytics_mcp.backends.unique_legacy.simulator import LegacyPlatform
from unique_analytics_mcp.backends.unique_legacy.simulator_graphql import FIELDS
from unique_analytics_mcp.backends.unique_legacy.simulator_tokens import ADMINISTRATOR, ANALYST, GUEST, LATECOMER
from unique_analytics_mcp.simulator import SimulatorSettings

NOW = datetime(2026, 11, 20, 12, 30, 15, 123_000, tzinfo=UTC)
MAY = {"startDate": "2024-05-03", "endDate": "2024-06-02"}
LIST = (
    "query AnalyticsOrders($orderBy: [AnalyticsOrderOrderByWithRelationInput!], $take: Int, $skip: Int) {\n"
    "  analyticsOrders(orderBy: $orderBy, take: $take, skip: $skip) {\n    updatedAt\n    type\n    stateUpdatedAt\n"
    "    id\n    state\n    createdBy\n    createdAt\n    configuration\n    companyId\n  }\n}"
)
NEWEST = {"orderBy": [{"createdAt": "desc"}], "skip": 0, "take": 20}
DELETE = "mutation AnalyticsOrderDelete($orderId: String!) { analyticsOrderDelete(orderId: $orderId) { id state } }"


@asynccontextmanager
async def client_of(
    token: str = ADMINISTRATOR.token, prefix: str = "/chat", *, platform: LegacyPlatform | None = None
) -> AsyncGenerator[httpx.AsyncClient]:
    settings = SimulatorSettings(users=20, today=date(2026, 11, 20), delay_s=0.0)
    transport = httpx.ASGITransport(app=(platform or LegacyPlatform(settings, now=lambda: NOW)).app)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://platform{prefix}", headers=headers) as client:
        yield client


async def asked(client: httpx.AsyncClient, query: str, **variables: object) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables})


@pytest.mark.parametrize("prefix", ["/chat", "/chat-gen2", ""])
async def test_an_order_runs_as_the_page_describes_it(prefix: str):
    async with client_of(prefix=prefix) as client:
        order_id = (await client.get("/analytics/chat-interactions", params=MAY)).text
        [listed] = (await asked(client, LIST, **NEWEST)).json()["data"]["analyticsOrders"]
        report = await client.get(f"/analytics/analytics-scheduler/download/{order_id}", headers={"accept": "text/csv"})
        deleted = await asked(client, DELETE, orderId=order_id)
        again = await asked(client, DELETE, orderId=order_id)

    assert listed.keys() == FIELDS
    assert (listed["id"], listed["type"], listed["state"]) == (order_id, "CHAT_INTERACTION", "DONE")
    assert listed["configuration"] == {"endDate": "2024-06-02T21:59:59.999Z", "startDate": "2024-05-02T22:00:00.000Z"}
    assert report.headers["content-type"] == "text/csv; charset=utf-8"
    assert report.content.decode("utf-8-sig").splitlines()[0] == "Email,Date,Assistant,Count"
    assert deleted.json() == {"data": {"analyticsOrderDelete": {"id": order_id, "state": "DONE"}}}
    assert (again.status_code, again.json()["errors"][0]["extensions"]) == (200, {"code": "NOT_FOUND"})


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("chat-interactions", "CHAT_INTERACTION"),
        ("active-users", "ACTIVE_USER"),
        ("reference-stat-export", "REFERENCE_STAT"),
        ("chat-interactions-detailed", "CHAT_INTERACTION_DETAILED"),
    ],
)
async def test_each_of_the_four_reports_covers_yesterday_without_dates(path: str, type_: str):
    async with client_of() as client:
        await client.get(f"/analytics/{path}")
        [listed] = (await asked(client, LIST)).json()["data"]["analyticsOrders"]
    assert (listed["type"], listed["configuration"]["startDate"]) == (type_, "2026-11-18T23:00:00.000Z")


async def test_a_fifth_report_is_not_there():
    async with client_of() as client:
        answer = await client.get("/analytics/model-usage")
    assert (answer.status_code, answer.json()["message"]) == (404, "Cannot GET /analytics/model-usage")


@pytest.mark.parametrize("token", ["", "somebody-else", LATECOMER.token], ids=["none", "wrong", "expired"])
async def test_the_gateway_turns_away_bad_tokens(token: str):
    async with client_of(token) as client:
        paths = ("/analytics/active-users", "/analytics/model-usage", "/elsewhere")
        answers = [*[await client.get(path) for path in paths], await asked(client, LIST)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(401, {"message": "Unauthorized"})] * 4


async def test_an_order_names_the_user_and_the_company_of_the_token_it_was_placed_with():
    platform = LegacyPlatform(SimulatorSettings(users=5, delay_s=0.0), now=lambda: NOW)
    for visitor in (ANALYST, ADMINISTRATOR):
        async with client_of(visitor.token, platform=platform) as client:
            await client.get("/analytics/active-users")
            listed = (await asked(client, LIST)).json()["data"]["analyticsOrders"]
    assert [(order["createdBy"], order["companyId"]) for order in listed] == [
        (ANALYST.user_id, "company_demo"),
        (ADMINISTRATOR.user_id, "company_demo"),
    ]


async def test_the_detailed_report_is_forbidden_on_a_multi_tenant_address():
    async with client_of(prefix="/chat-gen2") as client:
        detailed, other = [
            await client.get(f"/analytics/{name}") for name in ("chat-interactions-detailed", "active-users")
        ]
    assert (detailed.status_code, other.status_code) == (403, 200)
    assert detailed.json()["message"] == "CHAT_INTERACTION_DETAILED is not available on multi-tenant instances"


async def test_somebody_without_a_role_is_forbidden_in_the_manner_of_each_surface():
    async with client_of(GUEST.token) as client:
        start, listed = await client.get("/analytics/active-users"), await asked(client, LIST)
    assert start.status_code == 403
    assert (listed.status_code, listed.json()["errors"][0]["extensions"]["code"]) == (200, "FORBIDDEN")


@pytest.mark.parametrize("query", [{"startDate": "2026-10-01"}, {"startDate": "1.10.26", "endDate": "2026-10-31"}])
async def test_half_a_window_and_what_is_no_date_are_refused(query: dict[str, str]):
    async with client_of(ANALYST.token) as client:
        assert (await client.get("/analytics/active-users", params=query)).status_code == 400


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("", {}),
        ("{ analyticsOrders }", {}),
        ("query { analyticsOrders(take: 1) { id secret } }", {}),
        ("query { analyticsOrders(take: 1) { id } }", {}),
        ('mutation { analyticsOrderDelete(orderId: "analyticOrder_1") { id } }', {}),
        ("query($n: Int) { analyticsOrders(take: $m) { id } }", {"m": 1}),
        ("mutation { analyticsOrders { id } }", {}),
        (DELETE.replace("mutation", "query"), {"orderId": "analyticOrder_1"}),
        (DELETE, {}),
        (DELETE, {"orderId": None}),
        (DELETE, {"orderId": 1}),
        (LIST, {"take": "many"}),
        (LIST, {"orderBy": "createdAt"}),
        (LIST, {"orderBy": [{"createdAt": "newest"}]}),
        (LIST, {"orderBy": [{"age": "desc"}]}),
        (LIST, {"skip": -1}),
        (LIST, {"skip": 2**31}),
    ],
)
async def test_a_question_that_is_none_is_refused(query: str, variables: dict[str, object]):
    async with client_of() as client:
        answer = await asked(client, query, **variables)
    assert (answer.status_code, "errors" in answer.json()) == (400, True)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"query": LIST}), "text/plain"),
        (json.dumps({"query": LIST, "variables": [1]}), "application/json"),
        ("[" * 100_000, "application/json"),
    ],
    ids=["no JSON by its type", "variables that are a list", "JSON without end"],
)
async def test_a_body_that_holds_no_question_is_refused(body: str, content_type: str):
    async with client_of() as client:
        answer = await client.post("/graphql", content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["errors"][0]["message"][:17]) == (400, "POST body missing")


async def test_a_variable_may_have_any_name():
    async with client_of() as client:
        ids = [(await client.get("/analytics/active-users")).text for _ in range(2)]
        answer = await asked(client, "query($n: Int) { analyticsOrders(take: $n) { id } }", n=1)
    assert answer.json() == {"data": {"analyticsOrders": [{"id": ids[0]}]}}


async def test_a_variable_that_is_null_is_as_good_as_none():
    async with client_of() as client:
        assert (await asked(client, LIST, take=None, skip=None)).json() == {"data": {"analyticsOrders": []}}


@pytest.mark.parametrize("question", ["{ analyticsOrders { id } }", "query analyticsOrders { analyticsOrders { id } }"])
async def test_all_that_may_be_null_may_be_left_out(question: str):
    async with client_of() as client:
        order_id = (await client.get("/analytics/active-users")).text
        assert (await asked(client, question)).json() == {"data": {"analyticsOrders": [{"id": order_id}]}}


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ([{"createdAt": "desc"}], "cba"),
        ({"createdAt": "desc"}, "cba"),
        ([{"createdAt": "asc"}], "abc"),
        ([{"type": "asc"}], "bac"),
        ([{"type": "asc"}, {"createdAt": "desc"}], "bca"),
        ([{"type": "desc"}, {"updatedAt": "asc"}], "acb"),
        ([], "abc"),
    ],
    ids=str,
)
async def test_a_list_is_in_the_order_that_was_asked_for(order_by: object, expected: str):
    async with client_of() as client:
        names = ("chat-interactions", "active-users", "chat-interactions")
        ids = {(await client.get(f"/analytics/{name}")).text: letter for name, letter in zip(names, "abc", strict=True)}
        listed = (await asked(client, LIST, orderBy=order_by)).json()["data"]["analyticsOrders"]
    assert "".join(ids[order["id"]] for order in listed) == expected


async def test_a_list_is_in_pages_and_oldest_first_unless_asked_otherwise():
    async with client_of() as client:
        ids = [(await client.get("/analytics/active-users")).text for _ in range(3)]
        newest = (await asked(client, LIST, **NEWEST | {"take": 2, "skip": 1})).json()["data"]["analyticsOrders"]
        oldest = (await asked(client, LIST)).json()["data"]["analyticsOrders"]
    assert [order["id"] for order in newest] == [ids[1], ids[0]]
    assert [order["id"] for order in oldest] == ids

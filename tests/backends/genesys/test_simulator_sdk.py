"""The vendor's own Python SDK, unchanged, against the pretend Genesys Cloud over real HTTP; `make vendor` runs it.

It reads paths, verbs, places of parameters, keys and forms of dates as Genesys's generated clients do.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from organisation import NOW, WEEK
from simulated import Clock
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform
from unique_analytics_mcp.backends.genesys.simulator_periods import Interval
from unique_analytics_mcp.simulator import SimulatorSettings, serve_in_thread

# The SDK is as it is: what it warns about is not ours.
pytestmark = [pytest.mark.vendor, pytest.mark.filterwarnings("ignore")]

QUEUE = GenesysPlatform(SimulatorSettings(users=40)).centre.queues[0]


@dataclass
class Tenant:
    """A platform that is served, and the SDK pointed at it and logged in."""

    sdk: ModuleType
    platform: GenesysPlatform
    clock: Clock
    client: Any

    @property
    def analytics(self) -> Any:
        return self.sdk.AnalyticsApi(self.client)

    def count(self, path: str) -> int:
        return sum(request.path.endswith(path) for request in self.platform.requests)


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Generator[ModuleType]:
    """Imported with a home of its own, which it goes on watching for a change of its settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        module = import_module("PureCloudPlatformClientV2")
        module.configuration.live_reload_config = False
        yield module


@pytest.fixture
def tenant(sdk: ModuleType) -> Generator[Tenant]:
    clock = Clock()
    settings = SimulatorSettings(users=40, delay_s=10.0, retry_after_s=0)
    platform = GenesysPlatform(settings, clock=clock, now=lambda: NOW)
    with serve_in_thread(platform.app) as url:
        sdk.configuration.host = url
        client = sdk.ApiClient()
        client.get_client_credentials_token(platform.credentials.client_id, platform.credentials.client_secret)
        yield Tenant(sdk, platform, clock, client)


def test_the_sdk_logs_in_and_reads_aggregates_by_group_and_bucket(tenant: Tenant) -> None:
    query = tenant.sdk.ConversationAggregationQuery()
    query.interval, query.granularity, query.time_zone = WEEK, "P1D", "Europe/Zurich"
    query.group_by, query.metrics = ["queueId", "mediaType"], ["nOffered", "tHandle", "oServiceLevel"]
    query.filter = {
        "type": "and",
        "predicates": [{"type": "dimension", "dimension": "queueId", "operator": "matches", "value": QUEUE.identity}],
    }
    results = tenant.analytics.post_analytics_conversations_aggregates_query(query).results

    assert {result.group["queueId"] for result in results} == {QUEUE.identity}
    metrics = [metric for result in results for bucket in result.data for metric in bucket.metrics]
    handled = [metric.stats for metric in metrics if metric.metric == "tHandle"]
    assert all(stats.min <= stats.sum / stats.count <= stats.max for stats in handled)
    assert {metric.metric for metric in metrics} == {"nOffered", "tHandle", "oServiceLevel"}
    assert all(metric.stats.target == 0.8 for metric in metrics if metric.metric == "oServiceLevel")


def test_the_sdk_pages_through_details_until_there_are_none(tenant: Tenant) -> None:
    found, number = list[Any](), 1
    while True:
        query = {"interval": WEEK, "paging": {"pageSize": 50, "pageNumber": number}}
        page = tenant.analytics.post_analytics_conversations_details_query(query)
        if page.conversations is None:
            break
        found, number = found + page.conversations, number + 1

    raw = list(tenant.platform.archive.started_in(Interval.parse(WEEK)))
    assert [one.conversation_id for one in found] == [one.conversation_id for one in raw]
    assert page.total_hits == len(raw)
    metrics = [
        metric
        for one in found
        for participant in one.participants
        for session in participant.sessions
        for metric in session.metrics or ()
        if metric.name == "tHandle"
    ]
    assert sum(metric.value for metric in metrics) == sum(
        metric.value
        for one in raw
        for _, session in one.sessions()
        for metric in session.metrics
        if metric.name == "tHandle"
    )


def test_the_sdk_follows_a_job_from_accepted_to_deleted(tenant: Tenant) -> None:
    api = tenant.analytics
    job_id = api.post_analytics_conversations_details_jobs({"interval": WEEK}).job_id
    states = list[str]()
    for tenant.clock.seconds in (0.0, 5.0, 10.0):
        states.append(api.get_analytics_conversations_details_job(job_id).state)
    found, query = list[Any](), {"page_size": 40}
    while True:
        page = api.get_analytics_conversations_details_job_results(job_id, **query)
        found += page.conversations
        if page.cursor is None:
            break
        query["cursor"] = page.cursor
    api.delete_analytics_conversations_details_job(job_id)
    with pytest.raises(tenant.sdk.rest.ApiException) as gone:
        api.delete_analytics_conversations_details_job(job_id)

    assert states == ["QUEUED", "PENDING", "FULFILLED"]
    raw = tenant.platform.archive.active_in(Interval.parse(WEEK))
    assert [one.conversation_id for one in found] == [one.conversation_id for one in raw]
    assert found[0].participants[0].attributes["customerNumber"].startswith("K-")
    assert gone.value.status == 404


def test_the_sdk_reads_how_far_the_lake_has_come(tenant: Tenant) -> None:
    available = tenant.analytics.get_analytics_conversations_details_jobs_availability()
    assert available.data_availability_date == datetime(2026, 11, 20, 6, tzinfo=UTC)


def test_the_sdk_reads_the_names_page_by_page(tenant: Tenant) -> None:
    routing, users = tenant.sdk.RoutingApi(tenant.client), tenant.sdk.UsersApi(tenant.client)
    queues = [routing.get_routing_queues(page_size=5, page_number=number) for number in (1, 2)]
    codes, people = routing.get_routing_wrapupcodes(), users.get_users(state="any", page_size=100)

    centre = tenant.platform.centre
    assert [queue.name for page in queues for queue in page.entities] == [queue.name for queue in centre.queues]
    assert (queues[0].page_count, queues[1].next_uri) == (2, None)
    assert [code.id for code in codes.entities] == [code.identity for code in centre.wrap_up_codes]
    assert [person.name for person in people.entities] == [agent.name for agent in centre.agents]
    assert "Nordwind" in tenant.sdk.OrganizationApi(tenant.client).get_organizations_me().name


def test_the_sdk_shows_a_withdrawn_token_after_one_request(tenant: Tenant) -> None:
    tenant.platform.tokens.expire()
    with pytest.raises(tenant.sdk.rest.ApiException) as refused:
        tenant.analytics.get_analytics_conversations_details_jobs_availability()
    assert (refused.value.status, tenant.count("/availability")) == (401, 1)
    assert "credentials.expired" in refused.value.body


def test_the_sdk_shows_a_missing_permission(tenant: Tenant) -> None:
    tenant.platform.permissions.clear()
    with pytest.raises(tenant.sdk.rest.ApiException) as refused:
        tenant.analytics.post_analytics_conversations_details_jobs({"interval": WEEK})
    assert refused.value.status == 403
    assert "analytics:conversationDetail:view" in refused.value.body


def test_the_sdk_cannot_log_in_with_another_secret(tenant: Tenant) -> None:
    with pytest.raises(Exception, match="invalid_client"):
        tenant.sdk.ApiClient().get_client_credentials_token(tenant.platform.credentials.client_id, "guess")


@pytest.mark.parametrize("fault", ["429", "503"])
def test_the_sdk_tries_again_when_it_is_told_how_long_to_wait(tenant: Tenant, fault: str) -> None:
    tenant.platform.faults.add(f"{fault}:3")
    tenant.analytics.get_analytics_conversations_details_jobs_availability()
    assert tenant.count("/availability") == 4


def test_the_sdk_gives_up_at_once_when_it_is_not(tenant: Tenant) -> None:
    tenant.platform.faults.add("429-bare")
    with pytest.raises(tenant.sdk.rest.ApiException) as refused:
        tenant.analytics.get_analytics_conversations_details_jobs_availability()
    assert (refused.value.status, tenant.count("/availability")) == (429, 1)

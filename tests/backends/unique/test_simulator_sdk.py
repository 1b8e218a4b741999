"""The vendor's own SDK, unchanged, against the pretend platform over real HTTP: the proof that the twin is one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import unique_sdk
from unique_sdk.api_resources._analytics_order import AnalyticsOrder
from unique_sdk.utils.analytics_order_run import run_analytics_order

from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.simulator import SimulatorSettings, serve_in_thread
from unique_analytics_mcp.simulator.unique.reports import REPORTS

START, END = "2026-10-01", "2026-10-14"

# The SDK hands its JSON to httpx by an argument httpx has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")


@pytest.fixture
async def platform(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[UniquePlatform]:
    """Serve a platform and point the SDK's module globals at it."""
    unique = UniquePlatform(SimulatorSettings(users=20, today=date(2026, 11, 20), delay_s=0.0))
    with serve_in_thread(unique.app) as base_url:
        environment = unique.environment(base_url)
        monkeypatch.setattr(unique_sdk, "api_base", environment["UNIQUE_API_BASE"])
        monkeypatch.setattr(unique_sdk, "api_key", environment["UNIQUE_API_KEY"])
        monkeypatch.setattr(unique_sdk, "app_id", environment["UNIQUE_APP_ID"])
        client = unique_sdk.new_default_http_client(async_fallback_client=unique_sdk.HTTPXClient())
        monkeypatch.setattr(unique_sdk, "default_http_client", client)
        yield unique
        client.close()
        await client.close_async()


def caller(unique: UniquePlatform) -> tuple[str, str]:
    return unique.credentials.admin_user_id, unique.credentials.company_id


def test_sdk_creates_lists_retrieves_downloads_and_deletes(platform: UniquePlatform):
    who = caller(platform)

    created = AnalyticsOrder.create(*who, type="ACTIVE_USER", startDate=START, endDate=END)
    listed = AnalyticsOrder.list(*who, skip=0, take=5)
    retrieved = AnalyticsOrder.retrieve(*who, created["id"])
    report = AnalyticsOrder.download(*who, created["id"])
    deleted = AnalyticsOrder.delete(*who, created["id"])

    assert [order["id"] for order in listed] == [created["id"]] == [deleted["id"]]
    assert (retrieved["state"], retrieved["object"]) == ("DONE", AnalyticsOrder.OBJECT_NAME)
    assert report.startswith("Period,Date,Value\nday,01.10.2026,")
    assert AnalyticsOrder.list(*who) == []


async def test_asynchronous_sdk_does_the_same(platform: UniquePlatform):
    who = caller(platform)

    created = await AnalyticsOrder.create_async(*who, type="NPS", assistantId=None, startDate=START, endDate=END)
    listed = await AnalyticsOrder.list_async(*who)
    retrieved = await AnalyticsOrder.retrieve_async(*who, created["id"])
    report = await AnalyticsOrder.download_async(*who, created["id"])
    deleted = await AnalyticsOrder.delete_async(*who, created["id"])

    assert {created["id"], listed[0]["id"], deleted["id"]} == {retrieved["id"]}
    assert report.startswith("Score,Feedback,Created By,Created At\n")
    assert [seen.method for seen in platform.requests] == ["POST", "GET", "GET", "GET", "DELETE"]


async def test_sdks_run_utility_saves_the_report(platform: UniquePlatform, tmp_path: Path):
    user_id, company_id = caller(platform)
    target = tmp_path / "report.csv"

    result = await run_analytics_order(
        user_id, company_id, "CHAT_INTERACTION", START, END, poll_interval=0.01, save_csv_to=str(target)
    )

    assert (result["order"]["state"], result["csv_path"]) == ("DONE", str(target))
    assert target.read_text(encoding="utf-8") == AnalyticsOrder.download(user_id, company_id, result["order"]["id"])


async def test_sdks_run_utility_saves_nothing_when_the_order_ends_in_error(platform: UniquePlatform, tmp_path: Path):
    platform.faults.add("error")
    target = tmp_path / "report.csv"

    result = await run_analytics_order(
        *caller(platform), "NPS", START, END, poll_interval=0.01, save_csv_to=str(target)
    )

    assert (result["order"]["state"], target.exists()) == ("ERROR", False)


def test_sdk_and_platform_know_the_same_types():
    assert set(REPORTS) == set(AnalyticsOrder.ANALYTICS_TYPE_VALUES)


def test_sdk_tells_an_unknown_order_from_uniques_envelope(platform: UniquePlatform):
    with pytest.raises(unique_sdk.InvalidRequestError, match="Analytics order analyticOrder_0 not found"):
        AnalyticsOrder.retrieve(*caller(platform), "analyticOrder_0")


def test_sdk_reads_the_gateways_refusal_as_an_authentication_error(
    platform: UniquePlatform, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unique_sdk, "api_key", "ukey_of_somebody_else")
    with pytest.raises(unique_sdk.AuthenticationError, match="Unauthorized"):
        AnalyticsOrder.list(*caller(platform))


def test_sdk_shows_the_frameworks_short_word_for_a_missing_role(platform: UniquePlatform):
    with pytest.raises(unique_sdk.APIError, match="Forbidden"):
        AnalyticsOrder.create(
            platform.credentials.analyst_user_id,
            platform.credentials.company_id,
            type="MODEL_USAGE",
            startDate=START,
            endDate=END,
        )

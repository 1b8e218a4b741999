"""The report types of Genesys Cloud: what goes together, and what an order with certain options has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from contact_centre import AGGREGATES, DETAILS, centre, fetched, request, service_at, summed_up, window
from unique_analytics_mcp.backends.genesys.reports import genesys_reports
from unique_analytics_mcp.domain.request import checked_options
from unique_analytics_mcp.errors import InvalidRequest

CATALOGUE = genesys_reports(personal=False)
DAY, WEEK, MONTH, YEAR = (
    window("2026-10-05", "2026-10-05"),
    window(),
    window("2026-10-01", "2026-10-31"),
    window("2025-10-05", "2026-10-05"),
)


@pytest.mark.parametrize(
    ("type", "asked", "options", "says"),
    [
        (AGGREGATES, DAY, {"granularity": "PT5M"}, "It may be: PT15M, PT30M, PT1H, P1D, P1W, P1M"),
        (AGGREGATES, DAY, {"granularity": "P1W"}, "longer than the window"),
        (AGGREGATES, WEEK, {"granularity": "P1M"}, "longer than the window"),
        (AGGREGATES, YEAR, {"granularity": "PT15M"}, "Ask for at most 31 days"),
        (AGGREGATES, YEAR, {"granularity": "PT1H"}, "Ask for at most 125 days"),
        (AGGREGATES, window("2026-10-05", "2026-10-05"), {"granularity": "P1M"}, "the window of 1 day."),
        (AGGREGATES, WEEK, {"group_by": "time, queue"}, "It takes, separated by commas: queue, user"),
        (AGGREGATES, WEEK, {"group_by": "queue,queue"}, "names something twice"),
        (AGGREGATES, WEEK, {"group_by": ","}, "group_by names nothing"),
        (AGGREGATES, WEEK, {"media_type": "fax"}, "media_type cannot be 'fax'"),
        (AGGREGATES, WEEK, {"layout": "agent_legs"}, "does not take layout"),
        (DETAILS, WEEK, {"granularity": "P1D"}, "does not take granularity"),
        (DETAILS, window("2026-09-01", "2026-10-02"), {"freshness": "live"}, "31 days of 24 hours"),
        (DETAILS, MONTH, {"freshness": "live"}, "31 days of 24 hours"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_way_out(
    type: str, asked: object, options: Mapping[str, str], says: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_options(CATALOGUE[type], asked, options)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - a table of windows
    assert says in str(refused.value)


async def test_a_month_of_31_whole_days_is_asked_for_live() -> None:
    asked = request(DETAILS, window("2026-08-01", "2026-08-31"), freshness="live", queue="VIP")
    checked_options(CATALOGUE[DETAILS], asked.window, asked.options)
    async with centre() as home:
        found = await fetched(home.client(), asked)
    assert {row["conversationStart"][:7] for row in found.rows} == {"2026-08"}


@pytest.mark.parametrize(
    ("type", "options", "kept"),
    [
        (AGGREGATES, {"granularity": "PT15M", "queue": "VIP"}, {"granularity": "PT15M"}),
        (DETAILS, {"freshness": "live", "layout": "agent_legs", "queue": "VIP"}, {"freshness": "live"}),
        (AGGREGATES, {"granularity": "PT15M"}, {"granularity": "PT15M", "compare_to": "previous_period"}),
        (DETAILS, {"freshness": "live"}, {"freshness": "live", "compare_to": "previous_period"}),
    ],
)
async def test_of_an_empty_report_only_what_chooses_rows_is_left_out_of_the_next_question(
    type: str, options: dict[str, str], kept: dict[str, str], tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        (then,) = (await summed_up(service, type, "2009-10-04", **options)).next_steps
    assert kept.items() <= then.arguments.items()
    assert "queue" not in then.arguments


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({}, ""),
        ({"wrap_up_code": "Beschwerde"}, "those that do not match wrap_up_code."),
        ({"queue": "Support DE", "media_type": "voice"}, "those that do not match media_type and queue."),
    ],
    ids=["no filter", "one filter", "two filters"],
)
@pytest.mark.parametrize("layout", ["conversations", "agent_legs"])
async def test_that_a_filter_chooses_conversations_stands_beside_the_numbers(
    layout: str, filters: dict[str, str], said: str, tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, DETAILS, "2026-10", layout=layout, **filters)
    assert summary.provenance.rows
    assert summary.headline.partition(" All legs of these conversations count, also ")[-1] == said


@pytest.mark.parametrize(
    ("options", "trends", "rankings"),
    [
        ({}, ["daily"], []),
        ({"granularity": "P1W", "group_by": "queue"}, ["weekly"], ["queues"]),
        ({"granularity": "PT15M"}, ["quarters_of_an_hour", "hours_of_the_day", "weekdays"], []),
        (
            {"granularity": "P1M", "group_by": "wrap_up_code, queue"},
            ["monthly"],
            ["wrap_up_codes_and_queues", "queues", "wrap_up_codes"],
        ),
    ],
)
def test_an_orders_tables_follow_from_its_granularity_and_groups(
    options: Mapping[str, str], trends: list[str], rankings: list[str]
) -> None:
    report = CATALOGUE[AGGREGATES].asked_with(options)
    assert [trend.name for trend in report.summary.trends] == trends
    assert [ranking.name for ranking in report.summary.rankings] == rankings
    assert {by for ranking in report.summary.rankings for by in ranking.by} <= {each.name for each in report.columns}


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize("layout", ["conversations", "agent_legs"])
def test_every_layouts_columns_are_declared_in_the_type_itself(layout: str, *, personal: bool) -> None:
    report = genesys_reports(personal=personal)[DETAILS]
    chosen = report.asked_with({"layout": layout})
    assert set(chosen.columns) < set(report.columns)
    assert len({column.name for column in report.columns}) == len(report.columns)
    assert any(column.header == "ani" for column in chosen.columns) is personal

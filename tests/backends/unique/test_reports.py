"""The catalogue: complete against the vendor's page, and consistent in itself, for every report."""

import re

import pytest

from documented import HEADERS
from unique_analytics_mcp.analysis.cadences import WORKDAY
from unique_analytics_mcp.analysis.metrics import COLUMNS, OF_A_DAY
from unique_analytics_mcp.analysis.series import OVERVIEW, SPOKEN, STICKINESS, TOLD
from unique_analytics_mcp.analysis.tables import PEAK
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.headers import loose
from unique_analytics_mcp.domain.measures import Between, DayPart, Is, OlderThan, Scale, simple_conditions
from unique_analytics_mcp.domain.report import ColumnKind, ReportType

LONGEST = {"CHAT_INTERACTION_DETAILED": 14}
"""Days of the longest window, where it is not a year."""

SENTENCE = re.compile(r"[A-Z].*[.]")


@pytest.fixture(params=UNIQUE_REPORTS.values(), ids=lambda report: report.name)
def report(request: pytest.FixtureRequest) -> ReportType:
    return request.param


def test_the_catalogue_holds_what_the_vendor_documents() -> None:
    assert {
        name: tuple(column.header for column in report.columns) for name, report in UNIQUE_REPORTS.items()
    } == HEADERS
    assert {name: report.max_days for name, report in UNIQUE_REPORTS.items()} == dict.fromkeys(HEADERS, 365) | LONGEST


def test_only_the_export_of_prompts_is_off_and_without_documented_columns() -> None:
    assert [name for name, report in UNIQUE_REPORTS.items() if not report.on_by_default] == ["USER_CHAT_EXPORT"]
    assert [name for name, report in UNIQUE_REPORTS.items() if report.open_schema] == ["USER_CHAT_EXPORT"]


def test_a_type_is_found_by_its_name_and_takes_the_assistant_filter(report: ReportType) -> None:
    assert UNIQUE_REPORTS[report.name] is report
    assert report.backend == "unique"
    assert [option.name for option in report.options] == ["assistant_id"]


def test_its_texts_say_something(report: ReportType) -> None:
    assert report.answers.endswith("?")
    assert "chat.feedback.read" in report.roles
    assert report.title
    assert report.row
    assert report.caveats
    assert all(SENTENCE.fullmatch(caveat) for caveat in report.caveats)
    assert all(column.meaning for column in report.columns)


def test_no_spelling_stands_for_two_columns(report: ReportType) -> None:
    spellings = [loose(each) for column in report.columns for each in (column.header, *column.other_headers)]
    assert len(spellings) == len(set(spellings))
    assert len({column.name for column in report.columns}) == len(report.columns)


def test_only_numbers_are_added(report: ReportType) -> None:
    numeric = {ColumnKind.INTEGER, ColumnKind.DECIMAL}
    assert all(column.kind in numeric and column.unit for column in report.columns if column.adds_up)


def test_what_needs_a_role_may_be_missing(report: ReportType) -> None:
    assert all(column.optional and column.role in report.roles for column in report.columns if column.role)


_CONDITION_KINDS: dict[type, ColumnKind] = {
    Between: ColumnKind.INTEGER,
    Is: ColumnKind.TEXT,
    OlderThan: ColumnKind.DATE,
}


def _groupable(part: DayPart | Scale) -> tuple[ColumnKind, ...]:
    """The kinds of columns that have such parts."""
    if isinstance(part, Scale):
        return (ColumnKind.INTEGER,)
    return (ColumnKind.DATE, ColumnKind.TIMESTAMP) if part in ("day", "month", "weekday") else (ColumnKind.TIMESTAMP,)


def test_its_plan_reads_only_its_columns_and_adds_only_what_adds_up(report: ReportType) -> None:
    plan = report.summary
    for measure in plan.measures.values():
        column = report.column(measure.column)
        assert (column is None) == (measure.how == "rows")
        assert measure.how != "sum" or (column is not None and column.adds_up)
    for breakdown in plan.breakdowns:
        columns = [report.column(name) for name in breakdown.columns.values()]
        assert all(column is not None and column.adds_up for column in columns)
    for condition in (
        each for part in (*plan.measures.values(), *plan.rankings) for each in simple_conditions(part.where)
    ):
        column = report.column(condition.column)
        assert column is not None
        assert column.kind is _CONDITION_KINDS.get(type(condition), column.kind)
    for grouping in (*plan.groupings, *(plan.grouping(trend.by) for trend in plan.trends)):
        column = report.column(grouping.column)
        assert column is not None
        assert column.kind in _groupable(grouping.part)
    for name in (plan.grouping(name).column for ranking in plan.rankings for name in ranking.by):
        column = report.column(name)
        assert column is not None
        assert not column.free_text
        assert column.kind is not ColumnKind.DECIMAL
    if plan.people:
        column = report.column(plan.people)
        assert column is not None
        assert column.kind is ColumnKind.TEXT


def test_what_must_not_be_added_is_read_and_never_summed(report: ReportType) -> None:
    for readings in filter(None, (report.summary.series, report.summary.metrics)):
        dated = report.column(readings.at)
        value = report.column(readings.value)
        assert report.column(readings.by)
        assert dated is not None
        assert dated.kind in (ColumnKind.DATE, ColumnKind.TIMESTAMP)
        assert value is not None
        assert value.kind is ColumnKind.INTEGER
        assert not value.adds_up


def test_its_plan_names_each_part_once_and_shows_declared_measures_only(report: ReportType) -> None:
    plan = report.summary
    measures = [figure.name for figure in (*plan.totals, *plan.parts)]
    tables = [part.name for part in (*plan.rankings, *plan.trends, *plan.breakdowns)]
    assert len(measures) == len(set(measures))
    assert len(tables) == len(set(tables))
    assert all(set(part.measures) <= set(measures) for part in (*plan.rankings, *plan.trends))
    assert all(set(figure.parts) <= set(plan.measures) for figure in plan.totals)
    assert all(ranking.measures[0] in plan.measures for ranking in plan.rankings)


PLACE = re.compile(r"\{([a-z0-9_.]+)(?::[^|{}]+\|[^|{}]+)?\}")
"""A value in a sentence; perhaps with the words for one of it, and for several."""


def test_what_names_the_ids_of_model_usage_is_said_and_has_the_column_to_join_by() -> None:
    """A conversation has several calls and several messages: each call must meet its space once."""
    said = "joined by chat_id, SELECT DISTINCT chat_id, space of CHAT_INTERACTION_DETAILED names all."
    assert any(said in caveat for caveat in UNIQUE_REPORTS["MODEL_USAGE"].caveats)
    for name in ("MODEL_USAGE", "CHAT_INTERACTION_DETAILED"):
        assert "chat_id" in {column.name for column in UNIQUE_REPORTS[name].columns}


def test_people_of_a_whole_period_and_tokens_of_an_answer_are_pointed_to_where_they_are_looked_for() -> None:
    assert "CHAT_INTERACTION counts the people of a whole period." in UNIQUE_REPORTS["ACTIVE_USER"].caveats[0]
    assert any("a question may take several calls" in said.lower() for said in UNIQUE_REPORTS["MODEL_USAGE"].caveats)


def test_its_headline_fills_from_what_is_computed(report: ReportType) -> None:
    plan = report.summary
    known = {measure.name for measure in plan.totals}
    for ranking in plan.rankings:
        known |= {f"{ranking.name}.{column}" for column in (*ranking.by, *ranking.measures, "share_percent")}
    for trend in plan.trends:
        known |= {f"{PEAK.format(trend.name)}.{column}" for column in (trend.by, *trend.measures)}
    if plan.series:
        names = [WORKDAY, *(cadence.name for cadence in plan.series.cadences)]
        known |= {f"{name}.{column}" for name in names for column in (*OVERVIEW, *TOLD)}
        known |= {f"{STICKINESS}.{name}" for name in SPOKEN} if plan.series.stickiness else set()
    for family in plan.metrics.tables if plan.metrics else ():
        known |= {f"{family.name}.{column}" for column in (*family.parts, *COLUMNS, *OF_A_DAY)}
    assert plan.headline
    for template in plan.headline:
        assert set(PLACE.findall(template)) <= known
        assert not {"{", "}"} & set(PLACE.sub("", template))
        assert template.endswith(".")

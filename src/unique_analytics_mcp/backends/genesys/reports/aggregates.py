"""Conversation aggregates as a report type: counts and times of groups of conversations, bucket by bucket.

A column with a dot is a metric of the platform and one of its statistics, so the columns are also what is asked for.
Sums and counts add up; everything that is an average or a share is computed from them (genesys-api.md 2.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from fractions import Fraction
from typing import Final

from unique_analytics_mcp.backends.genesys.reports.words import (
    BACKEND,
    DIVISIONS,
    FILTERS,
    NAMES_MAY_BE_MISSING,
    sum_of,
    text,
)
from unique_analytics_mcp.domain.measures import Grouping, Ranking, Ratio, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import Column, ColumnKind, Option, ReportType
from unique_analytics_mcp.domain.request import comma_separated
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

MOST_BUCKETS: Final = 3_000
"""Buckets of one order: a quarter of an hour over a month, an hour over four months."""

_DEFAULT: Final = "P1D"
_PER_DAY: Final = {"PT15M": 96, "PT30M": 48, "PT1H": 24, "P1D": 1}
_DAYS: Final = {"P1W": 7, "P1M": 28}
_TREND_OF: Final = {
    "PT15M": "quarters_of_an_hour",
    "PT30M": "half_hours",
    "PT1H": "hourly",
    "P1D": "daily",
    "P1W": "weekly",
    "P1M": "monthly",
}
_MOMENTS: Final = {"quarters_of_an_hour": "quarter_of_an_hour", "half_hours": "half_hour", "hourly": "hour"}
"""Tables of moments, and what a row of each is."""
_WITHIN_A_DAY: Final = ("hours_of_the_day", "weekdays")

_GROUPS: Final[Mapping[str, tuple[Column, ...]]] = {
    "queue": (text("queueName", "Name of the queue"), text("queueId", "Id of the queue")),
    "user": (
        text("userName", "Name of the agent", personal=True),
        text("userId", "Id of the agent", personal=True),
    ),
    "media_type": (text("mediaType", "Voice, chat, email, message, callback, …"),),
    "direction": (text("direction", "Inbound or outbound"),),
    "wrap_up_code": (
        text("wrapUpCodeName", "Why the agent says the conversation was held; several of a leg joined by ;"),
        text("wrapUpCode", "Id of the wrap-up code, or a built-in word"),
    ),
}

_RANKED_AS: Final = {
    "queue": "queues",
    "user": "users",
    "media_type": "media_types",
    "direction": "directions",
    "wrap_up_code": "wrap_up_codes",
}


def _count(metric: str, meaning: str) -> Column:
    return Column(
        header=f"{metric}.count",
        kind=ColumnKind.INTEGER,
        meaning=meaning,
        adds_up=metric != "nConversations",
        sparse=True,
    )


def _timer(metric: str, meaning: str) -> tuple[Column, ...]:
    return (
        _count(metric, f"How often: {meaning}"),
        _time(metric, "sumMs", f"Together: {meaning}", adds_up=True),
        _time(metric, "minMs", f"Shortest: {meaning}"),
        _time(metric, "maxMs", f"Longest: {meaning}"),
    )


def _time(metric: str, stat: str, meaning: str, *, adds_up: bool = False) -> Column:
    return Column(
        header=f"{metric}.{stat}",
        kind=ColumnKind.DECIMAL,
        meaning=meaning,
        unit="milliseconds",
        adds_up=adds_up,
        sparse=True,
    )


_COLUMNS: Final = (
    Column(header="intervalStart", kind=ColumnKind.TIMESTAMP, meaning="When the bucket begins", unit="UTC"),
    Column(header="intervalEnd", kind=ColumnKind.TIMESTAMP, meaning="When the next one begins", unit="UTC"),
    *(column for columns in _GROUPS.values() for column in columns),
    _count("nConversations", "Different conversations, each once in every bucket and group it was in"),
    _count("nOffered", "Conversations offered to queues, once for each queue"),
    _count("nConnected", "Connections made"),
    _count("nOutbound", "Outbound conversations"),
    _count("nTransferred", "Transfers"),
    _count("nOverSla", "Answered later than the service level allows"),
    *_timer("tHandle", "an agent handled a leg: talk, hold, after-call work, and dialling when outbound"),
    *_timer("tTalkComplete", "the talking of a leg"),
    *_timer("tHeldComplete", "the holding of a leg"),
    *_timer("tAcw", "after-call work"),
    *_timer("tAnswered", "the wait in the queue until an agent answered"),
    *_timer("tAbandon", "the wait in the queue of those who gave up"),
    Column(
        header="oServiceLevel.numerator",
        kind=ColumnKind.DECIMAL,
        meaning="Answered within the service level",
        adds_up=True,
        sparse=True,
    ),
    Column(
        header="oServiceLevel.denominator",
        kind=ColumnKind.DECIMAL,
        meaning="All that the service level is measured on",
        adds_up=True,
        sparse=True,
    ),
    Column(
        header="oServiceLevel.target",
        kind=ColumnKind.DECIMAL,
        meaning="The share within the service level that is aimed at",
    ),
)


def _average(name: str, timer: str, unit: str) -> Ratio:
    return Ratio(name=name, of=(f"{timer}_ms",), per=(f"{timer}_count",), times=Fraction(1, 1000), unit=unit)


_TIMERS: Final = {
    "handle": "t_handle",
    "talk": "t_talk_complete",
    "hold": "t_held_complete",
    "acw": "t_acw",
    "answer": "t_answered",
    "abandon": "t_abandon",
}

_TRENDED: Final = (
    *("n_offered", "handled", "answered", "abandoned", "average_handle_s"),
    *("service_level_percent", "abandon_rate_percent"),
)
_RANKED: Final = (
    *("handled", "n_offered", "n_connected", "average_handle_s", "average_talk_s", "average_hold_s", "average_acw_s"),
    *("service_level_percent", "abandon_rate_percent"),
)

_OF_QUEUES: Final = frozenset(
    {"n_offered", "abandoned", "average_abandon_s", "service_level_percent", "abandon_rate_percent"}
)
"""What happens before an agent takes part: of agents and codes it would read as none, or as all answered in time."""
_OF_AGENTS: Final = frozenset({"user", "wrap_up_code"})
"""Options of what only agents' legs have."""
_OF_WAITING: Final = frozenset(
    {"answered", "average_speed_of_answer_s", "abandoned", "average_abandon_s"}
    | {"service_level_percent", "abandon_rate_percent"}
)
"""What the platform does not measure of callbacks: nobody would seem to have given up."""


def _without(measures: tuple[str, ...], left_out: AbstractSet[str]) -> tuple[str, ...]:
    return tuple(measure for measure in measures if measure not in left_out)


def _ranked_of(words: Sequence[str]) -> tuple[str, ...]:
    """The measures of groups by these options."""
    return _RANKED if _OF_AGENTS.isdisjoint(words) else (*_without(_RANKED, _OF_QUEUES), "n_transferred")


_SUMMARY: Final = SummaryPlan(
    totals=(
        sum_of("n_conversations", "n_conversations_count", "conversations (nConversations), once per bucket and group"),
        sum_of("n_offered", "n_offered_count", "offered to queues, callbacks and overflows too (nOffered)"),
        sum_of("n_connected", "n_connected_count", "connections made (nConnected)"),
        sum_of("handled", "t_handle_count", "legs handled by agents (tHandle)"),
        sum_of("answered", "t_answered_count", "answered from queues, no callbacks (tAnswered)"),
        sum_of("abandoned", "t_abandon_count", "given up in queues, no callbacks (tAbandon)"),
        sum_of("n_transferred", "n_transferred_count", "transfers (nTransferred)"),
        _average("average_handle_s", "handle", "seconds a handled leg"),
        _average("average_talk_s", "talk", "seconds of talk a leg that talked"),
        _average("average_hold_s", "hold", "seconds on hold a leg that was held"),
        _average("average_acw_s", "acw", "seconds of after-call work a leg that had any"),
        _average("average_speed_of_answer_s", "answer", "seconds until answered"),
        _average("average_abandon_s", "abandon", "seconds until given up"),
        Ratio(
            name="service_level_percent",
            of=("service_level_met",),
            per=("service_level_asked",),
            times=100,
            unit="% in time of those it is measured on, not of all offered",
        ),
        Ratio(name="abandon_rate_percent", of=("abandoned",), per=("n_offered",), times=100, unit="% of those offered"),
    ),
    parts=(
        *(sum_of(f"{name}_ms", f"{metric}_sum_ms", "milliseconds") for name, metric in _TIMERS.items()),
        *(sum_of(f"{name}_count", f"{metric}_count", "times") for name, metric in _TIMERS.items()),
        sum_of("service_level_met", "o_service_level_numerator", "answered in time"),
        sum_of("service_level_asked", "o_service_level_denominator", "that count for the service level"),
    ),
    groupings=(
        Grouping(name="quarter_of_an_hour", column="interval_start", part="15 minutes"),
        Grouping(name="half_hour", column="interval_start", part="30 minutes"),
        Grouping(name="hour", column="interval_start", part="60 minutes"),
        Grouping(name="day", column="interval_start", part="day"),
        Grouping(name="week", column="interval_start", part="week"),
        Grouping(name="month", column="interval_start", part="month"),
        Grouping(name="hour_of_the_day", column="interval_start", part="hour"),
        Grouping(name="weekday", column="interval_start", part="weekday"),
    ),
    rankings=tuple(
        Ranking(name=name, by=tuple(column.name for column in _GROUPS[word]), measures=_ranked_of([word]))
        for word, name in _RANKED_AS.items()
    ),
    trends=(
        *(Trend(name=name, by=by, measures=_TRENDED) for name, by in _MOMENTS.items()),
        Trend(name="daily", by="day", measures=_TRENDED),
        Trend(name="weekly", by="week", measures=_TRENDED),
        Trend(name="monthly", by="month", measures=_TRENDED),
        Trend(name="hours_of_the_day", by="hour_of_the_day", measures=_TRENDED),
        Trend(name="weekdays", by="weekday", measures=_TRENDED),
    ),
    headline=(
        "Agents handled {handled:leg|legs} of conversations in {average_handle_s} seconds each on average.",
        "{n_offered:was|were} offered to queues: {abandon_rate_percent} % were given up.",
        "{service_level_percent} % were answered within the service level.",
        "The queue {queues.queue_name} handled most: {queues.handled}.",
        "{users.user_name} handled most: {users.handled}.",
        *(
            f"The busiest {by.replace('_', ' ')} began at {{{trend}_peak.{by}}}: "
            f"{{{trend}_peak.n_offered:was|were}} offered."
            for trend, by in _MOMENTS.items()
        ),
    ),
    compared={"handled": "legs that agents handled", "average_handle_s": "the seconds each took on average"},
)


def _check(window: Window, options: Mapping[str, str]) -> None:
    """Raises InvalidRequest for unknown groups, and buckets that are too many or longer than the window."""
    _check_groups(options.get("group_by", ""))
    granularity = options.get("granularity", _DEFAULT)
    if window.days < _DAYS.get(granularity, 1):
        raise InvalidRequest(
            f"A bucket of {granularity} is longer than the window of {counted(window.days, 'day')}.",
            hint="Take a longer window, or granularity=P1D or finer.",
        )
    buckets = window.days * _PER_DAY.get(granularity, 1)
    if buckets > MOST_BUCKETS:
        longest = MOST_BUCKETS // _PER_DAY[granularity]
        raise InvalidRequest(
            f"{window.days} days in buckets of {granularity} are {buckets} buckets; {MOST_BUCKETS} are allowed.",
            hint=f"Ask for at most {longest} days, or take a coarser granularity.",
        )


def _check_groups(written: str) -> None:
    words = comma_separated(written)
    unknown = [word for word in words if word not in _GROUPS]
    if unknown:
        wrong = f"group_by cannot hold {unknown[0][:60]!r}."
    elif len(set(words)) < len(words):
        wrong = "group_by names something twice."
    elif written and not words:
        wrong = "group_by names nothing."
    else:
        return
    raise InvalidRequest(wrong, hint=f"It takes, separated by commas: {', '.join(_GROUPS)}.")


def _narrow(report: ReportType, options: Mapping[str, str]) -> ReportType:
    """Only the columns it is grouped by, and the tables that they and the granularity allow."""
    words, granularity = comma_separated(options.get("group_by", "")), options.get("granularity", _DEFAULT)
    left_out = {column.name for word in _GROUPS if word not in words for column in _GROUPS[word]}
    trends = [_TREND_OF[granularity], *(_WITHIN_A_DAY if granularity.startswith("PT") else ())]
    summary = replace(
        report.summary,
        rankings=(*_together(words), *_of_one(report.summary.rankings, left_out)),
        trends=tuple(trend for trend in report.summary.trends if trend.name in trends),
    )
    if not _OF_AGENTS.isdisjoint(options):
        summary = _lacking(summary, _OF_QUEUES)
    if options.get("media_type") == "callback":
        summary = _lacking(summary, _OF_WAITING)
    columns = tuple(column for column in report.columns if column.name not in left_out)
    return replace(report, columns=columns, summary=summary)


def _lacking(summary: SummaryPlan, figures: AbstractSet[str]) -> SummaryPlan:
    """Where a filter leaves nothing that these figures could be told of."""
    return replace(
        summary,
        totals=tuple(figure for figure in summary.totals if figure.name not in figures),
        rankings=tuple(replace(each, measures=_without(each.measures, figures)) for each in summary.rankings),
        trends=tuple(replace(each, measures=_without(each.measures, figures)) for each in summary.trends),
    )


def _of_one(rankings: tuple[Ranking, ...], left_out: set[str]) -> tuple[Ranking, ...]:
    return tuple(ranking for ranking in rankings if not left_out & set(ranking.by))


def _together(words: list[str]) -> tuple[Ranking, ...]:
    """The ranking by all groups at once, where there are several."""
    if len(words) < 2:  # noqa: PLR2004 - two make a combination
        return ()
    by = tuple(column.name for word in words for column in _GROUPS[word])
    return (Ranking(name="_and_".join(_RANKED_AS[word] for word in words), by=by, measures=_ranked_of(words)),)


AGGREGATES: Final = ReportType(
    name="GENESYS_CONVERSATION_AGGREGATES",
    backend=BACKEND,
    title="Genesys conversation aggregates",
    answers="How many conversations were offered, handled, abandoned, when, by whom, and how long did they take?",
    row="one bucket of time of one group",
    columns=_COLUMNS,
    max_days=366,
    roles="analytics:conversationAggregate:view; for names routing:queue:view and routing:wrapupCode:view",
    caveats_without_rows=(DIVISIONS,),
    caveats=(
        "Email waits for hours, calls for seconds: without media_type=voice, waits and service level mix them.",
        "Average handle time is the sum of tHandle by its count; it has rings and dials that nobody answered, too.",
        "Handling, answers and abandons belong to the bucket in which they ended.",
        "An agent or a wrap-up code has no offers, abandons or service level: queues have.",
        "Callbacks have no answers, abandons or service level: an abandon rate of 0 % says nothing of them.",
        NAMES_MAY_BE_MISSING,
        DIVISIONS,
    ),
    summary=_SUMMARY,
    options=(
        Option(name="granularity", meaning="Bucket; P1D without it.", choices=tuple(_TREND_OF), shapes=True),
        Option(name="group_by", meaning=f"Comma-separated: {', '.join(_GROUPS)}.", shapes=True),
        Option(name="time_zone", meaning="IANA zone of its days.", shapes=True),
        *FILTERS,
    ),
    check=_check,
    narrow=_narrow,
    lacks=("first contact resolution", "occupancy", "adherence", "forecasts", "surveys"),
)

"""Conversation details as a report type: every conversation, or every leg of an agent (genesys-api.md 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from unique_analytics_mcp.backends.genesys.reports.words import (
    BACKEND,
    DIVISIONS,
    FILTERS,
    NAMES_MAY_BE_MISSING,
    sum_of,
    text,
)
from unique_analytics_mcp.domain.measures import Between, Grouping, Measure, Ranking, Ratio, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import Column, ColumnKind, Option, ReportType
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

LONGEST_LIVE_DAYS: Final = 31
"""The longest interval of the paged question over live data (genesys-api.md 3.3)."""

_LONGEST_DAYS: Final = 92
"""No limit of the jobs is documented; a quarter is what a CSV and its reader bear."""
_LEGS: Final = "agent_legs"
_AGES: Final = 10**9


def _seconds(header: str, meaning: str) -> Column:
    return Column(header=header, kind=ColumnKind.DECIMAL, meaning=meaning, unit="seconds", adds_up=True, optional=True)


def _number(header: str, meaning: str) -> Column:
    return Column(header=header, kind=ColumnKind.INTEGER, meaning=meaning, adds_up=True, optional=True)


def _moment(header: str, meaning: str, *, optional: bool = True) -> Column:
    return Column(header=header, kind=ColumnKind.TIMESTAMP, meaning=meaning, unit="UTC", optional=optional)


_SHARED: Final = (
    Column(header="conversationId", kind=ColumnKind.TEXT, meaning="Id of the conversation"),
    _moment("conversationStart", "When it began", optional=False),
    _moment("conversationEnd", "When it ended; empty while it runs"),
    text("originatingDirection", "Whether it began inbound or outbound"),
)

_TIMES: Final = (
    _seconds("handleTimeS", "Handling by agents: talk, hold, after-call work, and dialling when outbound"),
    _seconds("talkTimeS", "Talking with agents"),
    _seconds("holdTimeS", "On hold"),
    _number("holdCount", "How often it was put on hold"),
    _seconds("acwTimeS", "After-call work"),
)

_OF_CONVERSATIONS: Final = (
    _seconds("durationS", "From its beginning to its end"),
    _number("ongoing", "1 while it runs"),
    text("mediaTypes", "Kinds of media, joined by ;"),
    text("firstMediaType", "The first of them"),
    text("queueIds", "Queues it was in, joined by ;"),
    text("queueNames", "Their names"),
    text("agentIds", "Agents who took part, joined by ;", personal=True),
    text("agentNames", "Their names", personal=True),
    text("wrapUpCodes", "Wrap-up codes, joined by ;"),
    text("wrapUpCodeNames", "Their names"),
    *_TIMES,
    _seconds("queueWaitS", "Waiting in queues; a callback waits there for hours, and its caller does not"),
    _seconds("answerTimeS", "Waiting until the first agent answered"),
    _number("answered", "1 when an agent answered or, outbound and in callbacks, reached somebody"),
    _number("abandoned", "1 when the caller gave up in a queue; giving up before it is neither"),
    _seconds("abandonTimeS", "Waiting until the caller gave up"),
    _number("transferCount", "Transfers"),
    _number("agentCount", "Different agents"),
    _number("queueCount", "Different queues"),
    text("disconnectType", "How the caller's side ended"),
    Column(header="minMos", kind=ColumnKind.DECIMAL, meaning="Worst quality of sound, from 1 to 5", optional=True),
    text("divisionIds", "Divisions, joined by ;"),
    text("externalTag", "Tag that another system gave it"),
)

_OF_LEGS: Final = (
    text("participantId", "Id of the agent's participation"),
    text("sessionId", "Id of the leg"),
    text("userName", "Name of the agent", personal=True),
    text("userId", "Id of the agent", personal=True),
    text("mediaType", "Kind of media of the leg"),
    text("direction", "Direction of the leg"),
    text("queueName", "Name of the queue"),
    text("queueId", "Id of the queue"),
    text("wrapUpCodeName", "Why the agent says the conversation was held"),
    text("wrapUpCode", "Id of the wrap-up code, or a built-in word"),
    _moment("legStart", "When the leg began"),
    _moment("legEnd", "When it ended; empty while it runs"),
    _number("handled", "1 when the leg has a handle time; otherwise it only rang, as may a few that have one"),
    *_TIMES,
)

_PERSONAL: Final = (
    text("ani", "Number or address the caller came from", personal=True),
    text("dnis", "Number or address that was called", personal=True),
    text("remote", "The caller as the media show it", personal=True),
    replace(text("wrapUpNote", "What agents noted"), free_text=True),
)
_PERSONAL_OF_CONVERSATIONS: Final = (
    text("participantName", "Names of who took part", personal=True),
    replace(text("attributes", "What scripts and flows attached, as JSON"), free_text=True),
)


_SUMS: Final = (
    sum_of("handle_s", "handle_time_s", "seconds"),
    sum_of("talk_s", "talk_time_s", "seconds"),
    sum_of("hold_s", "hold_time_s", "seconds"),
    sum_of("acw_s", "acw_time_s", "seconds"),
)
_GROUPINGS: Final = (
    Grouping(name="day", column="conversation_start", part="day"),
    Grouping(name="hour_of_the_day", column="conversation_start", part="hour"),
    Grouping(name="weekday", column="conversation_start", part="weekday"),
)


def _trends(*measures: str) -> tuple[Trend, ...]:
    return (
        Trend(name="daily", by="day", measures=measures),
        Trend(name="hours_of_the_day", by="hour_of_the_day", measures=measures),
        Trend(name="weekdays", by="weekday", measures=measures),
    )


def _per_handled(name: str, sum_: str, unit: str) -> Ratio:
    return Ratio(name=name, of=(sum_,), per=("handled",), unit=unit)


_CONVERSATIONS: Final = SummaryPlan(
    totals=(
        Measure(name="conversations", how="rows", unit="conversations that began in the window"),
        sum_of("answered", "answered", "answered by agents"),
        sum_of("abandoned", "abandoned", "given up in queues"),
        Measure(
            name="handled", how="rows", where=Between("handle_time_s", 0, _AGES), unit="conversations agents handled"
        ),
        sum_of("transfers", "transfer_count", "transfers"),
        sum_of("ongoing", "ongoing", "still running"),
        _per_handled("handle_s_per_conversation", "handle_s", "seconds of handling a handled conversation"),
        _per_handled("talk_s_per_conversation", "talk_s", "seconds of talk"),
        _per_handled("hold_s_per_conversation", "hold_s", "seconds on hold"),
        _per_handled("acw_s_per_conversation", "acw_s", "seconds of after-call work"),
    ),
    parts=_SUMS,
    groupings=_GROUPINGS,
    rankings=tuple(
        Ranking(
            name=name,
            by=(by,),
            measures=("conversations", "answered", "abandoned", "handled", "handle_s_per_conversation"),
        )
        for name, by in (
            ("media_types", "first_media_type"),
            ("directions", "originating_direction"),
            ("endings", "disconnect_type"),
        )
    ),
    trends=_trends("conversations", "answered", "abandoned", "handled", "handle_s_per_conversation"),
    headline=(
        "{conversations:conversation|conversations} began: {answered:was|were} answered, {abandoned} given up.",
        "Agents handled {handled} of them, {handle_s_per_conversation} seconds each on average.",
    ),
    compared={"conversations": "conversations that began", "answered": "those answered"},
)

_LEGS_SUMMARY: Final = SummaryPlan(
    totals=(
        Measure(name="legs", how="rows", unit="legs of agents"),
        sum_of("handled", "handled", "legs that were handled"),
        Measure(name="conversations", how="distinct", column="conversation_id", unit="different conversations"),
        Measure(name="agents", how="distinct", column="user_id", unit="different agents"),
        _per_handled("average_handle_s", "handle_s", "seconds a handled leg"),
        _per_handled("average_talk_s", "talk_s", "seconds of talk a handled leg"),
        _per_handled("average_hold_s", "hold_s", "seconds on hold a handled leg"),
        _per_handled("average_acw_s", "acw_s", "seconds of after-call work a handled leg"),
    ),
    parts=_SUMS,
    groupings=_GROUPINGS,
    rankings=tuple(
        Ranking(name=name, by=by, measures=("handled", "legs", "conversations", "average_handle_s", "average_acw_s"))
        for name, by in (
            ("queues", ("queue_name", "queue_id")),
            ("users", ("user_name", "user_id")),
            ("wrap_up_codes", ("wrap_up_code_name", "wrap_up_code")),
            ("media_types", ("media_type",)),
        )
    ),
    trends=_trends("handled", "conversations", "average_handle_s"),
    headline=(
        "{agents:agent|agents} handled {handled:leg|legs} of {conversations:conversation|conversations}.",
        "A leg took {average_handle_s} seconds on average.",
    ),
    compared={"handled": "legs that agents handled", "average_handle_s": "the seconds each took on average"},
)


def _check(window: Window, options: Mapping[str, str]) -> None:
    """Raises InvalidRequest for a window that live data cannot cover: 31 days in autumn are an hour too long."""
    if options.get("freshness") != "live":
        return
    start, end = window.bounds
    if end - start > timedelta(days=LONGEST_LIVE_DAYS):
        raise InvalidRequest(
            f"freshness=live covers {LONGEST_LIVE_DAYS} days of 24 hours at most; the window has {window.days} days.",
            hint="Leave freshness out, or ask for a shorter window.",
        )


def _all_legs_said(filters: Sequence[str]) -> Iterator[str]:
    """That a filter chooses conversations: beside the numbers, which seem to be those of the agent or code alone."""
    if filters:
        yield f"All legs of these conversations count, also those that do not match {' and '.join(filters)}."


def details(*, personal: bool) -> ReportType:
    """The literal, with the columns about callers only where they are wanted."""
    of_conversations = (*_OF_CONVERSATIONS, *((*_PERSONAL, *_PERSONAL_OF_CONVERSATIONS) if personal else ()))
    of_legs = (*_OF_LEGS, *(_PERSONAL if personal else ()))

    def narrow(report: ReportType, options: Mapping[str, str]) -> ReportType:
        """One of the layouts."""
        columns, summary = (
            (of_legs, _LEGS_SUMMARY) if options.get("layout") == _LEGS else (of_conversations, _CONVERSATIONS)
        )
        counted = _all_legs_said(report.filters(options))
        return replace(
            report,
            columns=(*_SHARED, *columns),
            summary=replace(summary, headline=(*summary.headline, *counted)),
        )

    return replace(_DETAILS, columns=tuple(dict.fromkeys((*_SHARED, *of_conversations, *of_legs))), narrow=narrow)


_DETAILS: Final = ReportType(
    name="GENESYS_CONVERSATION_DETAILS",
    backend=BACKEND,
    title="Genesys conversation details",
    answers="Which conversations were there, who handled them, how long did each take and how did it end?",
    row="one conversation; with layout=agent_legs one leg of an agent",
    columns=_SHARED,
    max_days=_LONGEST_DAYS,
    roles="analytics:conversationDetail:view (or agentConversationDetail); for names routing:queue:view and "
    "routing:wrapupCode:view",
    caveats_without_rows=(DIVISIONS,),
    caveats=(
        "A conversation belongs to the day on which it began, in the server's time zone.",
        "A conversation may have several agents, queues and wrap-up codes: layout=agent_legs tells them apart.",
        "A filter chooses conversations, with all their legs.",
        "An empty time is not known; 0 is certain.",
        NAMES_MAY_BE_MISSING,
        DIVISIONS,
    ),
    summary=_CONVERSATIONS,
    options=(
        Option(
            name="layout", meaning="A row is; conversations without it.", choices=("conversations", _LEGS), shapes=True
        ),
        Option(
            name="freshness",
            meaning="live: up to now, 31 days at most; archived lags hours.",
            choices=("archived", "live"),
            shapes=True,
        ),
        *FILTERS,
    ),
    check=_check,
)

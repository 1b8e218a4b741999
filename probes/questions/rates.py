"""Readings and rates: what may not be added, and what is one number per another."""

from __future__ import annotations

from calendar import SATURDAY
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import hypot, sqrt
from typing import Final
from zoneinfo import ZoneInfo

from probes.asking import Question, query, report, suggested
from probes.claims import first, picture, row, rows, says, total
from probes.counting import Number, Row, Value, added, distinct, percent, ranked, ratio, where
from probes.days import span
from probes.questions.types import ACTIVE, CHAT, CITED, DETAILED, METRICS, NPS, USAGE
from probes.truth import Truth

_SERVERS: Final = "mcp:server:tool:usage:"
_TOOLS: Final = "message:tools:usage:"
_PER_ANSWER: Final = (
    "SELECT round((SELECT sum(completion_tokens) FROM r1) / (SELECT sum(count) FROM r2), 1) AS tokens_per_answer"
)
_BY_SPACE: Final = (
    "SELECT space, sum(spent) AS spent FROM r1 JOIN (SELECT DISTINCT chat_id, space FROM r2) USING (chat_id) "
    "GROUP BY space ORDER BY spent DESC"
)
_CHAT_FEATURES: Final = ("space_interaction", "context_window_interaction", "select_files_to_chat")

READINGS: Final = (
    Question(
        "How many people are active per day, on average and at most?",
        [report(ACTIVE, "last_quarter")],
        lambda true: [row("periods", "day", *_standing(_readings(true(ACTIVE, "last_quarter"), "day")))],
    ),
    Question(
        "How many people were active in the latest month?",
        [report(ACTIVE, "2026-Q3")],
        lambda true: [row("monthly", "2026-09-30", _readings(true(ACTIVE, "2026-Q3"), "month")[-1][1])],
    ),
    Question(
        "How many people are active in an average week, to set against our licences?",
        [report(ACTIVE, "last_quarter")],
        lambda true: [
            row("periods", "week", _average(_whole_weeks(true, "last_quarter"))),
            says("in an average week"),
        ],
    ),
    Question(
        "How sticky is it?",
        [report(ACTIVE, "last_quarter")],
        lambda true: [
            total("stickiness", percent(_mean(true, "last_quarter", "day"), _mean(true, "last_quarter", "month")))
        ],
    ),
    Question(
        "Are more people active per day than in the quarter before?",
        [report(ACTIVE, "last_quarter", compare_to="previous_period")],
        lambda true: [
            row(
                "periods",
                "day",
                "average",
                _average(_readings(true(ACTIVE, "last_quarter"), "day")),
                _average(_readings(true.before(ACTIVE, "last_quarter"), "day")),
            )
        ],
    ),
    Question(
        "Which tool do most people use on an average day?",
        [report(METRICS, "last_month")],
        lambda true: [first("tools", *_leading(true(METRICS, "last_month"), _TOOLS))],
    ),
    Question(
        "Which MCP server do most people use?",
        [report(METRICS, "last_month")],
        lambda true: [first("mcp_servers", *_leading(true(METRICS, "last_month"), _SERVERS))],
    ),
    Question(
        "Do people use the context window and files in chat?",
        [report(METRICS, "last_month")],
        lambda true: [
            row("chat_features", key, *_average_and_peak(where(true(METRICS, "last_month"), "Metric Key", key)))
            for key in _CHAT_FEATURES
        ],
    ),
)
"""People per day, week and month, and features: numbers that must not be added."""

MEASURES: Final = (
    Question(
        "What is our net promoter score?",
        [report(NPS, "last_quarter")],
        lambda true: [
            total("nps", Decimal(_score(true(NPS, "last_quarter")))),
            total("promoters", len(_promoters(true(NPS, "last_quarter")))),
            total("detractors", len(_detractors(true(NPS, "last_quarter")))),
        ],
    ),
    Question(
        "How sure is that score?",
        [report(NPS, "last_quarter")],
        lambda true: [
            total(name, end)
            for name, end in zip(("nps_low", "nps_high"), _interval(true(NPS, "last_quarter")), strict=True)
        ],
    ),
    Question(
        "Are people more satisfied than in the quarter before, or is that chance?",
        [report(NPS, "last_quarter", compare_to="previous_period")],
        lambda true: [
            row("totals", "nps", *(Decimal(_score(each)) for each in _both(true, "last_quarter"))),
            says(_sure(*_both(true, "last_quarter"))),
        ],
    ),
    Question(
        "How did the score develop month by month?",
        [report(NPS, "2026-Q3")],
        lambda true: [
            row("monthly", month, Decimal(_score(_of_month(true(NPS, "2026-Q3"), month))))
            for month in ("2026-07", "2026-08", "2026-09")
        ],
    ),
    Question(
        "What do a thousand tokens cost?",
        [report(USAGE, "last_month")],
        lambda true: [total("cost_per_1000_tokens", _per_thousand(true(USAGE, "last_month")))],
    ),
    Question(
        "How many tokens does an answer take?",
        [report(USAGE, "last_month"), report(CHAT, "last_month"), query("#1,#2", _PER_ANSWER)],
        lambda true: [
            rows(
                "rows",
                [
                    ratio(
                        added(true(USAGE, "last_month"), "Completion Tokens"),
                        added(true(CHAT, "last_month"), "Count"),
                        1,
                    )
                ],
            )
        ],
    ),
    Question(
        "What did each assistant cost last week, by name?",
        [report(USAGE, "last_week"), report(DETAILED, "last_week"), query("#1,#2", _BY_SPACE)],
        lambda true: [first("rows", *ranked(_by_space(true, "last_week"), "Space", by="Spent")[0])],
    ),
    Question(
        "Which day of last week cost most?",
        [report(USAGE, "last_week")],
        lambda true: [row("daily", *ranked(_by_day(true(USAGE, "last_week")), "Day", by="Spent")[0])],
    ),
    Question(
        "Which documents were cited only once, which are old and hardly cited?",
        [report(CITED, "last_quarter")],
        lambda true: [
            total("cited_once", len(where(true(CITED, "last_quarter"), "Reference Count", "1"))),
            total("never_cited", len(where(true(CITED, "last_quarter"), "Reference Count", "0"))),
        ],
    ),
    Question(
        "At which hour and on which weekday are most questions asked?",
        [report(DETAILED, "last_week"), suggested("download_report_summary")],
        lambda true: [
            row("hours", *ranked(_local(true(DETAILED, "last_week"), "%H:00"), "part")[0]),
            row("weekdays", *ranked(_local(true(DETAILED, "last_week"), "%A"), "part")[0]),
        ],
    ),
    Question(
        "Draw the last 90 days of every space.",
        [report(DETAILED, "last_90_days", split=True), suggested("chart_report")],
        lambda true: [rows("rows", *ranked(true(DETAILED, "last_90_days"), "Space")[:10]), picture()],
    ),
    Question(
        "When is the rush hour of the month?",
        [report(DETAILED, "last_month", split=True)],
        lambda true: [
            says(
                f"The busiest hour began at {ranked(_local(true(DETAILED, 'last_month'), '%H:00'), 'part')[0][0]}, with"
            )
        ],
    ),
    Question(
        "How many messages does a conversation have?",
        [report(DETAILED, "last_week")],
        lambda true: [
            total(
                "messages_per_conversation",
                Decimal(ratio(len(true(DETAILED, "last_week")), distinct(true(DETAILED, "last_week"), "Chat ID"), 2)),
            )
        ],
    ),
)
"""Scores, ratios and parts of the day."""

RATES: Final[tuple[Question, ...]] = (*READINGS, *MEASURES)


# People per day, week and month


def _readings(found: Sequence[Row], period: str) -> list[tuple[date, int]]:
    """Day and value of each reading, oldest first."""
    return sorted(
        (datetime.strptime(each["Date"], "%d.%m.%Y").replace(tzinfo=UTC).date(), int(each["Value"]))
        for each in where(found, "Period", period)
    )


def _average(readings: Sequence[tuple[date, int]]) -> str:
    return ratio(sum(value for _, value in readings), len(readings), 1)


def _whole_weeks(true: Truth, words: str) -> list[tuple[date, int]]:
    """The weeks, Sunday to Saturday, all of whose days are meant by the words."""
    start, _ = span(words, true.today)
    weeks = _readings(true(ACTIVE, words), "week")
    return [(day, people) for day, people in weeks if day.weekday() == SATURDAY and day - timedelta(days=6) >= start]


def _standing(readings: Sequence[tuple[date, int]]) -> tuple[Value, ...]:
    return _average(readings), max(value for _, value in readings)


def _mean(true: Truth, words: str, period: str) -> Decimal:
    values = [value for _, value in _readings(true(ACTIVE, words), period)]
    return Decimal(sum(values)) / len(values)


# Features


def _average_and_peak(found: Sequence[Row]) -> tuple[str, int]:
    values = [int(each["Metric Value"]) for each in found]
    return ratio(sum(values), len(values), 1), max(values)


def _leading(found: Sequence[Row], prefix: str) -> tuple[Value, ...]:
    """Of the metrics that begin so, the one with the highest average: its name, that average, its peak."""
    of_kind = where(found, "Metric Key", lambda key: key.startswith(prefix))
    named = {
        key: _average_and_peak(where(of_kind, "Metric Key", key)) for key in {each["Metric Key"] for each in of_kind}
    }
    key = max(named, key=lambda each: float(named[each][0]))
    return key.removeprefix(prefix), *named[key]


# Scores


def _promoters(answers: Sequence[Row]) -> list[Row]:
    return where(answers, "Score", lambda score: int(score) >= 9)


def _both(true: Truth, words: str) -> tuple[Sequence[Row], Sequence[Row]]:
    return true(NPS, words), true.before(NPS, words)


def _detractors(answers: Sequence[Row]) -> list[Row]:
    return where(answers, "Score", lambda score: int(score) <= 6)


def _score(answers: Sequence[Row]) -> str:
    return ratio(100 * (len(_promoters(answers)) - len(_detractors(answers))), len(answers), 1)


def _interval(answers: Sequence[Row]) -> tuple[Decimal, Decimal]:
    """Adjusted Wald with three answers added, 95 % (Rocks 2016)."""
    count = len(answers) + 3
    good, bad = (len(_promoters(answers)) + 0.75) / count, (len(_detractors(answers)) + 0.75) / count
    spread = 1.959963985 * sqrt((good + bad - (good - bad) ** 2) / count)
    low, high = (
        Decimal(round(100 * end, 1)).quantize(Decimal("0.1")) for end in (good - bad - spread, good - bad + spread)
    )
    return low, high


def _sure(answers: Sequence[Row], before: Sequence[Row]) -> str:
    """How sure the change is: by MOVER, from the scores and intervals as they are shown."""
    (score, low, high), (old, old_low, old_high) = (
        tuple(map(float, (_score(side), *_interval(side)))) for side in (answers, before)
    )
    least, most = score - old - hypot(score - low, old_high - old), score - old + hypot(high - score, old - old_low)
    chance = ": it may be chance" if least <= 0 <= most else ""
    return f"the change is between {_points(least)} and {_points(most)}{chance}."


def _points(points: float) -> str:
    return f"{round(points, 1):g}"


def _of_month(answers: Sequence[Row], month: str) -> list[Row]:
    return [answer for answer, when in zip(answers, _local(answers, "%Y-%m"), strict=True) if when["part"] == month]


# Money, and parts of the day


def _per_thousand(calls: Sequence[Row]) -> Number:
    tokens = Decimal(added(calls, "Input Tokens") + added(calls, "Completion Tokens"))
    return (1000 * Decimal(added(calls, "Spent")) / tokens).quantize(Decimal("0.000001"))


def _by_space(true: Truth, words: str) -> list[Row]:
    """What each call cost, and the name of the space of its conversation."""
    spaces = {each["Chat ID"]: each["Space"] for each in true(DETAILED, words)}
    return [{"Space": spaces[call["Chat ID"]], "Spent": call["Spent"]} for call in true(USAGE, words)]


def _by_day(calls: Sequence[Row]) -> list[Row]:
    days = _local(calls, "%Y-%m-%d")
    return [{"Day": day["part"], "Spent": call["Spent"]} for call, day in zip(calls, days, strict=True)]


def _local(found: Sequence[Row], part: str) -> list[Row]:
    """This part of the moment of each row, in Europe/Zurich."""
    moments = (datetime.fromisoformat(each.get("Timestamp") or each["Created At"]) for each in found)
    return [{"part": moment.astimezone(ZoneInfo("Europe/Zurich")).strftime(part)} for moment in moments]

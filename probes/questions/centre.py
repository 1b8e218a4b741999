"""What the contact centre is asked: queues, handle time, reasons, service level, agents, media, days and half hours.

Who asks what is from genesys-api.md section 10. Counts and averages rest on the metrics of the raw conversations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from probes.asking import Call, Question, chart, query, report
from probes.claims import Claim, first, picture, refused, row, rows, says, size, total
from probes.counting import Row, Value, added, changed, percent, ranked, ratio, where
from probes.days import span
from probes.truth import Truth

AGGREGATES: Final = "GENESYS_CONVERSATION_AGGREGATES"
DETAILS: Final = "GENESYS_CONVERSATION_DETAILS"
_QUEUE: Final = ("queueName", "queueId")
_AGENT: Final = ("userName", "userId")
_REASON: Final = ("wrapUpCodeName", "wrapUpCode")
_LONGEST: Final = (
    "SELECT queue_name, round(sum(t_handle_sum_ms) / sum(t_handle_count) / 1000, 1) AS seconds FROM report "
    "WHERE t_handle_count > 0 GROUP BY 1 ORDER BY 2 DESC, 1"
)
_LEGS: Final = (
    "SELECT user_name, count(*) AS legs FROM report WHERE handled = 1 GROUP BY user_name, user_id ORDER BY 2 DESC, 1"
)


def _ranked(found: Iterable[Row], name_and_id: tuple[str, str]) -> list[tuple[Value, ...]]:
    """Names with their numbers: ids tell groups apart, and an answer leaves them out where there is no room."""
    return [(name, number) for name, _, number in ranked(found, *name_and_id)]


def _busiest(found: Iterable[Row]) -> list[Claim]:
    """What is said of the busiest half hour; nothing where two are equally busy."""
    (began, most), (_, next_most) = ranked(found, "half_hour")[:2]
    return [says(f"The busiest half hour began at {began}", f": {most} were offered.")] if most != next_most else []


VOLUMES: Final[tuple[Question, ...]] = (
    Question(
        "How many conversations were offered last month, and how many did agents handle?",
        [report(AGGREGATES, "last_month")],
        lambda true: [
            total("n_offered", len(true("nOffered", "last_month"))),
            total("handled", len(true("tHandle", "last_month"))),
        ],
    ),
    Question(
        "Which queue handled most last week?",
        [report(AGGREGATES, "last_week", group_by="queue")],
        lambda true: [first("queues", *_ranked(true("tHandle", "last_week"), _QUEUE)[0])],
    ),
    Question(
        "What is each queue called that had anything offered last month?",
        [
            report(AGGREGATES, "last_month", group_by="queue"),
            query("#1", "SELECT DISTINCT queue_name FROM report WHERE n_offered_count > 0 ORDER BY 1"),
        ],
        lambda true: [
            rows("rows", *[[name] for name in sorted({each["queueName"] for each in true("nOffered", "last_month")})])
        ],
    ),
    Question(
        "By which media do people reach us?",
        [report(AGGREGATES, "last_month", group_by="media_type")],
        lambda true: [row("media_types", *each) for each in ranked(true("tHandle", "last_month"), "mediaType")[:3]],
    ),
    Question(
        "How many calls out were there?",
        [report(AGGREGATES, "last_month", group_by="direction")],
        lambda true: [row("directions", *each) for each in ranked(true("tHandle", "last_month"), "direction")],
    ),
    Question(
        "Which day of last week was the busiest?",
        [report(AGGREGATES, "last_week")],
        lambda true: [row("daily", *ranked(true("nOffered", "last_week"), "day")[0])],
    ),
    Question(
        "At which hour of the day and on which weekday are most offered?",
        [
            report(AGGREGATES, "last_week", granularity="PT30M"),
            Call("download_report_summary", {"order_id": "#1", "top": 50, "response_format": "detailed"}),
        ],
        lambda true: [
            row("hours_of_the_day", *ranked(true("nOffered", "last_week"), "hour")[0]),
            row("weekdays", *ranked(true("nOffered", "last_week"), "weekday")[0]),
        ],
    ),
    Question(
        "When was it busiest last month, to the half hour?",
        [report(AGGREGATES, "last_month", granularity="PT30M")],
        lambda true: _busiest(true("nOffered", "last_month")),
    ),
    Question(
        "In which half hour of last week were most offered?",
        [
            report(AGGREGATES, "last_week", granularity="PT30M"),
            query(
                "#1",
                "SELECT max(n) FROM (SELECT sum(n_offered_count) AS n FROM report GROUP BY interval_start)",
            ),
        ],
        lambda true: [rows("rows", ranked(true("nOffered", "last_week"), "half_hour")[0][1:])],
    ),
    Question(
        "Were more offered than in the month before?",
        [report(AGGREGATES, "last_month", compare_to="previous_period")],
        lambda true: [
            row(
                "totals",
                "n_offered",
                *changed(len(true("nOffered", "last_month")), len(true.before("nOffered", "last_month"))),
            )
        ],
    ),
    Question(
        "Draw what the queues handled.",
        [report(AGGREGATES, "last_month", group_by="queue"), chart(by="queues")],
        lambda true: [
            picture(),
            rows("rows", *_ranked(true("tHandle", "last_month"), _QUEUE)),
        ],
    ),
)
"""How much there was, where and when."""

QUALITY: Final[tuple[Question, ...]] = (
    Question(
        "What is our average handle time, and of what is it made?",
        [report(AGGREGATES, "last_month")],
        lambda true: [
            total(name, _average_s(true(metric, "last_month")))
            for name, metric in (
                ("average_handle_s", "tHandle"),
                ("average_talk_s", "tTalkComplete"),
                ("average_hold_s", "tHeldComplete"),
                ("average_acw_s", "tAcw"),
            )
        ],
    ),
    Question(
        "Which queue has the longest handle time?",
        [report(AGGREGATES, "last_month", group_by="queue"), query("#1", _LONGEST)],
        lambda true: [first("rows", *_longest(true("tHandle", "last_month")))],
    ),
    Question(
        "How many gave up, and how long had they waited?",
        [report(AGGREGATES, "last_month")],
        lambda true: [
            total("abandoned", len(true("tAbandon", "last_month"))),
            total("average_abandon_s", _average_s(true("tAbandon", "last_month"))),
            total(
                "abandon_rate_percent",
                percent(len(true("tAbandon", "last_month")), len(true("nOffered", "last_month"))),
            ),
        ],
    ),
    Question(
        "How long does it take until somebody answers?",
        [report(AGGREGATES, "last_week")],
        lambda true: [
            total("answered", len(true("tAnswered", "last_week"))),
            total("average_speed_of_answer_s", _average_s(true("tAnswered", "last_week"))),
        ],
    ),
    Question(
        "How long do callers wait, without the e-mails?",
        [report(AGGREGATES, "last_month", media_type="voice")],
        lambda true: [
            says("without media_type=voice, waits and service level mix them"),
            total("answered", len(where(true("tAnswered", "last_month"), "mediaType", "voice"))),
        ],
    ),
    Question(
        "What is our service level?",
        [report(AGGREGATES, "last_month")],
        lambda true: [total("service_level_percent", _service_level(true("oServiceLevel", "last_month")))],
    ),
    Question(
        "And that of the French support alone?",
        [report(AGGREGATES, "last_month", queue="support fr")],
        lambda true: [
            total("service_level_percent", _service_level(_of(true("oServiceLevel", "last_month"), "Support FR"))),
            total("n_offered", len(_of(true("nOffered", "last_month"), "Support FR"))),
        ],
    ),
    Question(
        "Why do people call?",
        [report(AGGREGATES, "last_month", group_by="wrap_up_code", media_type="voice")],
        lambda true: [
            first("wrap_up_codes", *_ranked(where(true("tHandle", "last_month"), "mediaType", "voice"), _REASON)[0])
        ],
    ),
    Question(
        "Which agent handled most, and how many transfers were there?",
        [report(AGGREGATES, "last_month", group_by="user")],
        lambda true: [
            first("users", *_ranked(true("tHandle", "last_month"), _AGENT)[0]),
            total("n_transferred", len(true("nTransferred", "last_month"))),
        ],
    ),
)
"""How long it took, and how well it went."""

CONVERSATIONS: Final[tuple[Question, ...]] = (
    Question(
        "How many conversations began in October, and how many were given up?",
        [report(DETAILS, "2026-10")],
        lambda true: _begun(true, "2026-10"),
    ),
    Question(
        "And among the most recent ones, up to now?",
        [report(DETAILS, "last_7_days", freshness="live")],
        lambda true: [*_begun(true, "last_7_days"), says("conversations may still change")],
    ),
    Question(
        "Who handled how many legs in October?",
        [report(DETAILS, "2026-10", layout="agent_legs"), query("#1", _LEGS)],
        lambda true: [rows("rows", *_ranked(true("legs", "2026-10"), _AGENT))],
    ),
    Question(
        "What about complaints alone?",
        [report(DETAILS, "2026-10", layout="agent_legs", wrap_up_code="Beschwerde")],
        lambda _: [says("All legs of these conversations count, also those that do not match wrap_up_code.")],
    ),
    Question(
        "What does the contact centre offer to ask?",
        [Call("describe_reports")],
        lambda _: [size("reports", 2), row("reports", AGGREGATES), row("reports", DETAILS)],
    ),
    Question(
        "How is Support DF doing?",
        [report(AGGREGATES, "last_month", queue="Support DF")],
        lambda _: [refused("'Support DF'", "'Support DE'", "'Support FR'")],
    ),
    Question(
        "Every quarter of an hour of the last quarter?",
        [report(AGGREGATES, "last_quarter", granularity="PT15M")],
        lambda true: [refused(f"{_days('last_quarter', true)} days in buckets of PT15M", "at most 31 days")],
    ),
    Question(
        "Live conversations of the whole last quarter?",
        [report(DETAILS, "last_quarter", freshness="live")],
        lambda _: [refused("freshness=live covers 31 days")],
    ),
)
"""Conversations one by one, and what cannot be."""

CENTRE: Final = (*VOLUMES, *QUALITY, *CONVERSATIONS)
"""All of them, in the order they are asked."""


def _average_s(found: Sequence[Row]) -> str:
    """Milliseconds as seconds each, to one decimal."""
    return ratio(added(found, "value"), 1000 * len(found), 1)


def _longest(handled: Sequence[Row]) -> tuple[Value, ...]:
    by_queue = {name: _average_s(_of(handled, name)) for name in {each["queueName"] for each in handled}}
    return min(by_queue.items(), key=lambda each: (-Decimal(each[1]), each[0]))


def _of(found: Sequence[Row], queue: str) -> list[Row]:
    return where(found, "queueName", queue)


def _service_level(found: Sequence[Row]) -> str:
    return percent(added(found, "value"), len(found))


def _begun(true: Truth, words: str) -> list[Claim]:
    begun = true("conversations", words)
    return [
        total("conversations", len(begun)),
        total("handled", added(begun, "handled")),
        total("abandoned", added(begun, "abandoned")),
    ]


def _days(words: str, true: Truth) -> int:
    first_day, last_day = span(words, true.today)
    return (last_day - first_day).days + 1

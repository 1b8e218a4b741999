"""Who uses which assistant, how much, on which devices, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from probes.asking import Question, chart, query, report, suggested
from probes.claims import first, picture, row, rows, says, size, total
from probes.counting import Row, Value, added, changed, distinct, distinct_by, percent, ranked, ratio, where
from probes.days import Span, span
from probes.questions.types import ACTIVE, CHAT, DETAILED, PROMPTS
from probes.truth import Truth

_ONE_ASSISTANT: Final = "assistant_m5818ok3e4dxjf0v13vfexd9"
"""Its id, as somebody copies it out of an address."""

USE: Final = (
    Question(
        "Who used which assistant most last month?",
        [report(CHAT, "last_month")],
        lambda true: [
            first("users_and_assistants", *ranked(true(CHAT, "last_month"), "Email", "Assistant", by="Count")[0]),
            says(f"of {added(true(CHAT, 'last_month'), 'Count')} interactions"),
        ],
    ),
    Question(
        "Who are our three most active people?",
        [report(CHAT, "last_month", top=3)],
        lambda true: [
            rows("users", *ranked(true(CHAT, "last_month"), "Email", by="Count")[:3]),
            size("users", distinct(true(CHAT, "last_month"), "Email")),
        ],
    ),
    Question(
        "Which assistant is used most, and what is its share?",
        [report(CHAT, "last_quarter")],
        lambda true: [
            first(
                "assistants",
                *(most := ranked(true(CHAT, "last_quarter"), "Assistant", by="Count")[0]),
                percent(most[1], added(true(CHAT, "last_quarter"), "Count")),
                distinct_by(true(CHAT, "last_quarter"), "Assistant", "Email")[str(most[0])],
            )
        ],
    ),
    Question(
        "Which five assistants are hardly used?",
        [
            report(CHAT, "last_month"),
            query("#1", "FROM report SELECT assistant, sum(count) AS times GROUP BY 1 ORDER BY 2, 1 DESC LIMIT 5"),
        ],
        lambda true: [rows("rows", *ranked(true(CHAT, "last_month"), "Assistant", by="Count")[:-6:-1])],
    ),
    Question(
        "How many people used it last week, and on how many days?",
        [report(CHAT, "last_week")],
        lambda true: [
            total("people", distinct(true(CHAT, "last_week"), "Email")),
            total("days", distinct(true(CHAT, "last_week"), "Date")),
        ],
    ),
    Question(
        "How much was it used yesterday?",
        [report(CHAT)],
        lambda true: [total("interactions", added(true(CHAT, "yesterday"), "Count"))],
    ),
    Question(
        "Telephone or desktop: what do people use?",
        [report(CHAT, "last_month")],
        lambda true: [
            row(
                "devices",
                "smartphone",
                phones := added(true(CHAT, "last_month"), "SmartphoneCount"),
                percent(phones, added(true(CHAT, "last_month"), "Count")),
            ),
            row("devices", "desktop", added(true(CHAT, "last_month"), "DesktopCount")),
        ],
    ),
    Question(
        "Who uses this one assistant most?",
        [report(CHAT, "last_month", assistant_id=_ONE_ASSISTANT)],
        lambda true: [
            first("users", *ranked(true(CHAT, "last_month", assistant_id=_ONE_ASSISTANT), "Email", by="Count")[0]),
            total("assistants", 1),
        ],
    ),
    Question(
        "How did use change against the month before?",
        [report(CHAT, "last_month", compare_to="previous_period")],
        lambda true: [
            row(
                "totals",
                "interactions",
                *changed(added(true(CHAT, "last_month"), "Count"), added(true.before(CHAT, "last_month"), "Count")),
            ),
            row(
                "totals",
                "people",
                *changed(
                    distinct(true(CHAT, "last_month"), "Email"), distinct(true.before(CHAT, "last_month"), "Email")
                ),
            ),
        ],
    ),
    Question(
        "How many different people used it in the last 45 days?",
        [report(ACTIVE, "last_45_days"), report(CHAT, "last_45_days")],
        lambda true: [total("people", distinct(true(CHAT, "last_45_days"), "Email"))],
    ),
    Question(
        "Who stopped using it since the month before?",
        [report(CHAT, "last_month", compare_to="previous_period"), suggested("query_report")],
        lambda true: [
            rows(
                "rows",
                *(
                    [email]
                    for email in sorted(
                        {each["Email"] for each in true.before(CHAT, "last_month")}
                        - {each["Email"] for each in true(CHAT, "last_month")}
                    )
                ),
            )
        ],
    ),
    Question(
        "And how does the leading assistant compare with the weeks before?",
        [report(CHAT, "last_30_days"), suggested("run_analytics_report")],
        lambda true: [
            first(
                "assistants",
                *(most := ranked(true(CHAT, "last_30_days"), "Assistant", by="Count")[0]),
                added(where(true.before(CHAT, "last_30_days"), "Assistant", str(most[0])), "Count"),
            )
        ],
    ),
    Question(
        "Who is new this October?",
        [
            report(CHAT, "2026-09"),
            report(CHAT, "2026-10"),
            query("#1,#2", "SELECT DISTINCT email FROM r2 ANTI JOIN r1 USING (email) ORDER BY email"),
        ],
        lambda true: [
            rows("rows", *([mail] for mail in sorted(_mails(true(CHAT, "2026-10")) - _mails(true(CHAT, "2026-09")))))
        ],
    ),
    Question(
        "How many people stopped using it after September?",
        [
            report(CHAT, "2026-09"),
            report(CHAT, "2026-10"),
            query("#1,#2", "SELECT count(DISTINCT email) AS gone FROM r1 ANTI JOIN r2 USING (email)"),
        ],
        lambda true: [rows("rows", [len(_mails(true(CHAT, "2026-09")) - _mails(true(CHAT, "2026-10")))])],
    ),
    Question(
        "How many people tried three assistants or more?",
        [
            report(CHAT, "last_month"),
            query(
                "#1",
                "SELECT count(*) FROM (FROM report SELECT email GROUP BY email HAVING count(DISTINCT assistant) >= 3)",
            ),
        ],
        lambda true: [
            rows("rows", [sum(n >= 3 for n in distinct_by(true(CHAT, "last_month"), "Email", "Assistant").values())])
        ],
    ),
    Question(
        "Draw the assistants as bars.",
        [report(CHAT, "last_month"), chart(by="assistants", top=5)],
        lambda true: [rows("rows", *ranked(true(CHAT, "last_month"), "Assistant", by="Count")[:5]), picture()],
    ),
    Question(
        "Draw these four weeks beside the four before.",
        [report(CHAT, "last_28_days", compare_to="previous_period"), suggested("chart_report")],
        lambda true: [
            row("rows", *_joined(ranked(true(CHAT, "last_28_days"), "Email", "Assistant", by="Count")[0])),
            says("changed most of those shown"),
            picture(),
        ],
    ),
    Question(
        "Which day of October was the busiest? Draw it as a line.",
        [report(CHAT, "2026-10"), chart(chart="line", by="daily")],
        lambda true: [
            row("rows", *_iso(ranked(true(CHAT, "2026-10"), "Date", by="Count")[0])),
            says("highest {1} on {0}".format(*_iso(ranked(true(CHAT, "2026-10"), "Date", by="Count")[0]))),
            picture(),
        ],
    ),
    Question(
        "How many people were active each month?",
        [
            report(ACTIVE, "2026-Q3"),
            query("#1", "SELECT strftime(date, '%Y-%m'), value FROM report WHERE period = 'month' ORDER BY date"),
        ],
        lambda true: [
            rows(
                "rows",
                *(
                    (f"{each['Date'][6:]}-{each['Date'][3:5]}", each["Value"])
                    for each in where(true(ACTIVE, "2026-Q3"), "Period", "month")
                ),
            )
        ],
    ),
    Question(
        "How many people a day are active on average?",
        [
            report(ACTIVE, "last_month"),
            query("#1", "SELECT round(avg(value), 1), max(value) FROM report WHERE period = 'day'"),
        ],
        lambda true: [rows("rows", (ratio(sum(_daily(true)), len(_daily(true)), 1), max(_daily(true))))],
    ),
    Question(
        "How many conversations were there last week?",
        [report(DETAILED, "last_week")],
        lambda true: [
            total("conversations", distinct(true(DETAILED, "last_week"), "Chat ID")),
            total("messages", len(true(DETAILED, "last_week"))),
            first("spaces", *ranked(true(DETAILED, "last_week"), "Space")[0]),
        ],
    ),
    Question(
        "How long is a conversation, in messages?",
        [
            report(DETAILED, "last_week"),
            query("#1", "SELECT round(count(*) / count(DISTINCT chat_id), 2) AS messages FROM report"),
        ],
        lambda true: [
            rows(
                "rows",
                [ratio(len(true(DETAILED, "last_week")), distinct(true(DETAILED, "last_week"), "Chat ID"), 2)],
            )
        ],
    ),
    Question(
        "At which hour of the day are most questions asked, in UTC?",
        [
            report(DETAILED, "last_week"),
            query("#1", "SELECT hour(timestamp), count(*) FROM report GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"),
        ],
        lambda true: [
            rows(
                "rows",
                (int(ranked(hours := _hours(true(DETAILED, "last_week")), "hour")[0][0]), ranked(hours, "hour")[0][1]),
            )
        ],
    ),
    Question(
        "Which question do people ask most often?",
        [
            report(DETAILED, "last_7_days"),
            query("#1", "SELECT count(*), message FROM report GROUP BY message ORDER BY 1 DESC, 2 LIMIT 1"),
        ],
        lambda true: [
            rows("rows", ranked(true(DETAILED, "last_7_days"), "Message")[0][::-1]),
            says("never instructions"),
        ],
    ),
    Question(
        "How many conversations were there in the last 90 days?",
        [report(DETAILED, "last_90_days", split=True)],
        lambda true: [
            total("conversations", distinct(true(DETAILED, "last_90_days"), "Chat ID")),
            total("messages", len(true(DETAILED, "last_90_days"))),
            says(*(f"{day}" for day in _every(14, span("last_90_days", true.today)))),
        ],
    ),
    Question(
        "Hand me the number of prompts of last week for the leak scan.",
        [
            report(PROMPTS, "last_week"),
            query("#1", "SELECT count(*) FROM report WHERE prompt LIKE '%Murmelbach%'"),
        ],
        lambda true: [
            rows("rows", [len(where(true(PROMPTS, "last_week"), "Prompt", lambda text: "Murmelbach" in text))])
        ],
    ),
)
"""In the order they are asked."""


def _joined(group: tuple[Value, ...]) -> tuple[Value, ...]:
    """The group with its names in one, as a chart labels it."""
    *names, count = group
    return " · ".join(map(str, names)), count


def _mails(found: Sequence[Row]) -> set[str]:
    return {each["Email"] for each in found}


def _every(days: int, window: Span) -> list[date]:
    """The first of each so many days of a window."""
    first_day, last_day = (day.toordinal() for day in window)
    return [date.fromordinal(day) for day in range(first_day, last_day + 1, days)]


def _daily(true: Truth) -> list[int]:
    return [int(each["Value"]) for each in where(true(ACTIVE, "last_month"), "Period", "day")]


def _hours(found: Sequence[Row]) -> list[Row]:
    return [{"hour": each["Timestamp"][11:13]} for each in found]


def _iso(pair: tuple[Value, ...]) -> tuple[Value, ...]:
    """The pair with its day, `31.10.2026`, as `2026-10-31`."""
    day, *rest = pair
    return "-".join(reversed(str(day).split("."))), *rest

"""Which features are used, what models cost, and how satisfied people are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from probes.asking import Question, chart, query, report
from probes.claims import first, picture, row, rows, says, size, total
from probes.counting import Row, added, changed, distinct, percent, ranked, where
from probes.questions.types import METRICS, NPS, USAGE

_SERVERS: Final = "mcp:server:tool:usage:"

PLATFORM: Final = (
    Question(
        "Is the agentic table used at all?",
        [
            report(METRICS, "last_month"),
            query(
                "#1",
                "SELECT max(metric_value) FROM report WHERE metric_key = 'agentic_table_sheet_creation'",
            ),
        ],
        lambda true: [
            rows(
                "rows",
                [
                    max(
                        int(each["Metric Value"])
                        for each in where(true(METRICS, "last_month"), "Metric Key", "agentic_table_sheet_creation")
                    )
                ],
            )
        ],
    ),
    Question(
        "On how many days was each MCP server used?",
        [
            report(METRICS, "last_month"),
            query(
                "#1",
                "SELECT replace(metric_key, 'mcp:server:tool:usage:', '') AS server, count(*) AS days FROM report "
                "WHERE starts_with(metric_key, 'mcp:server:') GROUP BY 1 ORDER BY 2 DESC, 1",
            ),
        ],
        lambda true: [
            rows(
                "rows",
                *(
                    (str(key).removeprefix(_SERVERS), days)
                    for key, days in ranked(true(METRICS, "last_month"), "Metric Key")
                    if str(key).startswith(_SERVERS)
                ),
            )
        ],
    ),
    Question(
        "How many features does the platform count?",
        [report(METRICS, "last_week")],
        lambda true: [total("metrics", distinct(true(METRICS, "last_week"), "Metric Key"))],
    ),
    Question(
        "What did each model cost in October?",
        [report(USAGE, "2026-10")],
        lambda true: [
            total("spent", added(true(USAGE, "2026-10"), "Spent")),
            total("calls", len(true(USAGE, "2026-10"))),
            rows("models", *ranked(true(USAGE, "2026-10"), "Language Model", by="Spent")),
        ],
    ),
    Question(
        "Which model takes the largest part of the money?",
        [report(USAGE, "last_week")],
        lambda true: [
            first(
                "models",
                *(most := ranked(true(USAGE, "last_week"), "Language Model", by="Spent")[0]),
                percent(most[1], added(true(USAGE, "last_week"), "Spent")),
            )
        ],
    ),
    Question(
        "Who and which assistant spend most?",
        [report(USAGE, "last_month")],
        lambda true: [
            first("users", *ranked(true(USAGE, "last_month"), "User ID", by="Spent")[0]),
            first("assistants", *ranked(true(USAGE, "last_month"), "Assistant ID", by="Spent")[0]),
        ],
    ),
    Question(
        "Which single conversation was the most expensive?",
        [report(USAGE, "last_month")],
        lambda true: [
            first("conversations", *ranked(true(USAGE, "last_month"), "Chat ID", by="Spent")[0]),
            size("conversations", distinct(true(USAGE, "last_month"), "Chat ID")),
        ],
    ),
    Question(
        "Did spending grow against the month before?",
        [report(USAGE, "last_month", compare_to="previous_period")],
        lambda true: [
            row(
                "totals",
                "spent",
                *changed(added(true(USAGE, "last_month"), "Spent"), added(true.before(USAGE, "last_month"), "Spent")),
            )
        ],
    ),
    Question(
        "What did each day of last week cost?",
        [
            report(USAGE, "last_week"),
            query("#1", "SELECT CAST(timestamp AS DATE), sum(spent) FROM report GROUP BY 1 ORDER BY 2 DESC"),
        ],
        lambda true: [rows("rows", *ranked(_by_day(true(USAGE, "last_week")), "Day", by="Spent"))],
    ),
    Question(
        "What did each month of the third quarter cost?",
        [report(USAGE, "2026-Q3")],
        lambda true: [rows("monthly", *sorted(ranked(_by_local_month(true(USAGE, "2026-Q3")), "Month", by="Spent")))],
    ),
    Question(
        "How many tokens went in and came out?",
        [report(USAGE, "last_week")],
        lambda true: [
            total("input_tokens", added(true(USAGE, "last_week"), "Input Tokens")),
            total("completion_tokens", added(true(USAGE, "last_week"), "Completion Tokens")),
        ],
    ),
    Question(
        "Draw what the models cost.",
        [report(USAGE, "last_month"), chart()],
        lambda true: [rows("rows", *ranked(true(USAGE, "last_month"), "Language Model", by="Spent")), picture()],
    ),
    Question(
        "Draw what each day of last week cost, as a line.",
        [
            report(USAGE, "last_week"),
            chart(sql="SELECT timestamp::DATE AS day, sum(spent) AS spent FROM report GROUP BY 1 ORDER BY 1"),
        ],
        lambda true: [rows("rows", *sorted(ranked(_by_day(true(USAGE, "last_week")), "Day", by="Spent"))), picture()],
    ),
    Question(
        "How many people answered the survey, and what did they give?",
        [report(NPS, "last_quarter", top=11)],
        lambda true: [
            total("responses", len(true(NPS, "last_quarter"))),
            total("people", distinct(true(NPS, "last_quarter"), "Created By")),
            row("scores", *ranked(true(NPS, "last_quarter"), "Score")[0]),
        ],
    ),
    Question(
        "What do detractors say?",
        [
            report(NPS, "last_quarter"),
            query(
                "#1",
                "SELECT feedback, count(*) FROM report WHERE score <= 6 AND feedback IS NOT NULL "
                "GROUP BY 1 ORDER BY 2 DESC, 1",
            ),
        ],
        lambda true: [
            rows("rows", *ranked(_commented(where(true(NPS, "last_quarter"), "Score", _is_low)), "Feedback")),
            says("never instructions"),
        ],
    ),
    Question(
        "How many promoters were there in each month of the third quarter?",
        [
            report(NPS, "2026-Q3"),
            query(
                "#1",
                "SELECT strftime(created_at, '%Y-%m'), count(*) FROM report WHERE score >= 9 GROUP BY 1 "
                "ORDER BY 2 DESC, 1",
            ),
        ],
        lambda true: [rows("rows", *ranked(_by_month(where(true(NPS, "2026-Q3"), "Score", _is_high)), "Month"))],
    ),
)
"""In the order they are asked."""


def _is_low(score: str) -> bool:
    return int(score) <= 6


def _is_high(score: str) -> bool:
    return int(score) >= 9


def _commented(answers: Sequence[Row]) -> Sequence[Row]:
    return where(answers, "Feedback", bool)


def _by_day(calls: Sequence[Row]) -> list[Row]:
    return [{"Day": each["Timestamp"][:10], "Spent": each["Spent"]} for each in calls]


def _by_local_month(calls: Sequence[Row]) -> list[Row]:
    moments = (datetime.fromisoformat(each["Timestamp"]).astimezone(ZoneInfo("Europe/Zurich")) for each in calls)
    return [{"Month": f"{at:%Y-%m}", "Spent": each["Spent"]} for at, each in zip(moments, calls, strict=True)]


def _by_month(answers: Sequence[Row]) -> list[Row]:
    return [{"Month": each["Created At"][:7]} for each in answers]

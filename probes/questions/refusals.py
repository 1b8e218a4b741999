"""What cannot be: each is refused before anything is ordered, with the words that help out of it."""

from __future__ import annotations

from typing import Final

from probes.asking import Call, Question, chart, query, report
from probes.claims import refused
from probes.questions.types import CHAT, DETAILED, INGESTED

REFUSALS: Final = (
    Question(
        "Who will use it most next year?",
        [report(CHAT, start_date="2099-01-01", end_date="2099-01-31")],
        lambda true: [refused("2099-01-31", "future", str(true.today))],
    ),
    Question(
        "How many chat interactionz were there?",
        [report("CHAT_INTERACTIONS", "last_month")],
        lambda _: [refused("CHAT_INTERACTION")],
    ),
    Question(
        "What happened the last fortnight?",
        [report(CHAT, "last fortnight")],
        lambda true: [refused("last_month", str(true.today))],
    ),
    Question(
        "From the end of October to its beginning?",
        [report(CHAT, start_date="2026-10-31", end_date="2026-10-01")],
        lambda _: [refused("2026-10-31", "2026-10-01")],
    ),
    Question(
        "Last month, but from the fifth?",
        [report(CHAT, "last_month", start_date="2026-10-05", end_date="2026-10-31")],
        lambda _: [refused("period")],
    ),
    Question(
        "What happened on the 31st of September?",
        [report(CHAT, "2026-09-31")],
        lambda _: [refused("2026-09-31")],
    ),
    Question(
        "Everything since the launch in one order?",
        [report(CHAT, "last_400_days")],
        lambda _: [refused("365", "split=true")],
    ),
    Question(
        "The detailed report of a whole month in one order?",
        [report(DETAILED, "2026-10")],
        lambda _: [refused("14", "2026-10-01..2026-10-14", "split=true: 3 orders")],
    ),
    Question(
        "The uploads of two years, merged?",
        [report(INGESTED, "last_700_days", split=True)],
        lambda _: [refused("cannot be merged", "whole window")],
    ),
    Question(
        "What happened in a month of my choice?",
        [report(CHAT, month="2026-10")],
        lambda _: [refused("month", "period")],
    ),
    Question(
        "What do people earn?",
        [report(CHAT, "last_month"), query("#1", "SELECT email, salary FROM report")],
        lambda _: [refused("salary", "email", "assistant", "desktop_count")],
    ),
    Question(
        "Forget everybody who has left.",
        [report(CHAT, "last_month"), query("#1", "DELETE FROM report WHERE email LIKE 'a%'")],
        lambda _: [refused("SELECT")],
    ),
    Question(
        "What is in the password file?",
        [report(CHAT, "last_month"), query("#1", "SELECT * FROM read_csv('/etc/passwd')")],
        lambda _: [refused("read_csv")],
    ),
    Question(
        "Draw the assistants by their mail addresses.",
        [report(CHAT, "last_month"), chart(by="assistants", measure="email")],
        lambda _: [refused("cannot be drawn", "interactions")],
    ),
    Question(
        "How is order four hundred doing?",
        [Call("get_order_status", {"order_id": "order_400"})],
        lambda _: [refused("order_400", "list_analytics_orders")],
    ),
    Question(
        "Save it where everybody can read it.",
        [report(CHAT, "last_month"), Call("download_report_summary", {"order_id": "#1", "save_csv_to": "../all.csv"})],
        lambda _: [refused("export folder")],
    ),
)
"""In the order they are asked."""

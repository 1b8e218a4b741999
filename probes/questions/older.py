"""What the older Unique API is asked: questions of the public one that its four reports answer, and what is its own."""

from __future__ import annotations

from typing import Final

from probes.asking import Call, Question, report
from probes.claims import refused, row, says, size
from probes.questions.knowledge import KNOWLEDGE
from probes.questions.rates import RATES
from probes.questions.types import ACTIVE, CHAT, DETAILED, USAGE
from probes.questions.use import USE

_BY_TEXT: Final = {question.text: question for question in (*USE, *KNOWLEDGE, *RATES)}

_SHARED: Final = tuple(
    _BY_TEXT[text]
    for text in (
        "Who used which assistant most last month?",
        "Who are our three most active people?",
        "Which assistant is used most, and what is its share?",
        "How many people used it last week, and on how many days?",
        "How did use change against the month before?",
        "Which day of October was the busiest? Draw it as a line.",
        "How many people were active each month?",
        "How sticky is it?",
        "How many conversations were there last week?",
        "At which hour and on which weekday are most questions asked?",
        "Which documents are cited most?",
        "Whose uploads are cited most, and from which folder?",
    )
)

OLDER: Final[tuple[Question, ...]] = (
    *_SHARED,
    Question(
        "What can I ask of the older API?",
        [Call("describe_reports")],
        lambda _: [size("reports", 4), row("reports", CHAT), row("reports", DETAILED), row("reports", ACTIVE)],
    ),
    Question(
        "May I rely on these numbers next year?",
        [report(ACTIVE, "2026-Q3")],
        lambda _: [says("The vendor gives no promise for this older API")],
    ),
    Question(
        "What did each model cost, by the older API?",
        [report(USAGE, "last_month")],
        lambda _: [refused(USAGE, CHAT)],
    ),
)
"""All of them, in the order they are asked."""

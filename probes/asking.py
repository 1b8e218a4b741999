"""One question put to a connected server, as an agent that chose the right calls would put it.

A call's argument may be `#1`, `#2`, …: the order behind the question's first, second, … answer. A call without
arguments of its own may be one that the answer before it named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from mcp import Client
from mcp_types import CallToolResult

from probes.claims import Claim
from probes.reading import text_of
from probes.truth import Truth
from unique_analytics_mcp.render import tokens

_PLACEHOLDER = re.compile(r"#(\d+)")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool."""

    tool: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    as_suggested: bool = False
    """Whether the answer before says the arguments."""


def report(type: str, period: str = "", **arguments: object) -> Call:
    """From question to numbers in one call."""
    return Call("run_analytics_report", {"type": type, **({"period": period} if period else {}), **arguments})


def query(order_ids: str, sql: str, **arguments: object) -> Call:
    """SQL over the reports of earlier calls."""
    return Call("query_report", {"order_ids": order_ids, "sql": sql, **arguments})


def chart(**arguments: object) -> Call:
    """A drawing of the first call's report."""
    return Call("chart_report", {"order_id": "#1", **arguments})


def suggested(tool: str) -> Call:
    """The call of this tool that the answer before named."""
    return Call(tool, as_suggested=True)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, the calls that answer it, and what the last answer must hold."""

    text: str
    calls: Sequence[Call]
    expected: Callable[[Truth], Sequence[Claim]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question was answered."""

    platform: str
    """The backend whose platform was asked about."""
    question: str
    wrong: Sequence[str]
    """What is missing or false; empty when the answer is right."""
    tools: Sequence[str]
    """The calls that were made, in order."""
    tokens: int
    """Of all its answers, each in its longer form."""
    seconds: float
    """Of all its calls."""


async def ask(
    client: Client, question: Question, truth: Truth, *, clock: Callable[[], float], platform: str
) -> Outcome:
    """Make the calls, then hold the last answer against what is true; `clock` counts seconds."""
    answers: list[CallToolResult] = []
    started = clock()
    for call in question.calls:
        answers.append(await client.call_tool(call.tool, _arguments(call, answers)))
    seconds = clock() - started
    expected = await to_thread.run_sync(question.expected, truth)
    wrong = [sentence for claim in expected for sentence in claim.missing(answers[-1])]
    return Outcome(
        platform=platform,
        question=question.text,
        wrong=wrong,
        tools=[call.tool for call in question.calls],
        tokens=sum(map(tokens_of, answers)),
        seconds=seconds,
    )


def tokens_of(answer: CallToolResult) -> int:
    """What an answer costs a host that shows its text, or its structured content, whichever is more."""
    structure = json.dumps(answer.structured_content, ensure_ascii=False, separators=(",", ":"))
    return max(tokens(text_of(answer)), tokens(structure) if answer.structured_content else 0)


def _arguments(call: Call, answers: Sequence[CallToolResult]) -> dict[str, Any]:
    if call.as_suggested:
        return _suggested(call.tool, answers[-1])
    return {
        name: _PLACEHOLDER.sub(lambda found: _order_id(answers[int(found[1]) - 1]), value)
        if isinstance(value, str)
        else value
        for name, value in call.arguments.items()
    }


def _suggested(tool: str, answer: CallToolResult) -> dict[str, Any]:
    """The arguments that an answer names for its next step; none when it does not name the tool."""
    said = _said(answer)
    steps = said.get("next_steps") or [said.get("next_step", {})]
    return next((step["arguments"] for step in steps if step.get("tool") == tool), {})


def _order_id(answer: CallToolResult) -> str:
    said = _said(answer)
    return str(said.get("order_id") or said.get("provenance", {}).get("order_id") or "")


def _said(answer: CallToolResult) -> Mapping[str, Any]:
    content = answer.structured_content or {}
    return content.get("summary") or content.get("order") or content

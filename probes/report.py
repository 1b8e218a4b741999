"""What the probes found: a table for people, and the same as JSON. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from bench.report import Table
from probes.asking import Outcome

_WIDTH: Final = 120


@dataclass(frozen=True, slots=True)
class Findings:
    """All outcomes of one run."""

    outcomes: Sequence[Outcome]
    definition_tokens: Mapping[str, int]
    """By platform: what the definitions of the tools cost a session, once."""

    @property
    def wrong(self) -> Sequence[Outcome]:
        """The questions that were not answered right."""
        return [outcome for outcome in self.outcomes if outcome.wrong]

    def as_json(self) -> str:
        """Everything, for other programs."""
        outcomes = [{**asdict(outcome), "right": not outcome.wrong} for outcome in self.outcomes]
        return json.dumps({"questions": outcomes, "totals": self._totals()}, indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """One line for each question, then what is wrong, then the totals."""
        return "\n".join(self._lines())

    def _totals(self) -> dict[str, object]:
        return {
            "questions": len(self.outcomes),
            "right": len(self.outcomes) - len(self.wrong),
            "calls": sum(len(outcome.tools) for outcome in self.outcomes),
            "tokens": sum(outcome.tokens for outcome in self.outcomes),
            "definition_tokens": dict(self.definition_tokens),
            "seconds": round(sum(outcome.seconds for outcome in self.outcomes), 3),
        }

    def _lines(self) -> Iterator[str]:
        totals = self._totals()
        heads = ("platform", "question", "", "calls", "tokens", "ms")
        yield from Table(heads, [_row(outcome) for outcome in self.outcomes]).lines()
        for outcome in self.wrong:
            yield ""
            yield f"WRONG  {outcome.question} ({outcome.platform})"
            for sentence in outcome.wrong:
                yield from textwrap.wrap(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
        yield ""
        yield (
            f"{totals['right']} of {totals['questions']} questions right: {totals['calls']} calls, "
            f"{totals['tokens']} tokens of answers, {max(self.definition_tokens.values())} at most of definitions, "
            f"{totals['seconds']:.1f} s."
        )


def together(parts: Sequence[Findings]) -> Findings:
    """The findings of several platforms as one run."""
    outcomes = [outcome for part in parts for outcome in part.outcomes]
    return Findings(outcomes, {name: count for part in parts for name, count in part.definition_tokens.items()})


def _row(outcome: Outcome) -> tuple[str, ...]:
    verdict = "WRONG" if outcome.wrong else "right"
    return (
        outcome.platform,
        outcome.question,
        verdict,
        str(len(outcome.tools)),
        str(outcome.tokens),
        f"{1000 * outcome.seconds:.0f}",
    )

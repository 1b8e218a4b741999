"""What the probes found: a table for people, and the same as JSON. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from bench.report import Table
from probes.asking import Outcome

_WIDTH: Final = 120


@dataclass(frozen=True, slots=True)
class Findings:
    """All outcomes of one run."""

    outcomes: Sequence[Outcome]
    definition_tokens: int
    """What the definitions of the tools cost a session, once."""

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

    def _totals(self) -> dict[str, int | float]:
        return {
            "questions": len(self.outcomes),
            "right": len(self.outcomes) - len(self.wrong),
            "calls": sum(len(outcome.tools) for outcome in self.outcomes),
            "tokens": sum(outcome.tokens for outcome in self.outcomes),
            "definition_tokens": self.definition_tokens,
            "seconds": round(sum(outcome.seconds for outcome in self.outcomes), 3),
        }

    def _lines(self) -> Iterator[str]:
        totals = self._totals()
        yield from Table(
            ("question", "", "calls", "tokens", "ms"), [_row(outcome) for outcome in self.outcomes]
        ).lines()
        for outcome in self.wrong:
            yield ""
            yield f"WRONG  {outcome.question}"
            for sentence in outcome.wrong:
                yield from textwrap.wrap(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
        yield ""
        yield (
            f"{totals['right']} of {totals['questions']} questions right: {totals['calls']} calls, {totals['tokens']} "
            f"tokens of answers, {totals['definition_tokens']} of definitions, {totals['seconds']:.1f} s."
        )


def _row(outcome: Outcome) -> tuple[str, ...]:
    verdict = "WRONG" if outcome.wrong else "right"
    return (
        outcome.question,
        verdict,
        str(len(outcome.tools)),
        str(outcome.tokens),
        f"{1000 * outcome.seconds:.0f}",
    )

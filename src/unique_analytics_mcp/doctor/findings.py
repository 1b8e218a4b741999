"""What a check found: a value, and how several of them end the command.

Pure. Knows no check by name but the one about the settings, which has an exit code of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from unique_analytics_mcp.errors import AnalyticsError

SETTINGS: Final = "settings"

HEALTHY, TROUBLE, WRONG_SETTINGS = 0, 1, 2
"""Exit codes."""


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It works, and may not for long."""
    FAILURE = "failure"
    SKIPPED = "skipped"
    """It could not be found out: another check failed, or the settings name nobody to ask as."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    check: str
    outcome: Outcome
    message: str
    fix: str = ""
    """The one next step; never empty for a failure or a warning."""


def failure(check: str, error: AnalyticsError) -> Finding:
    """What an error of ours says, as a failed check."""
    return Finding(check, Outcome.FAILURE, error.message, error.hint)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when nothing failed, 2 when the settings are wrong, else 1."""
    failed = [finding.check for finding in findings if finding.outcome is Outcome.FAILURE]
    if any(check.endswith(SETTINGS) for check in failed):
        return WRONG_SETTINGS
    return TROUBLE if failed else HEALTHY

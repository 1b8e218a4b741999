"""Findings as lines for a person and as JSON for a program. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from unique_analytics_mcp import __version__
from unique_analytics_mcp.doctor.findings import HEALTHY, Finding, Outcome, exit_code
from unique_analytics_mcp.render import clean, json_for_terminals

STYLES: Final = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.FAILURE: "bold red", Outcome.SKIPPED: "dim"}
"""How a line is coloured where there are colours."""

_LONGEST: Final = 1_000


def line_of(finding: Finding) -> str:
    """One line: how it went, the check, what was found, and what to do."""
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    return f"{finding.outcome:<8} {finding.check:<12} {clean(finding.message + fix, limit=_LONGEST)}"


def json_of(findings: Sequence[Finding]) -> str:
    """The same for a program; `fix` is empty where there is nothing to do."""
    checks = [asdict(finding) for finding in findings]
    healthy = exit_code(findings) == HEALTHY
    told = {"version": __version__, "healthy": healthy, "checks": checks}
    return json_for_terminals(json.dumps(told, indent=2, ensure_ascii=False))

"""`doctor`: what `doctor/` finds of settings, platform, clock and disk, as lines or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unique_analytics_mcp.commands.chosen import chosen_settings
from unique_analytics_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from argparse import Namespace

    from unique_analytics_mcp.doctor.findings import Finding


def doctor(arguments: Namespace) -> int:
    """Examine and tell; the worst finding is the code."""
    from unique_analytics_mcp.doctor.findings import exit_code

    findings = _examined(arguments)
    (_tell_json if arguments.json else _tell_lines)(findings)
    return exit_code(findings)


def _examined(arguments: Namespace) -> Sequence[Finding]:
    import anyio

    from unique_analytics_mcp.doctor.checks import findings
    from unique_analytics_mcp.doctor.facts import Facts
    from unique_analytics_mcp.doctor.gathering import gather

    try:
        with chosen_settings(arguments) as settings:
            return findings(*anyio.run(gather, settings))
    except ConfigurationError as error:
        return findings(Facts(settings=error))


def _tell_lines(findings: Sequence[Finding]) -> None:
    from unique_analytics_mcp.doctor.telling import STYLES, line_of
    from unique_analytics_mcp.terminal import Terminal

    terminal = Terminal()
    for finding in findings:
        terminal.say(line_of(finding), style=STYLES[finding.outcome])


def _tell_json(findings: Sequence[Finding]) -> None:
    from unique_analytics_mcp.doctor.telling import json_of

    sys.stdout.write(f"{json_of(findings)}\n")

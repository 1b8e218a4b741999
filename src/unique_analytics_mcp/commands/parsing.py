"""What may be written on the command line: the commands, their arguments, and what is refused of them.

Knows names and forms only; whether a report type or a window can be is decided by the domain.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, NoReturn, get_args

from unique_analytics_mcp import __version__
from unique_analytics_mcp.commands.telling import BAD_INPUT, PROGRAM
from unique_analytics_mcp.platforms import PLATFORMS

Command = Literal["serve", "demo", "simulate", "report", "doctor", "audit"]

_FAULTS: Final = (
    "NAME[@create|list|get|download|delete][:COUNT|:always] with commas between, such as 429@get:2,drop@create,stuck"
)
_NO_GET: Final = "Orders of the older Unique API are looked for in its list: it knows no get.\n"
_BEFORE_ANY_COMMAND: Final = ("-h", "--help", "--version")


class _Parser(argparse.ArgumentParser):
    """Refuses with one line, and never guesses an option from its beginning."""

    appendix: Callable[[], str] = str
    """Gives what stands below the help."""

    def format_help(self) -> str:
        return super().format_help() + self.appendix()

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments by their names, with the `command` that was written; `argv` is not empty.

    Raises:
        SystemExit: after `--help` or `--version` with 0, after arguments that cannot be with 2.
    """
    parser = _parser()
    if argv[0].startswith("-") and argv[0] not in _BEFORE_ANY_COMMAND:
        parser.error(f"{argv[0]} comes after a command, such as serve")
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Answers from Unique AI analytics orders.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.epilog = (
        "Exit codes: 0 done; 1 it failed; 2 bad input or settings; 130 interrupted. What else there is, and what they "
        "mean more closely, stands in the --help of report, doctor and audit."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: Command, meaning: str) -> _Parser:
        added = commands.add_parser(name, help=meaning, description=f"{meaning}.", allow_abbrev=False)
        added.set_defaults(command=name, parser=added)
        return added

    _serve_arguments(command("serve", "Serve MCP to an agent (the default)"))
    _backend_argument(command("demo", "Show the main job on a simulated platform, through a real MCP client"))
    _simulate_arguments(command("simulate", "Run the simulated platforms alone, until Ctrl-C"))
    _report_arguments(command("report", "Order one report, wait for it and show its summary"))
    _doctor_arguments(command("doctor", "Check settings, platform, clock and disk, and say what to mend"))
    _audit_arguments(command("audit", "Check an audit file: whether any line was changed or taken out"))
    return parser


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--transport", choices=("stdio", "http"), default="stdio", help="default: stdio")
    parser.add_argument("--host", help="for http: others than loopback need UNIQUE_ANALYTICS_AUTH (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, help="for http (default: 8000)")
    _settings_arguments(parser)


def _simulate_arguments(parser: _Parser) -> None:
    parser.appendix = _fault_lines
    parser.add_argument("--port", type=_port, default=8787, help="default: 8787; 0 takes a free one")
    parser.add_argument("--seed", type=_whole, default=7, metavar="N", help="another number, another firm (default: 7)")
    parser.add_argument("--today", type=_day, metavar="DATE", help="last day with rows (default: today in Zurich)")
    parser.add_argument("--users", type=_whole, default=400, metavar="N", help="people at the firm (default: 400)")
    parser.add_argument(
        "--delay", type=_delay, default=1.2, metavar="S", help="seconds until an order is DONE (default: 1.2)"
    )
    parser.add_argument("--faults", default="", metavar="LIST", help=_FAULTS)


def _fault_lines() -> str:
    from unique_analytics_mcp.simulator import FAULTS

    return "\nfaults:\n" + "".join(f"  {name:<14} {meaning}\n" for name, meaning in FAULTS.items()) + _NO_GET


def _report_arguments(parser: _Parser) -> None:
    parser.appendix = _type_lines
    parser.epilog = (
        "Exit codes: 0 done; 1 the order failed, or the platform or the disk did; 2 bad input or settings, nothing was "
        "ordered; 3 timed out, run the same command again to go on with the order; 4 not authorised; 130 interrupted."
    )
    parser.add_argument("type", metavar="TYPE", help="report type, one of those below")
    parser.add_argument("--period", type=_word, metavar="P", help="such as last_month, last_7_days, 2026-Q3 or 2026-10")
    parser.add_argument("--start", type=_word, metavar="D", help="first day, inclusive, as YYYY-MM-DD; with --end")
    parser.add_argument("--end", type=_word, metavar="D", help="last day, inclusive, as YYYY-MM-DD; with --start")
    parser.add_argument("--assistant-id", type=_word, metavar="ID", help="only this assistant")
    parser.add_argument("--compare-to", choices=("previous_period",), help="order the window before as well")
    parser.add_argument("--split", action="store_true", help="cover a window beyond the limits by several orders")
    parser.add_argument("--save-csv-to", type=_word, metavar="FILE", help="save the CSV as it is kept")
    parser.add_argument("--max-wait", type=_seconds, default=600.0, metavar="S", help="seconds to wait (default: 600)")
    parser.add_argument("--poll-interval", type=_seconds, metavar="S", help="seconds between two checks")
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table", help="default: table")
    _settings_arguments(parser)


def _type_lines() -> str:
    from unique_analytics_mcp.app import catalogue_of
    from unique_analytics_mcp.settings import BackendName, Settings

    usual = Settings.model_construct()
    lines = ["", "report types:"]
    for backend in (name for name in get_args(BackendName) if not PLATFORMS[name].stands_in):
        for report in catalogue_of(backend, usual).values():
            when = "" if report.on_by_default else " (where UNIQUE_ANALYTICS_REPORT_TYPES names it)"
            lines += [f"  {report.name}{when}", f"      {report.answers}"]
    return "\n".join([*lines, ""])


def _doctor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit codes: 0 all is well; 1 a check failed; 2 the settings are wrong. No order is placed."
    parser.add_argument("--json", action="store_true", help="the same for a program")
    _settings_arguments(parser)


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit codes: 0 the chain is whole; 1 it is broken, the first such line is named; 2 no such file. Lines cut "
        "off at the end show only by the last hash: compare it with one that was kept elsewhere."
    )
    parser.add_argument("action", choices=("verify",), help="verify: check that the lines are one chain")
    parser.add_argument("file", type=Path, metavar="FILE", help="what UNIQUE_ANALYTICS_AUDIT_FILE names")


def _settings_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="use a simulated platform: no account, no network")
    _backend_argument(parser)
    parser.add_argument("--env-file", type=Path, metavar="F", help="read settings from this file too")


def _backend_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backend", choices=PLATFORMS, help="which service is simulated (default: unique)")


def _word(text: str) -> str:
    """An empty one is a script's variable that was never set: without it the question would be another."""
    if text.strip():
        return text
    raise argparse.ArgumentTypeError("it is empty")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65_535:  # noqa: PLR2004 - what TCP has
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-20") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _delay(text: str) -> float:
    return _amount(text, at_least=0.0, meaning="a number of seconds from 0")


def _seconds(text: str) -> float:
    return _amount(text, at_least=math.ulp(0.0), meaning="a number of seconds above 0")


def _amount(text: str, *, at_least: float, meaning: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if at_least <= amount < math.inf:
        return amount
    raise argparse.ArgumentTypeError(f"{text!r} is not {meaning}")

"""The command line: serve, demo, simulate, report, doctor, audit.

Parses, calls, and turns what happened into an exit code: 0 done; 1 the order failed, or the platform or the disk
did; 2 bad input or settings, nothing was ordered; 3 timed out, the order goes on; 4 not authorised; 130 Ctrl-C.
stdout carries results (the protocol in `serve`), stderr everything else. Everything heavy is imported by the command
that needs it.
"""

from __future__ import annotations

import argparse
import gc
import io
import math
import os
import signal
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

from unique_analytics_mcp import __version__
from unique_analytics_mcp.errors import (
    AnalyticsError,
    ConfigurationError,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
)
from unique_analytics_mcp.platforms import PLATFORMS, environment_lines

if TYPE_CHECKING:
    from unique_analytics_mcp.doctor.findings import Finding
    from unique_analytics_mcp.server.limits import Limits
    from unique_analytics_mcp.server.opening import OpenService
    from unique_analytics_mcp.settings import Settings
    from unique_analytics_mcp.simulator import Platform, SimulatorSettings

PROGRAM: Final = "unique-analytics-mcp"

DONE, TROUBLE, BAD_INPUT, TIMED_OUT, NOT_AUTHORISED, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code.

    Raises:
        SystemExit: after `--help` or `--version` with 0, after arguments that cannot be with 2.
    """
    _speak_utf8()
    arguments = _parsed(list(sys.argv[1:] if argv is None else argv) or ["serve"])
    try:
        return arguments.command(arguments)
    except AnalyticsError as error:
        return _told(str(error), _exit_code(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _unheard()


def _speak_utf8() -> None:
    """Whatever the locale says: the protocol is UTF-8, and so are reports."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")


def _told(line: str, code: int) -> int:
    """One line for a terminal, whatever words of a platform are in it."""
    from unique_analytics_mcp.render import clean

    sys.stderr.write(f"{PROGRAM}: {clean(line, limit=2_000)}\n")
    return code


def _unheard() -> int:
    """Whoever read stdout has left: what is still to be flushed there goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return TROUBLE


def _exit_code(error: AnalyticsError) -> int:
    match error:
        case InvalidRequest() | ConfigurationError():
            return BAD_INPUT
        case NotAuthenticated() | NotAllowed():
            return NOT_AUTHORISED
        case _:
            return TROUBLE


# Arguments


class _Parser(argparse.ArgumentParser):
    """Refuses with one line, and never guesses an option from its beginning."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    arguments, unknown = _parser().parse_known_args(argv)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Answers from Unique AI analytics orders.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], meaning: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=meaning, description=f"{meaning}.", allow_abbrev=False)
        added.set_defaults(command=run, parser=added)
        return added

    _serve_arguments(command("serve", _serve, "Serve MCP to an agent (the default)"))
    _backend_argument(command("demo", _demo, "Show the main job on a simulated platform, through a real MCP client"))
    _simulate_arguments(command("simulate", _simulate, "Run the simulated platforms alone, until Ctrl-C"))
    _report_arguments(command("report", _report, "Order one report, wait for it and show its summary"))
    _doctor_arguments(command("doctor", _doctor, "Check settings, platform, clock and disk, and say what to mend"))
    _audit_arguments(command("audit", _audit, "Check an audit file: whether any line was changed or taken out"))
    return parser


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--transport", choices=("stdio", "http"), default="stdio", help="default: stdio")
    parser.add_argument("--host", default="127.0.0.1", help="for http: a loopback address (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="for http (default: 8000)")
    _settings_arguments(parser)


def _simulate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=8787, help="default: 8787; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="another number, another firm (default: 7)")
    parser.add_argument("--today", type=_day, metavar="DATE", help="last day with rows (default: today in Zurich)")
    parser.add_argument("--users", type=int, default=400, metavar="N", help="people at the firm (default: 400)")
    parser.add_argument("--delay", type=float, default=1.2, metavar="S", help="seconds until an order is DONE")
    parser.add_argument("--faults", default="", metavar="LIST", help="such as 429@get:2,drop@create,stuck")


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit codes: 0 done; 1 the order failed, or the platform or the disk did; 2 bad input or settings, nothing was "
        "ordered; 3 timed out, run the same command again to go on with the order; 4 not authorised; 130 interrupted."
    )
    parser.add_argument("type", metavar="TYPE", help="report type, such as CHAT_INTERACTION")
    parser.add_argument("--period", metavar="P", help="such as last_month, last_7_days, 2026-Q3 or 2026-10")
    parser.add_argument("--start", metavar="D", help="first day, inclusive, as YYYY-MM-DD; with --end")
    parser.add_argument("--end", metavar="D", help="last day, inclusive, as YYYY-MM-DD; with --start")
    parser.add_argument("--assistant-id", metavar="ID", help="only this assistant")
    parser.add_argument("--compare-to", choices=("previous_period",), help="order the window before as well")
    parser.add_argument("--split", action="store_true", help="cover a window beyond the limits by several orders")
    parser.add_argument("--save-csv-to", metavar="FILE", help="save the CSV as it is kept")
    parser.add_argument("--max-wait", type=_seconds, default=600.0, metavar="S", help="seconds (default: 600)")
    parser.add_argument("--poll-interval", type=_seconds, metavar="S", help="seconds between two checks")
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table", help="default: table")
    _settings_arguments(parser)


def _doctor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit codes: 0 all is well; 1 a check failed; 2 the settings are wrong. No order is placed."
    parser.add_argument("--json", action="store_true", help="the same for a program")
    _settings_arguments(parser)


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit codes: 0 the chain is whole; 1 it is broken, the first such line is named; 2 no such file."
    parser.add_argument("action", choices=("verify",), help="verify: check that the lines are one chain")
    parser.add_argument("file", type=Path, metavar="FILE", help="what UNIQUE_ANALYTICS_AUDIT_FILE names")


def _settings_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="use a simulated platform: no account, no network")
    _backend_argument(parser)
    parser.add_argument("--env-file", type=Path, metavar="F", help="read settings from this file too")


def _backend_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backend", choices=PLATFORMS, help="which service is simulated (default: unique)")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65_535:  # noqa: PLR2004 - what TCP has
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-20") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if 0 < seconds < math.inf:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")


@contextmanager
def _settings(arguments: argparse.Namespace) -> Generator[Settings]:
    """The operator's settings, or those of a simulated platform that runs as long as the block."""
    from unique_analytics_mcp.app import demo_settings

    settings = _read_settings(arguments)
    if arguments.demo:
        with _demo_folder() as folder, demo_settings(settings, folder) as pretended:
            yield pretended
    else:
        yield settings


def _read_settings(arguments: argparse.Namespace) -> Settings:
    """The operator's settings, but for the backend that a demonstration names."""
    from unique_analytics_mcp.settings import read_settings

    settings = read_settings(arguments.env_file)
    if arguments.backend is None:
        return settings
    if not arguments.demo:
        raise InvalidRequest("--backend goes with --demo only.", hint="Set UNIQUE_ANALYTICS_BACKEND instead.")
    return settings.model_copy(update={"backend": arguments.backend})


@contextmanager
def _demo_folder() -> Generator[Path]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="unique-analytics-demo-") as folder:
        yield Path(folder)


# Commands


def _serve(arguments: argparse.Namespace) -> int:
    with ExitStack() as opened:
        opened.enter_context(_leaving_on_signals(opened))
        with _uncollected():
            from unique_analytics_mcp.app import enabled_catalogue, gate_of, grants_of, ledger_of
            from unique_analytics_mcp.server import build_server
            from unique_analytics_mcp.server.http import Exposure, check_host, serve_http
            from unique_analytics_mcp.server.limits import Grants, Limits
            from unique_analytics_mcp.settings import telemetry_variables
            from unique_analytics_mcp.tracing.exporting import exporting
            from unique_analytics_mcp.watching import Tally
        over_http = arguments.transport == "http"
        settings = _read_settings(arguments)
        gate = gate_of(settings) if over_http else None
        if over_http:
            check_host(arguments.host, is_guarded=gate is not None)
        tally = Tally()
        limits = Limits(grants_of(settings) if over_http else Grants.none(), tally=tally)
        server = build_server(
            _service_opener(
                settings, limits, demo=arguments.demo, opened=opened, callers=gate is not None and gate.names_callers
            ),
            catalogue=enabled_catalogue(settings),
            allow_delete=settings.allow_delete,
            time_zone=settings.time_zone,
            log_level=settings.log_level,
            gate=gate,
            log_format=settings.log_format,
            audit=ledger_of(settings),
        )
        opened.enter_context(exporting(telemetry_variables()))
        if over_http:
            exposure = Exposure(
                host=arguments.host,
                port=arguments.port,
                allowed_hosts=settings.allowed_hosts,
                public_url=settings.public_url,
                drain_s=settings.drain_seconds,
            )
            serve_http(server, exposure, ready=_serving, limits=limits, tally=tally)
        else:
            server.run("stdio")
    return DONE


def _service_opener(settings: Settings, limits: Limits, *, demo: bool, opened: ExitStack, callers: bool) -> OpenService:
    """What opens a service, watched by `limits`, with the first call; missing settings are told now.

    With `callers` each of them brings an identity, so the operator needs none.
    """
    from unique_analytics_mcp.app import open_demo_service, open_service
    from unique_analytics_mcp.credentials import check_access

    if demo:
        folder = opened.enter_context(_demo_folder())
        return lambda caller: open_demo_service(settings, folder, caller, watch=limits.watch_of(caller))
    check_access(settings, callers=callers)
    return lambda caller: open_service(settings, caller, watch=limits.watch_of(caller))


@contextmanager
def _leaving_on_signals(opened: ExitStack) -> Generator[None]:
    """End at once: over stdio a thread sits in a read of stdin that nothing can interrupt, and exit would wait for it.

    Nothing is lost: what the store keeps it keeps even through a kill.
    """

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        opened.close()
        os._exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _uncollected() -> Generator[None]:
    """Imports of the block stay for good: looking for garbage among them costs 7 % of the start (mcp.md 2)."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _serving(address: str) -> None:
    sys.stderr.write(f"Serving on {address} until Ctrl-C.\n")
    sys.stderr.flush()


def _demo(arguments: argparse.Namespace) -> int:
    import anyio

    from unique_analytics_mcp.server.demo import SCENES, connections, demonstrate
    from unique_analytics_mcp.terminal import Terminal

    terminal, backend = Terminal(), arguments.backend or "unique"
    terminal.note("A simulated platform, a real MCP server and client; no account, no network.")
    terminal.heading(SCENES[backend].question)
    with terminal.waiting("run_analytics_report") as show:
        shown = anyio.run(demonstrate, show, backend)
    terminal.summary(shown.summary)
    terminal.heading(f"A plain count over all {shown.rows} rows of the CSV, read over MCP {shown.protocol}")
    for recount in shown.recounts:
        verdict = "checked" if recount.agrees else f"DIFFERS, the CSV says {recount.counted}"
        terminal.say(f"{verdict}: {recount.of} is {recount.shown}")
    if not all(recount.agrees for recount in shown.recounts):
        return _told("The summary and the CSV differ.", TROUBLE)
    if shown.chart:
        terminal.heading("The same as a picture")
        terminal.say(str(_kept_picture(shown.chart)))
    terminal.heading("Now ask it yourself")
    terminal.say("Connect an agent to the demo server, and ask in your own words.")
    terminal.examples(connections(backend))
    return DONE


def _kept_picture(png: bytes) -> Path:
    """A new file in the folder for temporary ones, which nobody else can read."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(prefix="unique-analytics-", suffix=".png", delete=False) as kept:
        kept.write(png)
    return Path(kept.name)


def _simulate(arguments: argparse.Namespace) -> int:
    import anyio

    from unique_analytics_mcp.simulator import serve, side_by_side

    async def until_interrupted(platforms: Mapping[str, Platform]) -> None:
        apps = {prefix: each.app for name, each in platforms.items() for prefix in PLATFORMS[name].prefixes}
        async with serve(side_by_side(apps), port=arguments.port) as url:
            sys.stdout.writelines(f"{line}\n" for line in environment_lines(platforms, url))
            sys.stdout.flush()
            _serving(url)
            await anyio.sleep_forever()

    settings = _simulator_settings(arguments)
    try:
        anyio.run(until_interrupted, {name: pretence.build(settings) for name, pretence in PLATFORMS.items()})
    except OSError as error:
        reason = error.strerror or "the system refuses it"
        return _told(f"Port {arguments.port} cannot be used: {reason}. Choose another --port.", BAD_INPUT)
    return DONE


def _simulator_settings(arguments: argparse.Namespace) -> SimulatorSettings:
    from unique_analytics_mcp.simulator import SimulatorSettings, parse_faults

    try:
        return SimulatorSettings(
            seed=arguments.seed,
            today=arguments.today,
            users=arguments.users,
            delay_s=arguments.delay,
            faults=parse_faults(arguments.faults),
        )
    except ValueError as error:
        raise InvalidRequest(f"There is no such platform: {error}.", hint=f"See {PROGRAM} simulate --help.") from None


def _report(arguments: argparse.Namespace) -> int:
    import anyio

    from unique_analytics_mcp.run.finishing import OrderTimedOut, csv_target
    from unique_analytics_mcp.run.reporting import Reporting, Wanted

    if not (arguments.period or arguments.start or arguments.end):
        raise InvalidRequest("No days are given.", hint="Add --period P, or --start D and --end D.")
    wanted = Wanted(
        type=arguments.type,
        period=arguments.period,
        start_date=arguments.start,
        end_date=arguments.end,
        assistant_id=arguments.assistant_id,
        target=csv_target(arguments.save_csv_to) if arguments.save_csv_to else None,
        max_wait_s=arguments.max_wait,
        poll_interval_s=arguments.poll_interval,
        form=arguments.format,
        compare=arguments.compare_to is not None,
        split=arguments.split,
    )
    reporting = Reporting(wanted)
    try:
        with _settings(arguments) as settings:
            anyio.run(reporting.run, settings)
    except OrderTimedOut as late:
        return _told(f"{late} Run the same command again to go on with it.", TIMED_OUT)
    except KeyboardInterrupt:
        return _told(reporting.farewell, INTERRUPTED)
    return DONE


def _doctor(arguments: argparse.Namespace) -> int:
    from unique_analytics_mcp.doctor.findings import exit_code

    findings = _examined(arguments)
    (_tell_json if arguments.json else _tell_lines)(findings)
    return exit_code(findings)


def _examined(arguments: argparse.Namespace) -> Sequence[Finding]:
    import anyio

    from unique_analytics_mcp.doctor.checks import findings
    from unique_analytics_mcp.doctor.facts import Facts
    from unique_analytics_mcp.doctor.gathering import gather

    try:
        with _settings(arguments) as settings:
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


def _audit(arguments: argparse.Namespace) -> int:
    from unique_analytics_mcp.audit import Broken, verified

    try:
        with arguments.file.open("rb") as lines:
            found = verified(lines)
    except OSError as error:
        raise InvalidRequest(
            f"{arguments.file} cannot be read: {error.strerror}.", hint="Name an audit file."
        ) from error
    if isinstance(found, Broken):
        return _told(f"Line {found.line} of {arguments.file} breaks the chain: {found.why}.", TROUBLE)
    sys.stdout.write(f"{found.lines} lines, one whole chain. Its last hash is {found.last_hash}.\n")
    return DONE


if __name__ == "__main__":
    raise SystemExit(main())

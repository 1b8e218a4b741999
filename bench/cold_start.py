"""Cold start: from process start to the answer of `tools/list` over stdio, ours beside a bare `mcp` server.

The peer has as many trivial tools as ours lists. The client here is raw JSON lines, so that nobody else's import is
measured; both protocol eras are spoken as the SDK of 21 November 2026 speaks them. When a bound is missed, the
report says which imports of ours the peer does without.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Timer
from time import perf_counter
from typing import Any, Final, TypeAlias

from .measure import ROOT, child_environment, interleaved, machine, ratio
from .report import Bound, Report, Table

_MOST: Final = 1.15
_ROUNDS: Final = 15
_QUICK_ROUNDS: Final = 2
_PATIENCE_S: Final = 60
_FAREWELL_S: Final = 10
_TOP: Final = 15
_IMPORT_LINE: Final = "import time:"
_IMPORT_ROUNDS: Final = 3

PEER: Final = "bare mcp"
_PEER_MODULE: Final = "bare_server"
_PEER_HEAD: Final = """\
from mcp.server import MCPServer

server = MCPServer("bare", version="1")
"""
_PEER_TOOL: Final = '''

@server.tool()
def tool_{number}(text: str, times: int = 1) -> str:
    """Give a text, some times over."""
    return text * times
'''
_PEER_TAIL: Final = """

server.run("stdio")
"""

_NOTES: Final = """\
The peer is an MCPServer of the mcp SDK with {tools} tools of one text and one number. Both have their bytecode; the
client is raw JSON lines. Ratios are medians over the rounds of ours to the peer's in the same round."""

_MADE_UP: Final = {
    "UNIQUE_API_BASE": "http://127.0.0.1:9/public/chat",
    "UNIQUE_API_KEY": "made-up",
    "UNIQUE_APP_ID": "app",
    "UNIQUE_USER_ID": "user",
    "UNIQUE_COMPANY_ID": "company",
}

Message: TypeAlias = Mapping[str, Any]

_META: Final = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    }
}
_HELLO: Final = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}
ERAS: Final[Mapping[str, Sequence[Message]]] = {
    "2026-07-28": (
        {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": _META},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": _META},
    ),
    "2025-11-25": (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": _HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ),
}
"""What a client says from the start up to `tools/list`."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that can be started."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()

    def command(self, *options: str) -> list[str]:
        """Its command line, with options for the interpreter."""
        return [sys.executable, *options, "-m", self.module, *self.arguments]


OURS: Final = (
    Contender("serve", "unique_analytics_mcp", ("serve",)),
    Contender("serve --demo", "unique_analytics_mcp", ("serve", "--demo")),
)
BARE: Final = Contender(PEER, _PEER_MODULE)


@dataclass(frozen=True, slots=True)
class Start:
    """One start."""

    seconds: float
    tools: int
    stderr: str


def run(*, quick: bool) -> Report:
    """Measure each server in each era; a quick run has two rounds."""
    rounds = _QUICK_ROUNDS if quick else _ROUNDS
    with TemporaryDirectory(prefix="bench-cold-start-") as name:
        folder = Path(name)
        tools = start(OURS[0], "2026-07-28", folder).tools
        (folder / f"{_PEER_MODULE}.py").write_text(_peer_source(tools))
        starts: dict[str, Callable[[], Start]] = {
            _label(contender, era): partial(start, contender, era, folder)
            for era in ERAS
            for contender in (BARE, *OURS)
        }
        results = interleaved(starts, rounds=rounds, warm_up=True)
        bounds = [_bound(contender, era, results) for era in ERAS for contender in OURS]
        slow = [] if quick or all(bound.is_held for bound in bounds) else [_imports(folder)]
    return Report(
        title=f"cold start: from process start to tools/list over stdio, {tools} tools (medians; rounds: {rounds})",
        machine=machine(),
        tables=[_table(results), *slow],
        bounds=bounds,
        notes=_NOTES.format(tools=tools).split("\n\n"),
    )


def _peer_source(tools: int) -> str:
    return _PEER_HEAD + "".join(_PEER_TOOL.format(number=number) for number in range(tools)) + _PEER_TAIL


def _label(contender: Contender, era: str) -> str:
    return f"{era}  {contender.name}"


def start(contender: Contender, era: str, folder: Path, *options: str) -> Start:
    """Start a server, ask for its tools in one era, and end it.

    Raises:
        RuntimeError: it ended, or a minute passed, before it had answered.
    """
    environment = child_environment(
        **_MADE_UP, UNIQUE_ANALYTICS_DATA_DIR=str(folder / "data"), PYTHONPATH=f"{ROOT / 'src'}:{folder}"
    )
    with TemporaryFile("w+") as errors:
        started = perf_counter()
        with subprocess.Popen(
            contender.command(*options),
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            bufsize=1,
        ) as process:
            deadline = Timer(_PATIENCE_S, process.kill)
            deadline.start()
            tools = _tools_listed(process, ERAS[era])
            seconds = perf_counter() - started
            deadline.cancel()
            _end(process)
        errors.seek(0)
        stderr = errors.read()
    if tools is None:
        raise RuntimeError(f"{contender.name} did not list its tools:\n{stderr[-2000:]}")
    return Start(seconds, tools, stderr)


def _tools_listed(process: subprocess.Popen[str], messages: Sequence[Message]) -> int | None:
    """How many tools the last answer names; None when the server ended before."""
    answer: Message | None = {}
    for message in messages:
        answer = _said(process, message)
        if answer is None:
            return None
    return len(answer["result"]["tools"])


def _said(process: subprocess.Popen[str], message: Message) -> Message | None:
    """The answer to a message, nothing to a notification; None when the server ended."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write(json.dumps(message) + "\n")
    except BrokenPipeError:
        return None
    if "id" not in message:
        return {}
    answers = (json.loads(line) for line in process.stdout)
    return next((answer for answer in answers if answer.get("id") == message["id"]), None)


def _end(process: subprocess.Popen[str]) -> None:
    """Hang up, as a host does; a server that stays is killed."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(_FAREWELL_S)
    except subprocess.TimeoutExpired:
        process.kill()


# What was found.


def _bound(contender: Contender, era: str, results: Mapping[str, Sequence[Start]]) -> Bound:
    return Bound(f"{_label(contender, era)} / {PEER}", _ratio(results, contender, era), _MOST)


def _ratio(results: Mapping[str, Sequence[Start]], contender: Contender, era: str) -> float:
    return ratio(_seconds(results[_label(contender, era)]), _seconds(results[_label(BARE, era)]))


def _seconds(starts: Sequence[Start]) -> list[float]:
    return [start.seconds for start in starts]


def _table(results: Mapping[str, Sequence[Start]]) -> Table:
    rows: list[tuple[str, ...]] = []
    for era in ERAS:
        rows += [_row(results, contender, era) for contender in (BARE, *OURS)] + [()]
    return Table(("era, server", "ms", "fastest", "slowest", "it / bare"), rows[:-1])


def _row(results: Mapping[str, Sequence[Start]], contender: Contender, era: str) -> tuple[str, ...]:
    seconds = _seconds(results[_label(contender, era)])
    figures = (median(seconds), min(seconds), max(seconds))
    own = "" if contender is BARE else f"{_ratio(results, contender, era):.2f}"
    return _label(contender, era), *(f"{1000 * figure:.0f}" for figure in figures), own


# Where the time goes, when it is too much.


def _imports(folder: Path) -> Table:
    """The imports of ours that the peer does without, the slowest first, by their own time."""
    peers = _own_ms(BARE, folder)
    rows: list[tuple[str, ...]] = []
    for contender in OURS:
        extra = {name: ms for name, ms in _own_ms(contender, folder).items() if name not in peers}
        rows.append((f"{contender.name}: all {len(extra)} modules", f"{sum(extra.values()):.1f}"))
        slowest = sorted(extra.items(), key=lambda entry: entry[1], reverse=True)[:_TOP]
        rows += [(f"  {name}", f"{ms:.1f}") for name, ms in slowest] + [()]
    return Table(("imported by ours and not by the peer", "own ms"), rows[:-1])


def _own_ms(contender: Contender, folder: Path) -> dict[str, float]:
    """Milliseconds of each module's import without those inside it, the fastest of some starts."""
    fastest: dict[str, float] = {}
    for _ in range(_IMPORT_ROUNDS):
        for line in start(contender, "2026-07-28", folder, "-X", "importtime").stderr.splitlines():
            own, _, rest = line.removeprefix(_IMPORT_LINE).partition("|")
            if line.startswith(_IMPORT_LINE) and own.strip().isdecimal():
                name = rest.partition("|")[2].strip()
                fastest[name] = min(int(own) / 1000, fastest.get(name, math.inf))
    return fastest

"""The demonstration: a real MCP client asks a real server, and counts what it is told once more.

The only MCP client in the package. The server runs in a process of its own, over stdio, exactly as a host would start
it. The recount knows nothing of the analysis: it is Python's `csv` and a `Counter` over the report as the protocol
serves it, page after page.
"""

from __future__ import annotations

import base64
import csv
import json
import shlex
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

import anyio
from mcp import Client, StdioServerParameters
from mcp.server import MCPServer
from mcp_types import CallToolResult, ImageContent, TextContent, TextResourceContents

from unique_analytics_mcp.domain.answer import csv_uri
from unique_analytics_mcp.domain.headers import snake_case
from unique_analytics_mcp.domain.summary import Cell, Summary
from unique_analytics_mcp.errors import UnexpectedAnswer
from unique_analytics_mcp.render import ReportAnswer

LONGEST_S: Final = 300.0
"""Seconds after which the demonstration is given up."""
PAGE_ROWS: Final = 5_000

SERVE_DEMO: Final[Sequence[str]] = (sys.executable, "-m", "unique_analytics_mcp", "serve", "--demo")

Row = Mapping[str, str]
OnNote = Callable[[str], None]
"""Takes how things stand, from each progress notification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """The first row of one ranking, beside a plain count over the CSV."""

    of: str
    shown: str
    """As the server ranks it."""
    counted: str
    """As it is in the CSV."""

    @property
    def agrees(self) -> bool:
        """True when both say the same."""
        return self.shown == self.counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The main question of a backend, and how its answer is checked."""

    question: str
    arguments: Mapping[str, str | int]
    """What the agent makes of the question."""
    shown: tuple[str, ...]
    """First columns of the rankings that are shown."""
    left_out: tuple[str, ...] = ()
    """Columns of theirs that only programs read."""
    chart: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is drawn of the report; as `chart_report` likes it where nothing is said."""
    recounts: Callable[[Summary, Sequence[Row]], tuple[Recount, ...]]
    """The leaders of the summary, beside a plain count over the rows of the CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What the client was told, and what it found."""

    summary: Summary
    """As it came, with the rankings as its only tables."""
    protocol: str
    """Revision of MCP that was spoken."""
    rows: int
    """Rows of the CSV, read through the protocol."""
    recounts: tuple[Recount, ...]
    chart: bytes
    """Picture of the same report, as PNG; empty when none came."""


async def demonstrate(
    on_note: OnNote, backend: str = "unique", *, server: MCPServer | StdioServerParameters | None = None
) -> Demonstration:
    """Ask, follow the progress, read the whole report, recount, have it drawn.

    Raises:
        UnexpectedAnswer: the server answers with an error, or without numbers.
    """
    scene = SCENES[backend]
    async with Client(server or _own_server(backend)) as client:
        with anyio.fail_after(LONGEST_S):
            answer = await _ask(client, scene, on_note)
            told = None if answer.is_error else ReportAnswer.model_validate(answer.structured_content)
            shown = await _recounted(client, scene, told.summary) if told and told.summary else None
    if shown is None:
        raise _failed(answer)
    return shown


def _own_server(backend: str) -> StdioServerParameters:
    """This very package in another process, installed or not; it asks often, because the platform is its own."""
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "UNIQUE_ANALYTICS_POLL_SECONDS": "0.3"}
    command, *arguments = _serve_demo(backend)
    return StdioServerParameters(command=command, args=arguments, env=environment)


def _serve_demo(backend: str) -> list[str]:
    return [*SERVE_DEMO, *(() if backend == "unique" else ("--backend", backend))]


async def _ask(client: Client, scene: Scene, on_note: OnNote) -> CallToolResult:
    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        on_note(message or f"{progress:g} of {total} s")

    return await client.call_tool("run_analytics_report", dict(scene.arguments), progress_callback=on_progress)


async def _recounted(client: Client, scene: Scene, summary: Summary) -> Demonstration:
    rows = [row async for row in _csv_rows(client, summary.provenance.order_id)]
    rankings = [table.without(scene.left_out) for table in summary.tables if table.columns[0] in scene.shown]
    return Demonstration(
        summary=summary.model_copy(update={"tables": rankings}),
        protocol=client.protocol_version,
        rows=len(rows),
        recounts=scene.recounts(summary, rows),
        chart=await _chart(client, summary.provenance.order_id, scene.chart),
    )


async def _chart(client: Client, order_id: str, wish: Mapping[str, str]) -> bytes:
    answer = await client.call_tool("chart_report", {"order_id": order_id, **wish})
    return next((base64.b64decode(block.data) for block in answer.content if isinstance(block, ImageContent)), b"")


def _failed(answer: CallToolResult) -> UnexpectedAnswer:
    """Raised after the connection is closed: the SDK would wrap it in groups otherwise."""
    said = " ".join(block.text for block in answer.content if isinstance(block, TextContent))
    return UnexpectedAnswer(f"The demo server gave no numbers. It says: {said}", hint="Run the demo again.")


async def _csv_rows(client: Client, order_id: str) -> AsyncIterator[Row]:
    """Every row of the report, from all its pages; each page brings its own header."""
    uri: object = f"{csv_uri(order_id)}?offset=0&limit={PAGE_ROWS}"
    while isinstance(uri, str):
        page = (await client.read_resource(uri)).contents[0]
        text = page.text if isinstance(page, TextResourceContents) else ""
        for row in csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")):
            yield row
        uri = (page.meta or {}).get("next_uri")


def recounts(summary: Summary, rows: Sequence[Row]) -> tuple[Recount, ...]:
    """The top person, the top assistant and the top pair of both."""
    return (
        _recount("the most active person", ("Email",), summary, rows),
        _recount("the most used assistant", ("Assistant",), summary, rows),
        _recount("the most frequent pair", ("Email", "Assistant"), summary, rows),
    )


def _recount(of: str, headers: tuple[str, ...], summary: Summary, rows: Sequence[Row]) -> Recount:
    counts = Counter[tuple[str, ...]]()
    for row in rows:
        counts[tuple(row[header] for header in headers)] += int(row["Count"])
    shown = _first_row(summary, [snake_case(header) for header in headers])
    most = max(counts.values(), default=0)
    leaders = [key for key, count in counts.items() if count == most]
    key = next((key for key in leaders if list(key) == shown[: len(headers)]), leaders[0] if leaders else ())
    return Recount(of=of, shown=_worded(shown), counted=_worded([*key, most]))


def _first_row(summary: Summary, names: list[str]) -> list[Cell]:
    """The keys and the first measure of the leader in the ranking by these columns."""
    width = len(names) + 1
    for table in summary.tables:
        if table.columns[: len(names)] == names and table.columns[len(names)] == "interactions" and table.rows:
            return table.rows[0][:width]
    return []


def _worded(cells: Sequence[Cell]) -> str:
    *keys, count = cells or [None]
    return f"{' with '.join(map(str, keys)) or 'nobody'}: {count}"


class _Handling(NamedTuple):
    """What agents handled of one queue, or of all where none is named."""

    average_s: Decimal
    legs: int
    queue: str

    def __str__(self) -> str:
        return f"{self.queue}{': ' if self.queue else ''}{self.average_s:.1f} s over {self.legs} legs of conversations"


def recounts_of_queues(summary: Summary, rows: Sequence[Row]) -> tuple[Recount, ...]:
    """The slowest queue, the one that handled most, and all handling together."""
    shown, counted = _shown_queues(summary), _counted_queues(rows)
    nobody = _Handling(Decimal(), 0, "nobody")
    totals = {total.name: total.value for total in summary.totals}
    return (
        Recount(
            of="the queue with the longest average handle time",
            shown=str(max(shown, default=nobody)),
            counted=str(max(counted, default=nobody)),
        ),
        Recount(
            of="the queue that handled most",
            shown=str(max(shown, key=attrgetter("legs"), default=nobody)),
            counted=str(max(counted, key=attrgetter("legs"), default=nobody)),
        ),
        Recount(
            of="the average of everything that was handled",
            shown=str(_handling("", totals)),
            counted=str(_counted("", rows)),
        ),
    )


def _shown_queues(summary: Summary) -> list[_Handling]:
    table = next(table for table in summary.tables if table.columns[0] == "queue_name")
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    return [_handling(str(row["queue_name"]), row) for row in rows if row["queue_name"] != "(empty)"]


def _handling(queue: str, figures: Mapping[str, Cell]) -> _Handling:
    return _Handling(Decimal(str(figures["average_handle_s"] or 0)), int(figures["handled"] or 0), queue)


def _counted_queues(rows: Sequence[Row]) -> list[_Handling]:
    names = {row["queueName"] for row in rows if row["queueName"]}
    return [_counted(name, [row for row in rows if row["queueName"] == name]) for name in names]


def _counted(queue: str, rows: Sequence[Row]) -> _Handling:
    """Milliseconds added up, by times added up, as seconds with one digit behind the point."""
    spent_ms = sum(Decimal(row["tHandle.sumMs"] or 0) for row in rows)
    legs = sum(int(row["tHandle.count"] or 0) for row in rows)
    average_s = Decimal(spent_ms) / legs / 1000 if legs else Decimal()
    return _Handling(average_s.quantize(Decimal("0.1"), ROUND_HALF_UP), legs, queue)


_WHO_USED_WHAT: Final = Scene(
    question="Who used which assistant most last month?",
    arguments={
        "type": "CHAT_INTERACTION",
        "period": "last_month",
        "response_format": "detailed",
        "max_wait_seconds": 120,
    },
    shown=("email", "assistant"),
    recounts=recounts,
)

_WHICH_QUEUE_TAKES_LONGEST: Final = Scene(
    question="Which queue had the longest average handle time last week, and how many conversations?",
    arguments={
        "type": "GENESYS_CONVERSATION_AGGREGATES",
        "period": "last_week",
        "group_by": "queue",
        "response_format": "detailed",
        "max_wait_seconds": 120,
    },
    shown=("queue_name",),
    left_out=("queue_id", "share_percent", "n_connected", "average_talk_s", "average_hold_s", "average_acw_s"),
    chart={"by": "queues", "measure": "average_handle_s"},
    recounts=recounts_of_queues,
)

SCENES: Final[Mapping[str, Scene]] = {
    "unique": _WHO_USED_WHAT,
    "unique-legacy": _WHO_USED_WHAT,
    "genesys": _WHICH_QUEUE_TAKES_LONGEST,
}
"""By backend."""


def connections(backend: str) -> dict[str, str]:
    """How to connect a host to the demo server: where it goes, and the exact text."""
    serve_demo = _serve_demo(backend)
    entry = {"command": serve_demo[0], "args": serve_demo[1:]}
    name = "unique-analytics-demo"
    return {
        "Claude Code:": f"claude mcp add {name} -- {shlex.join(serve_demo)}",
        "Claude Desktop (claude_desktop_config.json) and Cursor (.cursor/mcp.json):": json.dumps(
            {"mcpServers": {name: entry}}
        ),
        "VS Code (.vscode/mcp.json):": json.dumps({"servers": {name: {"type": "stdio", **entry}}}),
    }

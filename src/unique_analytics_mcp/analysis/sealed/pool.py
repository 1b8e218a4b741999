"""Our side of the sealed engine: children kept warm, a deadline for each question, and a kill behind it.

A child answers one question at a time; the one that is idle afterwards is kept for the next. A child that ran into a
limit, grew large, was cancelled or died is never used again: another one is started at once and warms up by itself.
Each pool serves one identity, so that no child ever sees two principals' reports; the pools of a process take turns, so
that all callers together take no more memory than a few children may. Nothing a child does can hurt the server: it is
read as bytes with limits, and ends by SIGKILL.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

from unique_analytics_mcp.analysis.sealed.frames import HEAD_BYTES, Value, body_length, decoded, encoded
from unique_analytics_mcp.domain.statement import Statement
from unique_analytics_mcp.errors import InvalidRequest, QueryEnded

if TYPE_CHECKING:
    from unique_analytics_mcp.domain.summary import Cell

_AT_ONCE: Final = 2
"""Questions of one identity that are answered at the same time; others wait."""

START_S: Final = 30.0
"""Seconds a child may take to be ready."""

_PROGRAM: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from unique_analytics_mcp.analysis.sealed.child import main; main()"
)
_ENVIRONMENT: Final[Mapping[str, str]] = {"SYSTEMROOT": r"C:\Windows"} if sys.platform == "win32" else {}
_BROKEN: Final = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.IncompleteRead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A statement over some reports."""

    reports: Sequence[tuple[Path, str]]
    """Of each table `r1`, `r2`, …: its Parquet file and its order's id."""
    stack: bool
    """Whether the reports are of one type, so that `report` holds all of them."""
    sql: str
    limit: int
    offset: int

    def value(self, limit_s: float) -> Value:
        """The question as it is sent."""
        reports = [{"path": str(path), "order_id": order_id} for path, order_id in self.reports]
        return {
            "reports": reports,
            "stack": self.stack,
            "sql": self.sql,
            "limit": self.limit,
            "offset": self.offset,
            "limit_s": limit_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of a statement's answer."""

    columns: Sequence[str]
    types: Sequence[str]
    """The engine's names of them, such as `BIGINT`."""
    rows: Sequence[Sequence[Cell]]
    more: bool
    statement: Statement


class SealedPool:
    """Children for the questions of one identity."""

    def __init__(self, turns: anyio.Semaphore) -> None:
        """Of `turns` one is taken for each question; nobody waits there behind more than a few of another's."""
        self._idle: _Child | None = None
        self._closed = False
        self._own_turns = anyio.Semaphore(_AT_ONCE)
        self._turns = turns

    async def aclose(self) -> None:
        """End the idle child; one that is at work ends with its question."""
        self._closed = True
        idle, self._idle = self._idle, None
        if idle is not None:
            await idle.end()

    async def ask(self, question: Question, *, limit_s: float) -> Found:
        """The answer, within `limit_s` seconds from when its turn has come; a cancelled question ends its child.

        Raises:
            InvalidRequest: the statement may not run, or cannot.
            QueryEnded: it ran into a limit of time or memory, or there is no engine.
        """
        async with self._own_turns, self._turns:
            child = await self._taken()
            usable = False
            try:
                answer = await _answer(child, question, limit_s)
                usable = not answer["last"]
            finally:
                await self._give_back(child, usable=usable)
        return _found(answer)

    async def _taken(self) -> _Child:
        """The idle child, or a new one where there is none or it died meanwhile."""
        idle, self._idle = self._idle, None
        child = idle or await _started()
        try:
            if await child.is_ready():
                return child
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await child.end()
            raise
        await child.end()
        if idle is None:
            raise _no_engine()
        return await self._taken()

    async def _give_back(self, child: _Child, *, usable: bool) -> None:
        """Keep one child idle; in place of one that is not usable any more a new one, which warms up by itself."""
        with anyio.CancelScope(shield=True), suppress(QueryEnded):
            if not usable:
                await child.end()
                if self._idle is not None or self._closed:
                    return
                child = await _started()
            if self._idle is None and not self._closed:
                self._idle = child
            else:
                await child.end()


async def _started() -> _Child:
    try:
        return await _Child.start()
    except OSError as error:
        raise _no_engine() from error


async def _answer(child: _Child, question: Question, limit_s: float) -> Value:
    try:
        with anyio.fail_after(limit_s):
            return await child.exchange(question.value(limit_s))
    except TimeoutError:
        raise _out_of_time(limit_s) from None
    except (*_BROKEN, ValueError) as error:
        raise _engine_died() from error


class _Child:
    """One process."""

    def __init__(self, process: Process, questions: ByteSendStream, answers: ByteReceiveStream) -> None:
        self._process = process
        self._questions = questions
        self._answers = BufferedByteReceiveStream(answers)
        self._greeted = False

    @classmethod
    async def start(cls) -> _Child:
        """A new child, which warms up by itself: no environment, no folder of ours, no session of ours.

        Raises:
            OSError: the operating system starts none.
        """
        path = json.dumps([entry for entry in sys.path if entry])
        process = await anyio.open_process(
            [sys.executable, "-I", "-c", _PROGRAM, path],
            stderr=DEVNULL,
            cwd=Path(sys.executable).anchor,
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None:
            raise OSError("a child without pipes")
        return cls(process, process.stdin, process.stdout)

    async def is_ready(self) -> bool:
        """True as soon as it takes questions, at once when it did before; False when it is gone."""
        try:
            with anyio.fail_after(START_S):
                answer = await (self.exchange({}) if self._greeted else self._received())
        except (TimeoutError, ValueError, *_BROKEN):
            return False
        self._greeted = True
        return "ready" in answer

    async def exchange(self, question: Value) -> Value:
        """What it answers.

        Raises:
            ValueError: nothing that can be read.
        """
        await self._questions.send(encoded(question))
        return await self._received()

    async def _received(self) -> Value:
        head = await self._answers.receive_exactly(HEAD_BYTES)
        return decoded(await self._answers.receive_exactly(body_length(head)))

    async def end(self) -> None:
        """Kill it, whatever it does, and let go of its pipes."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.aclose()


def _found(answer: Value) -> Found:
    if "spent" in answer:
        raise _out_of_memory()
    if "refused" in answer:
        raise InvalidRequest(str(answer["refused"]), hint=str(answer["hint"]))
    return Found(
        columns=cast("list[str]", answer["columns"]),
        types=cast("list[str]", answer["types"]),
        rows=cast("list[list[Cell]]", answer["rows"]),
        more=bool(answer["more"]),
        statement=_statement(cast("dict[str, Any]", answer["statement"])),
    )


def _statement(told: Mapping[str, Any]) -> Statement:
    names = {field: frozenset(told[field]) for field in ("columns_read", "names_sought")}
    fields: dict[str, Any] = {**told, **names}
    return Statement(**fields)


def _no_engine() -> QueryEnded:
    return QueryEnded("The engine for queries cannot be started.", hint="Ask the operator to look at this server.")


def _out_of_time(limit_s: float) -> QueryEnded:
    return QueryEnded(
        f"The statement was ended after {limit_s:g} seconds.",
        hint="Narrow it: filter rows first, join on equal columns, group before joining, avoid endless recursion.",
    )


def _out_of_memory() -> QueryEnded:
    return QueryEnded(
        "The statement needed more memory than it may have and was ended.",
        hint="Narrow it: fewer columns and rows, shorter texts and lists, group before joining.",
    )


def _engine_died() -> QueryEnded:
    return QueryEnded(
        "The statement brought its engine down, most likely for want of memory; a new one has been started.",
        hint="Write it more simply: less nesting, fewer columns, shorter texts and lists.",
    )

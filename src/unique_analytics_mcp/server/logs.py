"""Log lines on stderr, as text for people or as JSON for collectors, each with the request and trace it belongs to.

The JSON has the names that Unique's own services use (`level`, `time`, `msg`, `context`; unique-api.md 7, read
2026-11-21), so that one rule of a collector reads both. Knows nothing of what is logged.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, cast

from unique_analytics_mcp.render import clean, json_for_terminals
from unique_analytics_mcp.tracing import recorded

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["text", "json"]

request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""Of the HTTP request being answered; empty elsewhere. Tasks that a request starts inherit it."""

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LONGEST: Final = 2_000
"""Characters of a message in text."""


def log_to_stderr(level: LogLevel, form: LogFormat) -> None:
    """Our lines from `level` on, and everybody's warnings.

    A handler that is there already stays; ours keeps the SDK from adding its coloured one.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines(_TEXT))
    logging.basicConfig(handlers=[handler], level="WARNING")
    logging.getLogger("unique_analytics_mcp").setLevel(level)


class TextLines(logging.Formatter):
    """One line for each message, with nothing in it that a terminal obeys: some hold words of strangers."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as `logging` calls it
        """The line, without its end; a traceback follows on lines of its own."""
        record.message = clean(record.message, limit=_LONGEST)
        return super().formatMessage(record)

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - as `logging` calls it
        """The traceback, set in, so that no line of an exception's words passes for one of the log."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"  {line[: -len(line.lstrip())]}{clean(line, limit=_LONGEST)}" for line in lines)


class JsonLines(logging.Formatter):
    """One JSON object on one line for each record; what is passed as `extra={"fields": {…}}` stands beside the rest."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "level": record.levelname.lower(),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "msg": record.getMessage(),
            "context": record.name,
        }
        if asked := request_id.get():
            line["request_id"] = asked
        if traced := recorded():
            line["trace_id"], line["span_id"] = traced
        line.update(cast("Mapping[str, object]", getattr(record, "fields", {})))
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json_for_terminals(json.dumps(line, ensure_ascii=False, default=str))

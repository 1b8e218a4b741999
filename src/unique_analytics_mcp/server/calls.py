"""One call of a tool or a read of a resource: what a handler gets, what it gives, and what its errors become.

The one place where our errors turn into the SDK's, and whatever was not raised on purpose into an answer: that is
logged under an id, and the model sees the id alone.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, ImageContent, ResourceLink, TextContent
from pydantic import BaseModel

from unique_analytics_mcp.errors import (
    AnalyticsError,
    ConfigurationError,
    InvalidRequest,
    NotAuthenticated,
    OrderNotFound,
    StoreError,
)
from unique_analytics_mcp.render import clean, escape, message_text, structured
from unique_analytics_mcp.tracing import note

if TYPE_CHECKING:
    from mcp.server.context import HandlerResult, ServerRequestContext

    from unique_analytics_mcp.domain.order import Order
    from unique_analytics_mcp.progress import OnProgress, Progress
    from unique_analytics_mcp.service import Service

_log: Final = logging.getLogger(__name__)

_OF_THE_OPERATOR: Final = (ConfigurationError, NotAuthenticated, StoreError)
"""What no caller can mend; their messages are of settings, credentials and the disk."""

SendProgress = Callable[[float, float | None, str | None], Awaitable[None]]
"""Progress, total and message to whoever called."""

OnRead = Callable[[str, str, date, date], None]
"""Order id, type, first and last day of a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a handler may use."""

    service: Service
    on_progress: OnProgress | None
    on_placed: Callable[[Order], None]
    """Sees each order behind an answer as soon as it has an id."""
    on_read: OnRead
    """Sees each report that was read, where they are several."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool says: a text and a record that say the same, and pictures and links beside them."""

    text: str
    record: BaseModel
    extras: tuple[ImageContent | ResourceLink, ...] = ()

    def result(self) -> CallToolResult:
        """The answer as the protocol carries it."""
        return CallToolResult(
            content=[TextContent(text=self.text), *self.extras], structured_content=structured(self.record)
        )


def increasing(send: SendProgress) -> OnProgress:
    """Reports of a wait, passed on only while they increase, as the protocol asks."""
    sent_s = -1.0

    async def report(progress: Progress) -> None:
        nonlocal sent_s
        if progress.waited_s > sent_s:
            sent_s = progress.waited_s
            await send(progress.waited_s, progress.patience_s, clean(progress.message))

    return report


@contextmanager
def tool_errors(tool: str) -> Generator[None]:
    """Errors of a tool as the model reads them, behind the words the SDK begins its own with."""
    try:
        yield
    except AnalyticsError as error:
        _note(error)
        raise ToolError(_of_tool(tool, message_text(error))) from error
    except Exception as error:
        raise ToolError(_of_tool(tool, _logged(f"tool {tool}"))) from error


def refusal(ctx: ServerRequestContext[Any, Any], error: AnalyticsError) -> CallToolResult:
    """A request that never reached its handler: refused like a tool's own error, so that a model reads it.

    Raises:
        MCPError: for every request but a tool's call.
    """
    _note(error)
    if ctx.method != "tools/call":
        raise MCPError(INTERNAL_ERROR, message_text(error)) from error
    return failed(_of_tool(str((ctx.params or {}).get("name")), message_text(error)))


def failed(said: str) -> CallToolResult:
    """A tool's answer that says why there is none."""
    return CallToolResult(content=[TextContent(text=said)], is_error=True)


def is_refused(result: HandlerResult) -> bool:
    """Whether a tool's result says that it failed."""
    return bool(result.get("isError") if isinstance(result, dict) else getattr(result, "is_error", False))


def _note(error: AnalyticsError) -> None:
    """Into span and log: by its class alone, for messages name orders and people, but for what the operator mends."""
    kind = type(error).__name__
    note(refusal=kind)
    if isinstance(error, _OF_THE_OPERATOR):
        _log.warning("A call was refused: %s, %s", kind, clean(error.message))
    else:
        _log.info("A call was refused: %s", kind)


def _of_tool(tool: str, said: str) -> str:
    return f"Error executing tool {escape(clean(tool, limit=60))}: {said}"


@contextmanager
def resource_errors(uri: str) -> Generator[None]:
    """Errors of reading a resource: what does not exist apart from what failed."""
    try:
        yield
    except (InvalidRequest, OrderNotFound) as error:
        _note(error)
        raise ResourceNotFoundError(message_text(error)) from error
    except AnalyticsError as error:
        _note(error)
        raise ResourceError(message_text(error)) from error
    except Exception as error:
        raise ResourceError(_logged(f"resource {clean(uri)!r}")) from error


@contextmanager
def task_errors() -> Generator[None]:
    """Errors of asking how a task stands, as the protocol says them: the task itself has not ended by them."""
    try:
        yield
    except MCPError:
        raise
    except AnalyticsError as error:
        _note(error)
        raise MCPError(INTERNAL_ERROR, message_text(error)) from error
    except Exception as error:
        raise MCPError(INTERNAL_ERROR, _logged("task")) from error


@contextmanager
def prompt_errors() -> Generator[None]:
    """A refused prompt as the protocol says it."""
    try:
        yield
    except InvalidRequest as error:
        raise MCPError(INVALID_PARAMS, message_text(error)) from error


def _logged(what: str) -> str:
    """Log the exception being handled, and say where it can be found."""
    incident = uuid4().hex[:8]
    _log.exception("incident %s: %s failed", incident, what)
    return (
        f"Something in this server failed that should not. The operator finds it in the log under {incident}. "
        "Nothing ordered is lost: list_analytics_orders shows the orders there are."
    )

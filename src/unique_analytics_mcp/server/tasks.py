"""The tasks extension: a wait that a client may leave and come back to (SEP-2663, mcp.md 1.4).

Where a client declares it, a call that would wait long is answered with a task instead, whose id is the id of the
order: nothing is stored here, so any replica answers for any task, and only the caller whose order it is. The order
itself is never cancelled. Clients without the extension get the bounded wait as before.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    CallToolRequestParams,
    RequestParams,
)

from unique_analytics_mcp.domain.order import ORDER_ID_PATTERN, Order
from unique_analytics_mcp.errors import AnalyticsError, OrderNotFound
from unique_analytics_mcp.render import ReportAnswer, clean, message_text
from unique_analytics_mcp.render.budget import MOST_ROWS
from unique_analytics_mcp.server.calls import Answer, Call, failed, task_errors, tool_errors
from unique_analytics_mcp.server.opening import Services
from unique_analytics_mcp.server.tools import Format, report_answer, wait_for_order

TASKS: Final = "io.modelcontextprotocol/tasks"
MODERN: Final = frozenset({"2026-07-28"})
"""The revisions whose results may be a task; a client may declare the extension on an older one too."""

AT_ONCE_S: Final = 5
"""Seconds a call waits before it becomes a task: small reports are ready in one or two."""

POLL_MS: Final = 10_000
"""How often a client should ask; the platform is asked at its own pace, whoever asks us."""

_TASK_ID: Final = re.compile(
    rf"(?P<order_id>{ORDER_ID_PATTERN})(\.(?P<form>concise|detailed)\.(?P<top>[1-9][0-9]?|{MOST_ROWS}))?"
)

LendCall = Callable[[Services], AbstractAsyncContextManager[Call]]
"""Gives what a handler may use, for the caller of the request."""
PrepareTool = Callable[[str, Mapping[str, Any]], partial[Awaitable[Answer]]]
"""Gives the tool of a name bound to its arguments, which it checks; it and the tool may raise an `AnalyticsError`."""


class TaskParams(RequestParams):
    """The parameters of all three methods."""

    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a task waits for: an order, and with `form` its summary in so many rows."""

    order_id: str
    form: Format | None = None
    top: int = 10

    @property
    def task_id(self) -> str:
        """The order's id, followed by the form of the summary where one is wanted."""
        return self.order_id if self.form is None else f"{self.order_id}.{self.form}.{self.top}"


def task_of(task_id: str) -> Task:
    """The task of an id.

    Raises:
        MCPError: it is none of ours.
    """
    found = _TASK_ID.fullmatch(task_id)
    if found is None:
        raise MCPError(INVALID_PARAMS, "There is no such task.")
    form = cast("Literal['concise', 'detailed'] | None", found["form"])
    return Task(order_id=found["order_id"], form=form, top=int(found["top"] or 10))


class OrderTasks(Extension):
    """`wait_for_order` and `run_analytics_report` as tasks."""

    identifier = TASKS

    def __init__(self, lend: LendCall, prepare: PrepareTool) -> None:
        self._lend = lend
        self._prepare = prepare

    def methods(self) -> list[MethodBinding]:
        """All three, because each must be refused by name where the client did not declare the extension."""
        return [
            MethodBinding("tasks/get", TaskParams, self.get, MODERN),
            MethodBinding("tasks/update", TaskParams, self.acknowledge, MODERN),
            MethodBinding("tasks/cancel", TaskParams, self.acknowledge, MODERN),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """A task for an order that is not finished after `AT_ONCE_S` seconds, otherwise the call's own answer."""
        if params.name not in ("wait_for_order", "run_analytics_report") or not _may_be_a_task(ctx):
            return await call_next(ctx)
        try:
            with tool_errors(params.name):
                asked = self._prepare(params.name, params.arguments or {})
                async with self._lend(ctx.lifespan_context) as call:
                    answer, now = await asked(call, max_wait_seconds=AT_ONCE_S), call.service.now()
        except ToolError as error:  # told as it is: another try, as `call_next` makes, could place a second order
            return failed(str(error))
        order = _unfinished(answer)
        if order is None:
            return answer.result()
        if order.next_step.tool != "wait_for_order":
            return await call_next(ctx)  # several orders, which no single id stands for
        task = _begun(params.name, order, asked.keywords)
        return {"resultType": "task", **_standing(task, "working", now, order=order)}

    async def get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
        """How a task stands, with its result once the order is finished."""
        task = self._asked(ctx, params)
        with task_errors():
            async with self._lend(ctx.lifespan_context) as call:
                return await _looked_at(call, task)

    async def acknowledge(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
        """Nothing is ever asked back, so an update changes nothing; nor does a cancellation: the order goes on."""
        self._asked(ctx, params)
        return {}

    def _asked(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> Task:
        require_client_extension(ctx, TASKS)
        named = getattr(ctx.request, "headers", cast("Mapping[str, str]", {})).get("mcp-name")
        if named is not None and named != params.task_id:
            raise MCPError(HEADER_MISMATCH, "The header Mcp-Name names another task.")
        return task_of(params.task_id)


async def _looked_at(call: Call, task: Task) -> HandlerResult:
    now = call.service.now()
    try:
        order = await call.service.status(task.order_id)
        if not order.is_final:
            return _standing(task, "working", now, order=order)
        result = (await _finished(call, task)).result()
    except OrderNotFound as error:
        raise MCPError(INVALID_PARAMS, message_text(error)) from error
    except AnalyticsError as error:
        if error.retryable:
            return _standing(task, "working", now, said=message_text(error))
        result = failed(message_text(error))
    said = result.model_dump(by_alias=True, mode="json", exclude_none=True)
    return {**_standing(task, "completed", now), "result": said}


def _standing(task: Task, status: str, now: datetime, *, order: Order | None = None, said: str = "") -> dict[str, Any]:
    created = order.created_at if order and order.created_at else now
    word = f" {clean(order.platform_state)}" if order else ""
    return {
        "taskId": task.task_id,
        "status": status,
        "statusMessage": said or f"Order {task.order_id}: {status}{word}",
        "createdAt": _moment(created),
        "lastUpdatedAt": _moment(now),
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _may_be_a_task(ctx: ServerRequestContext[Any, Any]) -> bool:
    capabilities = ctx.session.client_capabilities
    declared = (capabilities.extensions if capabilities else None) or {}
    return ctx.protocol_version in MODERN and TASKS in declared


def _unfinished(answer: Answer) -> Order | None:
    order = answer.record.order if isinstance(answer.record, ReportAnswer) else answer.record
    if not isinstance(order, Order) or order.order_id is None or order.is_final:
        return None
    return order


def _begun(tool: str, order: Order, asked: Mapping[str, Any]) -> Task:
    order_id = order.order_id or ""
    if tool == "wait_for_order":
        return Task(order_id=order_id)
    return Task(order_id=order_id, form=asked.get("response_format", "concise"), top=asked.get("top", 10))


async def _finished(call: Call, task: Task) -> Answer:
    if task.form is None:
        return await wait_for_order(call, order_id=task.order_id, max_wait_seconds=1)
    return report_answer(await call.service.summary(task.order_id, top=task.top, patience_s=1.0), task.form)

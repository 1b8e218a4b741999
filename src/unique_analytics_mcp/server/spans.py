"""The span of each request that a host makes, in place of the SDK's own.

The SDK's (`OpenTelemetryMiddleware`, mcp 2.3) writes down the tool's name as it was sent, the request's id, and the
message of every error, which may hold an order, an address or what somebody typed. Ours has the same names of the
conventions, and only words we know. A trace that a host has begun goes on: by `_meta` (SEP-414), or by the header of
the HTTP request where that has none.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types.version import SUPPORTED_PROTOCOL_VERSIONS

from unique_analytics_mcp.server.calls import is_refused
from unique_analytics_mcp.tracing import Facts, note, span

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

_log: Final = logging.getLogger(__name__)

_OF_THE_SDK: Final = "OpenTelemetryMiddleware"
"""Its class, which has no public name: to opt out, the SDK says, is to drop it from the server's list."""

_METHODS: Final = frozenset(
    {
        "initialize", "server/discover", "tools/list", "tools/call", "resources/list", "resources/templates/list",
        "resources/read", "prompts/list", "prompts/get", "completion/complete", "tasks/get", "tasks/update",
        "tasks/cancel",
    }
)  # fmt: skip
"""Requests that have a span: no pings, no notifications, and no listener, which stays for as long as its host runs."""


def trace_calls(server: MCPServer[Any], *, tools: Collection[str], prompts: Collection[str]) -> None:
    """Put our spans where the SDK's were."""
    spans = CallSpans(tools=tools, prompts=prompts)
    others = [each for each in server.middleware if type(each).__name__ != _OF_THE_SDK]
    if len(others) == len(server.middleware):
        _log.warning("The SDK's own spans were not found: traces may hold what callers sent. Install an older mcp.")
    server.middleware[:] = [spans.watch, *others]


class CallSpans:
    """A span around each request, as a middleware of the SDK's server."""

    def __init__(self, *, tools: Collection[str], prompts: Collection[str]) -> None:
        """Names of other tools and prompts are made up by callers."""
        self._tools, self._prompts = frozenset(tools), frozenset(prompts)

    async def watch(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let the request through, in its span."""
        if ctx.method not in _METHODS:
            return await call_next(ctx)
        facts = self._facts(ctx)
        name = " ".join(filter(None, (ctx.method, facts.get("tool"), facts.get("prompt"))))
        with span(name, kind="SERVER", parent=_traceparent(ctx), **facts):
            try:
                result = await call_next(ctx)
            except MCPError as error:
                note(rpc_status=str(error.error.code))
                raise
            if ctx.method == "tools/call" and is_refused(result):
                note(error="tool_error")
            return result

    def _facts(self, ctx: ServerRequestContext[Any, Any]) -> Facts:
        facts: Facts = {"mcp_method": ctx.method}
        if ctx.protocol_version in SUPPORTED_PROTOCOL_VERSIONS:
            facts["mcp_revision"] = ctx.protocol_version
        name = (ctx.params or {}).get("name")
        target = name if isinstance(name, str) else ""
        if ctx.method == "tools/call":
            facts["operation"] = "execute_tool"
            if target in self._tools:
                facts["tool"] = target
        elif ctx.method == "prompts/get" and target in self._prompts:
            facts["prompt"] = target
        return facts


def _traceparent(ctx: ServerRequestContext[Any, Any]) -> str | None:
    given = (ctx.meta or {}).get("traceparent") or getattr(ctx.request, "headers", {}).get("traceparent")
    return given if isinstance(given, str) else None

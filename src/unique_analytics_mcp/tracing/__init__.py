"""What a trace may hold, and the one way to write into it: spans with names and facts of this module alone.

Names are a `Step`, a method and route, or a call's name that we know; facts are counts, and words that this package's
own code chose. Nothing that a caller, a platform or a report says: no id, address, argument, message or cell. Through
OpenTelemetry's API, which records nothing until `exporting` sets its SDK up. The bottom layer, which knows nobody.
Names of facts are OpenTelemetry's own where it has them (semantic conventions for MCP and HTTP, read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypedDict, Unpack

from unique_analytics_mcp import __version__

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

SCOPE: Final = "unique_analytics_mcp"
"""Who writes these spans, as OpenTelemetry names it."""

Kind = Literal["INTERNAL", "CLIENT", "SERVER"]
"""A step of our own, a request we make, a call we answer."""


class Step(StrEnum):
    """The steps of a call, by the names of their spans."""

    ORDER = "find or place order"
    WAIT = "wait for order"
    DOWNLOAD = "download report"
    READ = "read report"
    SUMMARISE = "summarise reports"
    QUERY = "query reports"


class Facts(TypedDict, total=False):
    """All that a span may say. Texts are words of our own code, of which there is a known number."""

    backend: str
    report_type: str
    outcome: str
    """What came of an order, as it is counted too."""
    reports: int
    rows: int
    size_bytes: int
    refusal: str
    """The class of ours that a call was refused with."""
    error: str
    """A class of exceptions, a status, or `tool_error`; the span is then marked as failed."""
    mcp_method: str
    mcp_revision: str
    operation: str
    tool: str
    prompt: str
    rpc_status: str
    http_method: str
    http_route: str
    """With its variables named, never filled in."""
    http_status: int
    http_resends: int


_ATTRIBUTES: Final[Mapping[str, str]] = {
    "backend": "unique_analytics.backend",
    "report_type": "unique_analytics.report_type",
    "outcome": "unique_analytics.order.outcome",
    "reports": "unique_analytics.reports",
    "rows": "unique_analytics.rows",
    "size_bytes": "unique_analytics.bytes",
    "refusal": "unique_analytics.refusal",
    "error": "error.type",
    "mcp_method": "mcp.method.name",
    "mcp_revision": "mcp.protocol.version",
    "operation": "gen_ai.operation.name",
    "tool": "gen_ai.tool.name",
    "prompt": "gen_ai.prompt.name",
    "rpc_status": "rpc.response.status_code",
    "http_method": "http.request.method",
    "http_route": "url.template",
    "http_status": "http.response.status_code",
    "http_resends": "http.request.resend_count",
}


@contextmanager
def span(name: str, *, kind: Kind = "INTERNAL", parent: str | None = None, **facts: Unpack[Facts]) -> Generator[None]:
    """A span around the block; an exception that leaves it, a cancellation too, is told by its class alone.

    `parent` is a `traceparent` of W3C Trace Context from whoever calls; one that is none is passed over.
    """
    from opentelemetry.trace import SpanKind

    with _tracer().start_as_current_span(
        name,
        context=None if parent is None else _remote(parent),
        kind=SpanKind[kind],
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        _write(current, facts)
        try:
            yield
        except BaseException as error:
            _write(current, {"error": type(error).__qualname__})
            raise


def note(**facts: Unpack[Facts]) -> None:
    """Add facts to the span that is open here, if one is."""
    from opentelemetry.trace import get_current_span

    _write(get_current_span(), facts)


def recorded() -> tuple[str, str] | None:
    """Trace and span that are open here, in hexadecimal; None where nothing is recorded."""
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    current = get_current_span()
    if not current.is_recording():
        return None
    context = current.get_span_context()
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


@cache
def _tracer() -> Tracer:
    """OpenTelemetry's own stand-in, which finds the SDK whenever that is set up."""
    from opentelemetry.trace import get_tracer

    return get_tracer(SCOPE, __version__)


def _write(current: Span, facts: Facts) -> None:
    if not current.is_recording():
        return
    current.set_attributes({_ATTRIBUTES[name]: value for name, value in facts.items() if isinstance(value, str | int)})
    if "error" in facts:
        from opentelemetry.trace import StatusCode

        current.set_status(StatusCode.ERROR)


def _remote(traceparent: str) -> Context | None:
    """Two ids and a flag; the state and the baggage that may come with them hold whatever their sender likes."""
    from opentelemetry.context import Context
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    found = TraceContextTextMapPropagator().extract({"traceparent": traceparent}, context=Context())
    return found if get_current_span(found).get_span_context().is_valid else None

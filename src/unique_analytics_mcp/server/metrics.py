"""What Prometheus may know of a server over HTTP: how many, how long, how it ended.

No label comes from a caller: tools and routes are those there are, and `other`; there is no order, no person and no
address in any of them. The names of the two metrics about calls are those of Unique's own servers (unique-api.md 7,
read 2026-11-21). The only importer of the Prometheus client, which is loaded for HTTP alone.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector

from unique_analytics_mcp.server.calls import is_refused
from unique_analytics_mcp.watching import Counted, Tally

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
OTHER: Final = "other"

_KINDS: Final = {"tools/call": "tool", "resources/read": "resource", "prompts/get": "prompt"}
_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Upper bounds of durations: from a cheap tool to the longest wait there is."""


class Metrics:
    """The metrics of one server, kept in a registry of its own."""

    def __init__(self, *, tools: Collection[str], routes: Collection[str], tally: Tally | None = None) -> None:
        """`tally` is what the service counts."""
        self._tools, self._routes = frozenset(tools), frozenset(routes)
        self._registry = registry = CollectorRegistry()
        for collector in (ProcessCollector(registry=None), PlatformCollector(registry=None), Counts(tally or Tally())):
            registry.register(collector)
        call, request = ("kind", "name"), ("route",)
        self._calls = Counter(
            "mcp_calls", "Calls of tools, resources and prompts.", (*call, "status"), registry=registry
        )
        self._call_seconds = Histogram(
            "mcp_call_duration_seconds", "How long they took.", call, registry=registry, buckets=_SECONDS
        )
        self._calls_running = Gauge(
            "mcp_calls_in_progress", "Calls that run, waits for orders among them.", call, registry=registry
        )
        self._requests = Counter("http_requests", "Answered HTTP requests.", (*request, "status"), registry=registry)
        self._running = Gauge("http_requests_in_progress", "HTTP requests being answered.", request, registry=registry)

    def exposition(self) -> bytes:
        """All metrics as Prometheus reads them."""
        return generate_latest(self._registry)

    async def watch_calls(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Count and time a call; as a middleware of the SDK's server."""
        kind = _KINDS.get(ctx.method)
        if kind is None:
            return await call_next(ctx)
        name, started, status = self._name_of(kind, ctx), time.perf_counter(), "cancelled"
        try:
            with self._calls_running.labels(kind, name).track_inprogress():
                result = await call_next(ctx)
        except Exception:
            status = "error"
            raise
        else:
            status = "error" if is_refused(result) else "success"
            return result
        finally:
            self._calls.labels(kind, name, status).inc()
            self._call_seconds.labels(kind, name).observe(time.perf_counter() - started)

    def route_of(self, path: str) -> str:
        """The path where there is something, `other` for what callers make up."""
        return path if path in self._routes else OTHER

    @contextmanager
    def answering(self, route: str) -> Generator[None]:
        """Counts a request as being answered during the block."""
        with self._running.labels(route).track_inprogress():
            yield

    def answered(self, route: str, status: int) -> None:
        """Count an answer."""
        self._requests.labels(route, str(status)).inc()

    def _name_of(self, kind: str, ctx: ServerRequestContext[Any, Any]) -> str:
        if kind != "tool":
            return kind
        name = (ctx.params or {}).get("name")
        return name if isinstance(name, str) and name in self._tools else OTHER


_COUNTS: Final[Mapping[Counted, tuple[str, tuple[str, ...]]]] = {
    Counted.ORDERS: ("Orders by what came of them.", ("backend", "outcome")),
    Counted.POLLS: ("Checks of how an order stands.", ("backend",)),
    Counted.UPSTREAM: ("Requests to analytics services.", ("method", "route", "status")),
    Counted.QUERIES_ENDED: ("Statements of callers that ran into a limit.", ()),
    Counted.REFUSED: ("Requests refused by a limit of the caller's.", ("limit",)),
}


class Counts(Collector):
    """What the service counts, as Prometheus reads it."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Each count, with a line for each of its words so far."""
        for counted, (meaning, labels) in _COUNTS.items():
            family = CounterMetricFamily(f"unique_analytics_{counted}", meaning, labels=labels)
            for words, count in self._tally.of(counted).items():
                family.add_metric(words, count)
            yield family

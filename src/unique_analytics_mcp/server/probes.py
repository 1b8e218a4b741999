"""What a platform team asks a running server: does it live, may it get calls, what are its figures.

Whoever can reach the port may ask, under any host name, as kubelets and Prometheus do; so the answers say one word, at
most with what is away (folder, bucket, Redis, audit file), and figures without names. Reasons are in the log.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.errors import AnalyticsError
from unique_analytics_mcp.server.metrics import CONTENT_TYPE, Metrics
from unique_analytics_mcp.server.readiness import Readiness

if TYPE_CHECKING:
    from starlette.requests import Request

    from unique_analytics_mcp.server import AnalyticsServer

_log: Final = logging.getLogger(__name__)

HEALTH, READY, METRICS = "/health", "/ready", "/metrics"
PATHS: Final = (HEALTH, READY, METRICS)


_PROBE: Final = Caller(user_id="readiness", company_id="readiness")
"""Whose service shows that one can be opened, where callers bring their identity; it asks the platform for nothing."""


def add_probes(server: AnalyticsServer, metrics: Metrics, readiness: Readiness) -> None:
    """Let the server answer at `/health`, `/ready` and `/metrics`."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "healthy"})

    async def ready(_: Request) -> Response:
        try:
            if unreachable := await readiness.unreachable():
                return JSONResponse({"status": "unready", "unreachable": unreachable}, 503)
            is_ready = await _can_serve(server)
        except Exception as error:  # noqa: BLE001 - such as no thread left: whatever it is, no call could be served
            _log.error("Not ready for calls: %r", error)
            is_ready = False
        return JSONResponse({"status": "ready" if is_ready else "unready"}, 200 if is_ready else 503)

    async def figures(_: Request) -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    for path, answer in ((HEALTH, health), (READY, ready), (METRICS, figures)):
        server.custom_route(path, ["GET"], include_in_schema=False)(answer)


async def _can_serve(server: AnalyticsServer) -> bool:
    """Whether settings and store let the service open; the platform would be asked by each probe, so it is not."""
    try:
        async with server.serving[-1].lent_to(_PROBE if server.names_callers else None):
            return True
    except AnalyticsError as error:
        _log.warning("Not ready for calls: %s", error)
        return False

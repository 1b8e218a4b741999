"""How the pretend Unique platform says no: three kinds of bodies, chosen by status.

The gateway answers 401, 502, 503 and 504 in its own small way. The NestJS backend answers 400, 403, 409, 429 and a
404 for an unknown route in the framework's way. A 404 for an unknown order and a 500 come in Unique's own envelope.
Which status wears which body is documented nowhere; the bodies are (`reference/unique-api.md` 3.1, read
2026-11-21). Layer: simulator.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.datastructures import URL
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from unique_analytics_mcp.simulator.faults import FaultName

_BAD_GATEWAY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center>502 Bad Gateway</center></body></html>"
)
_GATEWAY_PREFIX = re.compile(r"^(/public)?/chat(?:-gen2)?/")
_STORAGE = "/storage/report.csv"
"""Where nothing is."""


def is_json(content_type: str) -> bool:
    """Say whether a body of this type is read at all."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def gateway(status: int, message: str) -> Response:
    """Give the gateway's small JSON body."""
    return JSONResponse({"message": message}, status_code=status)


def nest(status: int, message: str | list[str]) -> Response:
    """Give the NestJS body; a list is how it reports several invalid fields."""
    body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
    return JSONResponse(body, status_code=status)


def envelope(status: int, code: str, message: str, *, retryable: bool) -> Response:
    """Give Unique's own error envelope."""
    error = {
        "message": message,
        "code": code,
        "type": "api_error",
        "params": {"retryable": retryable, "correlationId": "demo-correlation"},
        "cause": {"error": {"code": code, "message": message}, "status": status},
    }
    return JSONResponse({"error": error}, status_code=status)


def unauthorised() -> Response:
    """Give the gateway's answer to a bad or missing key, app id or company id."""
    return gateway(HTTPStatus.UNAUTHORIZED, "Unauthorized")


def forbidden(message: str = "Forbidden resource") -> Response:
    """Give the backend's answer to a user without the role."""
    return nest(HTTPStatus.FORBIDDEN, message)


def not_multi_tenant(type_: str) -> Response:
    """Give the backend's answer to an order of a type that multi-tenant instances do not have."""
    return forbidden(f"{type_} is not available on multi-tenant instances")


def no_such_route(method: str, path: str) -> Response:
    """Give the backend's answer to an unknown path or version; the gateway has shortened the path by then."""
    shorter = _GATEWAY_PREFIX.sub(r"\1/", path)
    return nest(HTTPStatus.NOT_FOUND, f"Cannot {method} {shorter}")


def no_such_order(order_id: str) -> Response:
    """Give the backend's answer to an order id it does not know."""
    message = f"Analytics order {order_id} not found"
    return envelope(HTTPStatus.NOT_FOUND, "NOT_FOUND", message, retryable=False)


def no_such_report(url: URL) -> Response:
    """Give the backend's answer to a download at this address whose order it does not know."""
    return no_such_order(url.path.removesuffix("/download").rpartition("/")[2])


def sent_on(url: URL) -> Response:
    """Lead from this address to a signed one on another host, as of a store for files; no file is there."""
    elsewhere = "127.0.0.1" if url.hostname == "localhost" else "localhost"
    return RedirectResponse(url.replace(hostname=elsewhere, path=_STORAGE, query="sig=demo"), status_code=302)


def for_fault(fault: FaultName, retry_after_s: int) -> Response:
    """Give the answer for a fault that is a status."""
    match fault:
        case FaultName.UNAUTHORISED:
            return unauthorised()
        case FaultName.FORBIDDEN:
            return forbidden()
        case FaultName.TOO_MANY:
            return _too_many(retry_after_s)
        case FaultName.TOO_MANY_BARE:
            return _throttled()
        case FaultName.BROKEN:
            return _broken()
        case _:
            return _upstream_trouble(fault)


def _too_many(retry_after_s: int) -> Response:
    response = _throttled()
    response.headers["retry-after"] = str(retry_after_s)
    return response


def _throttled() -> Response:
    return nest(HTTPStatus.TOO_MANY_REQUESTS, "ThrottlerException: Too Many Requests")


def _broken() -> Response:
    return envelope(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", "Internal server error", retryable=True)


def _upstream_trouble(fault: FaultName) -> Response:
    if fault is FaultName.BAD_GATEWAY:
        return HTMLResponse(_BAD_GATEWAY_PAGE, status_code=HTTPStatus.BAD_GATEWAY)
    if fault is FaultName.GATEWAY_TIMEOUT:
        return gateway(HTTPStatus.GATEWAY_TIMEOUT, "The upstream server is timing out")
    return gateway(HTTPStatus.SERVICE_UNAVAILABLE, "failure to get a peer from the ring-balancer")

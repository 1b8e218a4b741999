"""How the pretend Genesys Cloud says no: the API's ErrorBody, and the login host's own small shape.

Codes and shapes: `reference/genesys-api.md` 1.1, 3.3, 6.1 and 6.2 (read 2026-11-21). It does not decide who is
refused. Layer: backend, simulator side.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from uuid import uuid4

from starlette.responses import HTMLResponse, JSONResponse, Response

from unique_analytics_mcp.simulator import FaultName

_BAD_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def error(
    status: int, code: str, message: str, *, parameters: Mapping[str, str] | None = None, **more: object
) -> Response:
    """Give the API's ErrorBody; its context id is also the correlation id of the answer."""
    body: dict[str, object] = {
        "message": message,
        "code": code,
        "status": status,
        "messageParams": dict(parameters or {}),
        "contextId": str(uuid4()),
        "details": [],
        "errors": [],
        **more,
    }
    return JSONResponse(body, status_code=status, headers={"inin-correlation-id": str(body["contextId"])})


def login_failed() -> Response:
    """Give the login host's answer to wrong credentials."""
    return login_refused("invalid_client", "authentication failed")


def login_refused(word: str, description: str) -> Response:
    """Give the login host's answer to a request it cannot read, such as `unsupported_grant_type`."""
    body = {"error": word, "description": description, "error_description": description}
    return JSONResponse(body, status_code=HTTPStatus.BAD_REQUEST)


def unauthorised(code: str) -> Response:
    """Give a 401: `authentication.required`, `bad.credentials` or `credentials.expired`."""
    messages = {
        "authentication.required": "No authentication bearer token specified in authorization header.",
        "bad.credentials": "Invalid login credentials.",
        "credentials.expired": "The credentials used to authenticate have expired.",
    }
    return error(HTTPStatus.UNAUTHORIZED, code, messages[code])


def forbidden(permissions: tuple[str, ...]) -> Response:
    """Give the answer to a client whose roles have none of these permissions."""
    named = ", ".join(permissions)
    return error(
        HTTPStatus.FORBIDDEN,
        "missing.any.permissions",
        f"Unable to perform the requested action. You must have at least one of the following permissions: {named}",
        messageWithParams="Unable to perform the requested action. "
        "You must have at least one of the following permissions: {permissions}",
        parameters={"permissions": named},
    )


def bad(message: str, code: str = "bad.request") -> Response:
    """Give a 400."""
    return error(HTTPStatus.BAD_REQUEST, code, message)


def not_found() -> Response:
    """Give a 404."""
    return error(HTTPStatus.NOT_FOUND, "not.found", "The requested resource was not found.")


def too_large(maximum: int) -> Response:
    """Give the answer to a body of more than `maximum` bytes."""
    limit = {"key": "request.bytes.max", "namespace": "platform.api", "value": maximum}
    message = f"The request body is larger than the maximum of {maximum} bytes."
    return error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request.entity.too.large", message, limit=limit)


def not_json() -> Response:
    """Give the answer to a body of another media type."""
    return error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported.media.type", "The media type is not supported.")


def too_many(retry_after_s: int | None) -> Response:
    """Give a 429; the header is missing when no time is known."""
    if retry_after_s is None:
        return error(HTTPStatus.TOO_MANY_REQUESTS, "too.many.requests", "Rate limit exceeded the maximum.")
    message = f"Rate limit exceeded the maximum. Retry the request in [{retry_after_s}] seconds"
    response = error(HTTPStatus.TOO_MANY_REQUESTS, "too.many.requests.retry.after", message)
    response.headers["retry-after"] = str(retry_after_s)
    return response


def for_fault(fault: FaultName, retry_after_s: int) -> Response:
    """Give the answer for a fault that is a status."""
    match fault:
        case FaultName.UNAUTHORISED:
            return unauthorised("bad.credentials")
        case FaultName.FORBIDDEN:
            return forbidden(("analytics:conversationDetail:view",))
        case FaultName.TOO_MANY:
            return too_many(retry_after_s)
        case FaultName.TOO_MANY_BARE:
            return too_many(None)
        case FaultName.BAD_GATEWAY:
            return HTMLResponse(_BAD_GATEWAY_PAGE, status_code=HTTPStatus.BAD_GATEWAY)
        case _:
            return _trouble(fault, retry_after_s)


def _trouble(fault: FaultName, retry_after_s: int) -> Response:
    if fault in {FaultName.GONE, FaultName.LOST_FILE}:
        return not_found()
    if fault is FaultName.BROKEN:
        return error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal.server.error", "The request failed.")
    if fault is FaultName.GATEWAY_TIMEOUT:
        return error(HTTPStatus.GATEWAY_TIMEOUT, "request.timeout", "The request timed out.")
    response = error(HTTPStatus.SERVICE_UNAVAILABLE, "service.unavailable", "The service is unavailable.")
    response.headers["retry-after"] = str(retry_after_s)
    return response

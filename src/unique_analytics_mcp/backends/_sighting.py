"""What a platform shows of itself before anybody says who they are: that it answers, its clock, its certificate.

One GET of the address itself, without credentials, through the same trust and the same proxy as every other call.
Knows no service; whatever HTTP status comes back is an answer. For `doctor`: nothing else asks without credentials.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from anyio import to_thread

from unique_analytics_mcp.backends._answers import read_moment
from unique_analytics_mcp.backends._loopback import is_this_machine
from unique_analytics_mcp.backends._troubles import CONNECT_S, distrust_of, network_setback, nowhere, proxy_trouble
from unique_analytics_mcp.backends._trust import system_trust
from unique_analytics_mcp.errors import BackendError

if TYPE_CHECKING:
    import httpx

_PATIENCE_S: Final = 10


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate a platform showed, already believed."""

    expires_at: datetime
    """Aware."""
    issuer: str
    """Whoever signed it, by organisation or else by name; empty when it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One answer of a platform."""

    host: str
    status: int
    elapsed_s: float
    """From the first byte of connecting to the answer's headers."""
    seen_at: datetime
    """By our clock, half-way between question and answer."""
    date: datetime | None
    """By the platform's clock, rounded down to the second."""
    certificate: Certificate | None
    """None where the connection is not encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Why there was no answer."""

    error: BackendError
    distrust: str = ""
    """What is wrong with the certificate, as the end of a sentence; empty when it is something else."""


async def sight(
    base_url: str,
    *,
    now: Callable[[], datetime],
    trust: Callable[[], ssl.SSLContext] = system_trust,
    patience_s: float = _PATIENCE_S,
) -> Sighting | Unseen:
    """Look at the platform at this address, once; `now` is aware, and `patience_s` how long it may be silent.

    Raises:
        ConfigurationError: the environment names a proxy that cannot be used.
    """
    import httpx

    parts = urlsplit(base_url)
    context = await to_thread.run_sync(trust)
    use_proxies = not is_this_machine(parts.hostname or "")
    with proxy_trouble(are_used=use_proxies):
        timeout = httpx.Timeout(patience_s, connect=CONNECT_S)
        client = httpx.AsyncClient(verify=context, timeout=timeout, trust_env=use_proxies)
    async with client:
        asked_at = now()
        try:
            async with client.stream("GET", f"{parts.scheme}://{parts.netloc}/") as response:
                return _seen(response, parts.netloc, asked_at, now())
        except httpx.RequestError as exc:
            doubt = distrust_of(exc)
            return Unseen(
                error=network_setback(exc, parts.netloc, silent_s=patience_s).error, distrust=doubt.why if doubt else ""
            )
        except (httpx.InvalidURL, UnicodeError):
            return Unseen(error=nowhere(parts.netloc))


def _seen(response: httpx.Response, host: str, asked_at: datetime, answered_at: datetime) -> Sighting:
    elapsed = answered_at - asked_at
    return Sighting(
        host=host,
        status=response.status_code,
        elapsed_s=elapsed.total_seconds(),
        seen_at=asked_at + elapsed / 2,
        date=read_moment(response.headers.get("date")),
        certificate=_shown_certificate(response),
    )


def _shown_certificate(response: httpx.Response) -> Certificate | None:
    connection = response.extensions.get("network_stream")
    tls = connection.get_extra_info("ssl_object") if connection is not None else None
    shown = cast("dict[str, object]", tls.getpeercert() or {}) if tls is not None else {}
    expires = shown.get("notAfter")
    if not isinstance(expires, str):
        return None
    return Certificate(datetime.fromtimestamp(ssl.cert_time_to_seconds(expires), UTC), _issuer(shown.get("issuer")))


def _issuer(names: object) -> str:
    """Of `((("organizationName", "Nordwind"),), …)`, as Python's `ssl` gives it."""
    fields = dict(pair for group in cast("tuple[tuple[tuple[str, str], ...], ...]", names or ()) for pair in group)
    return fields.get("organizationName") or fields.get("commonName") or ""

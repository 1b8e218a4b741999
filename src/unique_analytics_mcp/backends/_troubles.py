"""What can go wrong below HTTP: each failure of the HTTP client, in our words, and whether anything was sent.

Knows `httpx` as `_http` and `_sighting` do, and like there it is imported late.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from unique_analytics_mcp.backends._answers import unavailable
from unique_analytics_mcp.backends._retry import Outlook, Setback
from unique_analytics_mcp.errors import BackendError, BackendUnavailable, ConfigurationError, UnexpectedAnswer

if TYPE_CHECKING:
    import httpx

T = TypeVar("T", bound=BaseException)

CONNECT_S: Final = 10
"""How long making a connection may take."""

READ_S: Final = 45
"""How long the platform may be silent."""

IDLE_S: Final = 3.0
"""How long a connection is kept for the next call.

Node.js and uvicorn close one after five idle seconds (their documents, read 2026-11-23). A call that crosses the
closing is lost, and of an order nobody could say then whether it was placed.
"""


class Distrust(NamedTuple):
    """What is wrong with a certificate."""

    why: str
    """As the end of a sentence."""
    hint: str
    """With a place for the `host`."""


_BY_ANOTHER: Final = (
    "Name the file of your company's certificate authority, in PEM form, in SSL_CERT_FILE, then start again."
)
_OUT_OF_TIME: Final = "Ask the operator of {host} for one that holds today, or set this machine's clock right (NTP)."
_FOR_ANOTHER: Final = "Check the base URL: the certificate of {host} must be for the name or address that stands there."

_UNVERIFIED: Final = Distrust("it could not be verified", _BY_ANOTHER)
_DISTRUST: Final[Mapping[int, Distrust]] = {
    9: Distrust("it is not valid yet, or the clock of this machine is behind", _OUT_OF_TIME),
    10: Distrust("it has expired, or the clock of this machine is ahead", _OUT_OF_TIME),
    18: Distrust("it is signed by nobody but itself", _BY_ANOTHER),
    19: Distrust("the authority at the end of its chain is not trusted here", _BY_ANOTHER),
    20: Distrust("the authority that signed it is not known here", _BY_ANOTHER),
    21: Distrust("the authority that signed it is not known here", _BY_ANOTHER),
    62: Distrust("it is for another name", _FOR_ANOTHER),
    64: Distrust("it is for another address", _FOR_ANOTHER),
}
"""OpenSSL's `X509_V_ERR_…` numbers (x509_vfy.h)."""


def network_setback(exc: httpx.RequestError, host: str, *, silent_s: float = READ_S) -> Setback:
    """Any trouble below HTTP as a setback; `unclear` unless it came before the request can have been sent.

    `silent_s` is how long the platform was allowed to be silent.
    """
    import httpx

    if isinstance(exc, httpx.TooManyRedirects):
        circle = UnexpectedAnswer(f"{host} sends calls on and on.", hint="Check the base URL.")
        return Setback(error=circle, cause=exc)
    if doubt := distrust_of(exc):
        return Setback(error=_untrusted(host, doubt), cause=exc)
    unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
    return Setback(
        error=unavailable(_trouble(exc, host, silent_s)),
        cause=exc,
        outlook=Outlook.PASSING,
        unclear=not isinstance(exc, unsent),
    )


@contextmanager
def proxy_trouble(*, are_used: bool) -> Generator[None]:
    """For the making of a client, which reads the environment's proxies where they are used.

    Raises:
        ConfigurationError: one of them, or what is excepted from them, cannot be used.
    """
    import httpx

    try:
        if are_used:
            _check_ports()
        yield
    except (ImportError, ValueError, httpx.InvalidURL) as exc:
        raise ConfigurationError(
            "The proxy that the environment names cannot be used, or NO_PROXY cannot be read.",
            hint="Give HTTPS_PROXY, HTTP_PROXY and ALL_PROXY the http:// address of a proxy, SOCKS is not spoken; "
            "leave networks of IPv6, brackets and other letters than ASCII out of NO_PROXY.",
        ) from exc


def _check_ports() -> None:
    """Refuse a port that cannot be (a `ValueError`): the HTTP client would let it through to the socket."""
    from urllib.request import getproxies

    for scheme, proxy in getproxies().items():
        if scheme in ("http", "https", "all"):
            _ = urlsplit(proxy if "://" in proxy else f"http://{proxy}").port


def nowhere(host: str) -> UnexpectedAnswer:
    """For a redirect to an address that is none: the HTTP client's `InvalidURL`, or a `UnicodeError` of its parts."""
    return UnexpectedAnswer(
        f"{host} sent the call on to an address that is none.",
        hint="Check the base URL: it must be the address of the API itself.",
    )


def elsewhere_refused(host: str, status: int, words: Mapping[int, BackendError]) -> Setback:
    """For a refusal by another host than the platform's, which knows no roles and no orders.

    A new try is sent on with a new address, where a signed one has expired.
    """
    general = unavailable(f"{host}'s redirect target refused the call ({status}).")
    return Setback(error=words.get(status, general), outlook=Outlook.PASSING)


def too_slow(host: str) -> BackendUnavailable:
    """For a report whose bytes drip."""
    return unavailable(f"{host} sends the report so slowly that it would not end.")


def _trouble(exc: httpx.RequestError, host: str, silent_s: float) -> str:
    import httpx

    if cause_of(exc, socket.gaierror):
        return f"The name of {host} could not be looked up."
    words: Mapping[type[httpx.RequestError], str] = {
        httpx.ConnectTimeout: f"{host} did not accept a connection within {CONNECT_S} seconds.",
        httpx.PoolTimeout: f"Too many calls to {host} are under way.",
        httpx.TimeoutException: f"{host} did not answer within {silent_s:g} seconds.",
        httpx.ProxyError: f"The proxy on the way to {host} refused the connection.",
        httpx.ConnectError: f"{host} could not be reached.",
        httpx.RequestError: f"The connection to {host} broke before the answer was complete.",
    }
    return next(text for kind, text in words.items() if isinstance(exc, kind))


def cause_of(exc: BaseException | None, kind: type[T]) -> T | None:
    """The error of that kind that an error comes from, be it itself; None where there is none."""
    while exc is not None:
        if isinstance(exc, kind):
            return exc
        exc = exc.__cause__ or exc.__context__
    return None


def distrust_of(exc: BaseException) -> Distrust | None:
    """Why a certificate was not believed; None for any other trouble."""
    doubt = cause_of(exc, ssl.SSLCertVerificationError)
    return _DISTRUST.get(doubt.verify_code, _UNVERIFIED) if doubt else None


def _untrusted(host: str, doubt: Distrust) -> BackendUnavailable:
    return BackendUnavailable(
        f"The certificate of {host} is not trusted on this machine: {doubt.why}.", hint=doubt.hint.format(host=host)
    )

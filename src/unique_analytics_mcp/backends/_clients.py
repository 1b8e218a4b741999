"""The HTTP clients of one identity: what they trust and follow, and that its credentials never leave the platform.

One asynchronous client for all JSON calls, and a synchronous one for each download. Knows no calls and no answers.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, TypedDict
from urllib.parse import urlsplit

import anyio
from anyio import to_thread

from unique_analytics_mcp import __version__
from unique_analytics_mcp.backends._answers import check_headers
from unique_analytics_mcp.backends._loopback import is_this_machine
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends._troubles import CONNECT_S, IDLE_S, READ_S, nowhere, proxy_trouble
from unique_analytics_mcp.errors import UnexpectedAnswer

if TYPE_CHECKING:
    import httpx

_MAX_REDIRECTS: Final = 3
_MOST_CONNECTIONS: Final = 100
_LAST_PORT: Final = 65_535

_HARMLESS: Final = frozenset({"accept", "accept-encoding", "connection", "host", "user-agent"})
"""The only headers that another host than the platform's ever sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the first call sets up."""

    for_json: httpx.AsyncClient
    for_download: Callable[[], httpx.Client]
    """A new one each time, for whoever closes it."""


class _Settings(TypedDict):
    """What both kinds of client are made with."""

    base_url: str
    headers: Mapping[str, str]
    timeout: httpx.Timeout
    limits: httpx.Limits
    max_redirects: int
    verify: ssl.SSLContext
    cookies: CookieJar
    trust_env: bool


class Clients:
    """Those of one platform, for one identity, from one event loop."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str], runtime: Runtime) -> None:
        """Nothing is opened yet. `headers` go with every call, but never to another host; each also says who we are.

        Raises:
            ConfigurationError: a header cannot be sent.
        """
        self.host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._base_url = base_url
        self._headers = check_headers({"user-agent": f"unique-analytics-mcp/{__version__}", **headers})
        self._runtime = runtime
        self._opening = anyio.Lock()
        self._opened: Opened | None = None

    async def opened(self) -> Opened:
        """The same for each call.

        Raises:
            ConfigurationError: the environment names a proxy that cannot be used.
        """
        async with self._opening:
            if self._opened is None:
                self._opened = await to_thread.run_sync(self._open)
            return self._opened

    async def aclose(self) -> None:
        """Close what is open."""
        if self._opened is not None:
            await self._opened.for_json.aclose()

    def is_home(self, url: httpx.URL) -> bool:
        """Whether the address is the platform's own."""
        import httpx

        home = httpx.URL(self._base_url)
        return (url.scheme, url.host, url.port) == (home.scheme, home.host, home.port)

    def _open(self) -> Opened:
        """Slow, so it runs in a worker thread."""
        for name in ("httpx", "httpcore.http11"):
            logging.getLogger(name).addFilter(_hide_addresses)
        settings = self._settings(self._runtime.trust())
        with proxy_trouble(are_used=settings["trust_env"]):
            return Opened(for_json=self._for_json(settings), for_download=partial(self._for_download, settings))

    def _for_json(self, settings: _Settings) -> httpx.AsyncClient:
        import httpx

        async def keep_credentials_home(request: httpx.Request) -> None:
            self._keep_credentials_home(request)

        async def leave_redirect_unread(response: httpx.Response) -> None:
            if response.has_redirect_location and isinstance(response.stream, httpx.AsyncByteStream):
                await response.stream.aclose()
                response.stream = httpx.ByteStream(b"")

        return httpx.AsyncClient(
            **settings,
            transport=self._runtime.transport,
            event_hooks={"request": [keep_credentials_home], "response": [leave_redirect_unread]},
        )

    def _for_download(self, settings: _Settings) -> httpx.Client:
        import httpx

        return httpx.Client(
            **settings,
            transport=self._runtime.download_transport,
            event_hooks={"request": [self._keep_credentials_home], "response": [_leave_redirect_unread]},
        )

    def _settings(self, trust: ssl.SSLContext) -> _Settings:
        """Proxy variables are honoured but for this machine itself; cookies are refused: no session outlives a call."""
        import httpx

        return {
            "base_url": self._base_url,
            "headers": self._headers,
            "timeout": httpx.Timeout(READ_S, connect=CONNECT_S),
            "limits": httpx.Limits(max_connections=_MOST_CONNECTIONS, keepalive_expiry=IDLE_S),
            "max_redirects": _MAX_REDIRECTS,
            "verify": trust,
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            "trust_env": not is_this_machine(urlsplit(self._base_url).hostname or ""),
        }

    def _keep_credentials_home(self, request: httpx.Request) -> None:
        """Runs before each request, so also after each redirect."""
        if self.is_home(request.url):
            return
        if (request.url.port or 0) > _LAST_PORT:  # the HTTP client would let it through to the socket
            raise nowhere(self.host)
        if urlsplit(self._base_url).scheme == "https" and request.url.scheme != "https":
            raise UnexpectedAnswer(
                f"{self.host} sent the call on to an address without encryption.",
                hint="Ask the platform's operator; nothing was sent there.",
            )
        for name in set(request.headers) - _HARMLESS:
            del request.headers[name]


def _leave_redirect_unread(response: httpx.Response) -> None:
    """Nobody wants its body, of which the HTTP client would take whatever comes."""
    import httpx

    if response.has_redirect_location and isinstance(response.stream, httpx.SyncByteStream):
        response.stream.close()
        response.stream = httpx.ByteStream(b"")


def _hide_addresses(record: logging.LogRecord) -> bool:
    """Keep signed addresses, which are credentials, out of what the HTTP client itself logs."""
    import httpx

    if isinstance(record.args, tuple):
        record.args = tuple(arg.copy_with(query=None) if isinstance(arg, httpx.URL) else arg for arg in record.args)
    return not record.getMessage().startswith("receive_response_headers.complete")

"""Who may come in at the pretend Genesys Cloud: the client's credentials, tokens that expire, and the rate of requests.

Login: `reference/genesys-api.md` 1.1; limits: 6.1 (read 2026-11-21). Time is a parameter. Layer: backend, simulator
side.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from urllib.parse import parse_qs

from unique_analytics_mcp.backends.genesys import simulator_answers as answers
from unique_analytics_mcp.backends.genesys.simulator_tree import Json
from unique_analytics_mcp.simulator import Refusal

_WINDOW_S = 60.0
_DEMO = "demo-of-nordwind"
"""Opens nothing but the pretend platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesysCredentials:
    """An OAuth client of the grant type Client Credentials."""

    client_id: str = "5e7ad000-0000-4000-8000-000000000001"
    client_secret: str = _DEMO

    @property
    def basic(self) -> str:
        """The `Authorization` header of a login."""
        return "Basic " + b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


class Tokens:
    """The tokens that were given out."""

    def __init__(self, credentials: GenesysCredentials, lifetime_s: int, clock: Callable[[], float]) -> None:
        """Give tokens that live `lifetime_s` seconds by `clock`."""
        self._credentials = credentials
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._expiry_s: dict[str, float] = {}

    def grant(self, authorization: str | None, content_type: str, body: bytes) -> Json:
        """Answer a login.

        Raises:
            Refusal: 400 in the login host's own shape.
        """
        form = parse_qs(body.decode(errors="replace")) if content_type == "application/x-www-form-urlencoded" else {}
        if form.get("grant_type") != ["client_credentials"]:
            raise Refusal(answers.login_refused("unsupported_grant_type", "the grant type is not supported"))
        if authorization != self._credentials.basic:
            raise Refusal(answers.login_failed())
        token = token_urlsafe(48)
        self._expiry_s[token] = self._clock() + self._lifetime_s
        return {"access_token": token, "token_type": "bearer", "expires_in": self._lifetime_s}

    def check(self, authorization: str | None) -> str:
        """Give the token of a request.

        Raises:
            Refusal: 401, with the code that says why.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(answers.unauthorised("authentication.required"))
        if token not in self._expiry_s:
            raise Refusal(answers.unauthorised("bad.credentials"))
        if self._clock() >= self._expiry_s[token]:
            raise Refusal(answers.unauthorised("credentials.expired"))
        return token

    def expire(self) -> None:
        """Let every token given out so far expire now."""
        self._expiry_s = dict.fromkeys(self._expiry_s, self._clock())


def rate_headers(counted: int, allowed: int, reset_s: int) -> dict[str, str]:
    """Say how many requests were counted in this window, of how many, and in how many seconds the next one begins."""
    return {
        "inin-ratelimit-count": str(counted),
        "inin-ratelimit-allowed": str(allowed),
        "inin-ratelimit-reset": str(reset_s),
    }


class Meter:
    """Counts requests by whoever makes them, in windows of one minute that begin with the first."""

    def __init__(self, allowed: int, clock: Callable[[], float]) -> None:
        """Allow so many a minute, by `clock`."""
        self._allowed = allowed
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, who: str) -> dict[str, str]:
        """Count a request; gives the headers that say so.

        Raises:
            Refusal: 429, there were too many.
        """
        now_s = self._clock()
        begun_s, counted = self._windows.get(who, (now_s, 0))
        if now_s - begun_s >= _WINDOW_S:
            begun_s, counted = now_s, 0
        self._windows[who] = begun_s, counted + 1
        left_s = int(begun_s + _WINDOW_S - now_s) + 1
        headers = rate_headers(min(counted + 1, self._allowed), self._allowed, left_s)
        if counted >= self._allowed:
            refusal = answers.too_many(left_s)
            refusal.headers.update(headers)
            raise Refusal(refusal)
        return headers

"""The token of a Genesys Cloud client: fetched when first needed, renewed in time, by one caller for all.

OAuth 2 client credentials (genesys-api.md 1.1): there is no refresh token, and no token is ever logged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import anyio

from unique_analytics_mcp.backends._answers import Call
from unique_analytics_mcp.backends.genesys import refusals, wire
from unique_analytics_mcp.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from unique_analytics_mcp.backends._http import Connection
    from unique_analytics_mcp.backends.genesys.access import GenesysAccess

_EARLY: Final = timedelta(seconds=60)
"""How long before its end a token is renewed."""

_SHORTEST_S: Final = 300
"""The shortest that a client's tokens live (genesys-api.md 1.1). What says less, or nothing, is used as long all the
same, or each call would log in anew: a token that has ended is refused, and then renewed."""

_LONGEST_S: Final = 172_800
"""Two days, the longest that a client's tokens live (genesys-api.md 1.1); what says more is asked again by then."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A token and when it is to be renewed."""

    text: str = field(repr=False)
    renew_at: datetime


class Login:
    """The login of one client; knows nothing of the API behind it."""

    def __init__(self, connection: Connection, access: GenesysAccess, *, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._call = Call(
            method="POST",
            path="/oauth/token",
            route="/oauth/token",
            repeatable=True,
            form={"grant_type": "client_credentials"},
            headers=access.login_headers(),
            words=refusals.of_login(),
        )
        self._now = now
        self._one_at_a_time = anyio.Lock()
        self._token: _Token | None = None

    async def token(self, *, refused: str = "") -> str:
        """A token that still holds; never the one that was just `refused`.

        Raises:
            NotAuthenticated: the login does not accept the client.
            BackendError: it could not be reached.
        """
        async with self._one_at_a_time:
            known = self._token
            if known is None or known.text == refused or self._now() >= known.renew_at:
                known = self._token = await self._fetch()
            return known.text

    async def _fetch(self) -> _Token:
        asked_at = self._now()
        answer = wire.mapping((await self._connection.send(self._call)).body)
        text, lasts_s = wire.text(answer.get("access_token")), wire.number(answer.get("expires_in", 0))
        if not _can_be_sent(text) or lasts_s is None:
            raise UnexpectedAnswer(
                "The login of Genesys Cloud sent no token.", hint="Check GENESYS_LOGIN_BASE or GENESYS_REGION."
            )
        lasts = timedelta(seconds=min(max(lasts_s, _SHORTEST_S), _LONGEST_S))
        return _Token(text, asked_at + lasts - min(_EARLY, lasts / 2))


def _can_be_sent(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable()

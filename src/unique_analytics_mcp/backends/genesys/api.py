"""Calls to the API of a Genesys Cloud organisation, each with a token that holds; a refused one is renewed once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unique_analytics_mcp.backends._http import Connection
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends.genesys import refusals
from unique_analytics_mcp.backends.genesys.login import Login
from unique_analytics_mcp.errors import NotAuthenticated

if TYPE_CHECKING:
    from unique_analytics_mcp.backends._answers import Answer, Call
    from unique_analytics_mcp.backends.genesys.access import GenesysAccess


class Api:
    """The API for one client; a login that fails is told apart from a call that fails."""

    def __init__(self, access: GenesysAccess, runtime: Runtime) -> None:
        """Nothing is opened yet."""
        self._connection = Connection(access.hosts.api, headers={}, runtime=runtime)
        self._login_connection = Connection(access.hosts.login, headers={}, runtime=runtime)
        self._login = Login(self._login_connection, access, now=runtime.now)

    def __repr__(self) -> str:
        return f"Api({self._connection.host!r})"

    async def send(self, call: Call) -> Answer:
        """Make a call; a 401 certainly changed nothing, so the call is made once more with another token.

        Raises:
            SubmissionUnclear: the call is not repeatable, and the platform may or may not have acted upon it.
            BackendError: refused, unreachable, or not answered in JSON.
        """
        token = await self._login.token()
        try:
            return await self._send(call, token)
        except NotAuthenticated:
            renewed = await self._login.token(refused=token)
        return await self._send(call, renewed)

    async def aclose(self) -> None:
        """Close connections."""
        await self._connection.aclose()
        await self._login_connection.aclose()

    async def _send(self, call: Call, token: str) -> Answer:
        headers = {"authorization": f"Bearer {token}"}
        return await self._connection.send(replace(call, headers=headers, reference=refusals.CONTEXT))

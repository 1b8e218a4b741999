"""The end of a server that others still use: running calls end, idle listeners are sent home.

A host keeps a `subscriptions/listen` request open for as long as it runs (mcp.md 1.2); waiting for that one would be
waiting for ever. It ends as the protocol says: with its own result, after which the host asks another replica. Hosts of
older revisions keep a GET open instead, which simply ends.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp_types import SubscriptionsListenResult

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

_LISTEN: Final = "subscriptions/listen"


def keep_running_calls() -> None:
    """Take back what the SDK's streams do by themselves: end with the signal, in the middle of calls.

    Only those of older revisions are affected (sse-starlette 3.7, `AppStatus`).
    """
    from sse_starlette.sse import AppStatus

    AppStatus.disable_automatic_graceful_drain()


class Listeners:
    """The open streams of one server."""

    def __init__(self) -> None:
        self._open: set[anyio.CancelScope] = set()

    async def keep(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a listener listen until all are sent home; as a middleware of the SDK's server."""
        if ctx.method != _LISTEN or ctx.request_id is None:
            return await call_next(ctx)
        with self.listening():
            return await call_next(ctx)
        return SubscriptionsListenResult(_meta={SUBSCRIPTION_ID_META_KEY: ctx.request_id})

    @contextmanager
    def listening(self) -> Generator[None]:
        """Leaves the block at once when all are sent home."""
        with anyio.CancelScope() as scope:
            self._open.add(scope)
            try:
                yield
            finally:
                self._open.discard(scope)

    def send_home(self) -> None:
        """End all streams; from the server's event loop."""
        for scope in tuple(self._open):
            scope.cancel()

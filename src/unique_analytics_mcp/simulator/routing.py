"""The app inside every pretend platform: its routes, and the ways it turns a request down. Layer: simulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute


class Refusal(Exception):
    """A request is turned down; carries the whole answer."""

    def __init__(self, response: Response) -> None:
        """Turn a request down with this answer."""
        super().__init__(response.status_code)
        self.response = response


def app_of(routes: Sequence[BaseRoute], *, lost: Callable[[Request], Response]) -> Starlette:
    """Build an app whose handlers may raise a `Refusal`; `lost` answers for an address or a method there is not."""

    async def refused(_: Request, error: Exception) -> Response:
        return cast("Refusal", error).response

    async def missed(request: Request, _: Exception) -> Response:
        return lost(request)

    app = Starlette(routes=routes, exception_handlers={Refusal: refused, 404: missed, 405: missed})
    app.router.redirect_slashes = False
    return app

"""An OpenID provider's own documents: its configuration, and the keys its tokens are signed with.

PyJWT's client fetches and remembers them. Here every way in which they cannot be had is one error, and a provider that
fails is left alone for a moment: each waiting token would otherwise wait for it in turn. The only module that loads
PyJWT's client, with the first token.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from jwt import PyJWKClient, PyJWKClientConnectionError, PyJWTError

if TYPE_CHECKING:
    from ssl import SSLContext

_FETCH_S: Final = 10.0


class Documents(PyJWKClient):
    """One address of a provider."""

    def __init__(self, url: str, *, trust: SSLContext | None, pause_s: float, cooldown_s: float | None = None) -> None:
        """`pause_s` is how many seconds it is left alone after it failed.

        `cooldown_s` is given for keys alone, which are remembered: seconds between two fetches that tokens with
        unknown keys may cause.
        """
        is_of_keys = cooldown_s is not None
        super().__init__(
            url, timeout=_FETCH_S, ssl_context=trust, cache_jwk_set=is_of_keys, cooldown_duration=cooldown_s or 0.0
        )
        self._pause_s = pause_s
        self._again_at = time.monotonic()

    def fetch_data(self) -> Any:  # noqa: ANN401 - as PyJWT declares it
        """The JSON object there.

        Raises:
            PyJWKClientConnectionError: it cannot be fetched or is no such object, or was not a moment ago.
        """
        if time.monotonic() < self._again_at:
            raise PyJWKClientConnectionError("it could not be fetched a moment ago")
        try:
            return super().fetch_data()
        except (PyJWTError, OSError, ValueError, RecursionError) as error:
            self._again_at = time.monotonic() + self._pause_s
            raise PyJWKClientConnectionError("it cannot be fetched") from error

"""An OpenID provider's own documents: its configuration, and the keys its tokens are signed with.

PyJWT's client fetches and remembers them. Here every way in which they cannot be had is one error, and a provider that
fails is left alone for a moment: each waiting token would otherwise wait for it in turn. Keys that it gave before are
taken a while longer then (docs/adr/0026). The only module that loads PyJWT's client, with the first token.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.error import HTTPError

from jwt import PyJWKClient, PyJWKClientConnectionError, PyJWKSet, PyJWKSetError, PyJWTError

from unique_analytics_mcp.server.issuer import Timing

_FETCH_S: Final = 10.0
_log: Final = logging.getLogger(__name__)


class LeftAlone(PyJWKClientConnectionError):
    """The provider failed a moment ago, which was logged then, and is not asked now."""


class Documents(PyJWKClient):
    """One address of a provider."""

    def __init__(self, url: str, *, trust: ssl.SSLContext, timing: Timing, are_keys: bool) -> None:
        """`are_keys` says that tokens are checked with what stands there, which is remembered then."""
        super().__init__(
            url,
            timeout=_FETCH_S,
            ssl_context=trust,
            cache_jwk_set=are_keys,
            lifespan=timing.fresh_s,
            cooldown_duration=timing.cooldown_s,
        )
        self._timing = timing
        self._again_at = time.monotonic()

    def fetch_data(self) -> Any:  # noqa: ANN401 - as PyJWT declares it
        """The JSON object there.

        Raises:
            PyJWKClientConnectionError: it cannot be fetched or is no such object, or was not a moment ago.
        """
        if time.monotonic() < self._again_at:
            raise LeftAlone(f"{self.uri} could not be fetched a moment ago.")
        try:
            return super().fetch_data()
        except (PyJWTError, OSError, ValueError, RecursionError) as error:
            if isinstance(error, PyJWKSetError) and self.jwk_set_cache is not None:
                self.jwk_set_cache.put(None)  # it answers, and says that no key is its own any more
            pause_s = self._timing.pause_s if self._kept() is None else self._timing.cooldown_s
            self._again_at = time.monotonic() + pause_s
            raise PyJWKClientConnectionError(f"{self.uri} cannot be fetched: {_why(error)}.") from error

    def get_jwk_set(self, refresh: bool = False) -> PyJWKSet:  # noqa: FBT001, FBT002 - as PyJWT declares it
        """The keys it gives, or gave a while ago where it gives none now.

        Raises:
            PyJWKClientConnectionError: there are none, or others are wanted than those that are known (`refresh`).
        """
        try:
            return super().get_jwk_set(refresh)
        except PyJWKClientConnectionError as error:
            known = None if refresh else self._kept()
            if known is None:
                raise
            _log.warning("The issuer's keys are not to be had; those it gave before are taken for a while: %s", error)
            return known

    def _kept(self) -> PyJWKSet | None:
        last = self.jwk_set_cache.jwk_set_with_timestamp if self.jwk_set_cache else None
        if last is None or time.monotonic() - last.get_timestamp() > self._timing.kept_s:
            return None
        return last.get_jwk_set()


def _why(error: BaseException) -> str:
    """What stood between us and a document, as the end of a sentence."""
    is_below_http = False
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted on this machine ({cause.verify_message})"
            case HTTPError():
                return f"the answer is {cause.code}"
            case socket.gaierror():
                return "its name cannot be looked up"
            case TimeoutError():
                return f"nothing came for {_FETCH_S:g} seconds"
            case _:
                is_below_http = is_below_http or isinstance(cause, OSError)
    return "it cannot be reached" if is_below_http else "what came is no such document"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

"""Bearer tokens: what makes one valid, and whom it stands for.

Two ways to check one: a secret that the operator shares with a host, and JSON web tokens of an OpenID provider.
Neither logs a token or any part of it. A caller's token stays here: it is never sent to an analytics service.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from anyio import CapacityLimiter, to_thread
from mcp.server.auth.provider import AccessToken

from unique_analytics_mcp.domain.caller import Caller, Scope
from unique_analytics_mcp.errors import ConfigurationError
from unique_analytics_mcp.server.issuer import Issuer, Timing

if TYPE_CHECKING:
    from ssl import SSLContext

    from unique_analytics_mcp.server.keys import Documents

_log: Final = logging.getLogger(__name__)

Trust = Callable[[], "SSLContext"]
"""Gives whom an encrypted connection believes."""

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the issuer has; a token signed with a shared secret, or not at all, is none of them."""

LEEWAY_S: Final = 30
"""Seconds that the issuer's clock and ours may be apart."""

_LONGEST_TOKEN: Final = 16_384
_AT_ONCE: Final = 4
"""Threads of their own, so that an issuer that hangs keeps no download waiting."""
_ROLES: Final = re.compile(r"urn:zitadel:iam:org:project:([0-9]+:)?roles")
"""Zitadel's claims whose keys are the roles granted to the caller (zitadel.com/docs, claims)."""


class SharedToken:
    """One secret for all: whoever has it asks with the operator's own identity."""

    def __init__(self, secret: str) -> None:
        self._digest = hashlib.sha256(secret.encode()).digest()

    async def verify_token(self, token: str) -> AccessToken | None:
        """The access it gives, compared in constant time; None for any other text."""
        if not hmac.compare_digest(hashlib.sha256(token.encode()).digest(), self._digest):
            return None
        return AccessToken(token="", client_id="shared-token", scopes=list(Scope))


class IssuedTokens:
    """JSON web tokens of an issuer: signature, issuer, audience, expiry, and a person and a company in it."""

    def __init__(self, issuer: Issuer, *, trust: Trust, timing: Timing | None = None) -> None:
        """`trust` gives whom an encrypted connection to the issuer believes; nothing is fetched yet."""
        self._issuer = issuer
        self._trust = trust
        self._timing = timing or Timing()
        self._configuration: Documents | None = None
        self._keys: Documents | None = None
        self._threads: CapacityLimiter | None = None

    async def verify_token(self, token: str) -> AccessToken | None:
        """The access a token gives; None when it gives none. Keys are fetched and signatures checked in a thread."""
        if len(token) > _LONGEST_TOKEN:
            return None
        self._threads = self._threads or CapacityLimiter(_AT_ONCE)
        return await to_thread.run_sync(self._access, token, limiter=self._threads)

    async def look(self) -> int:
        """How many keys the issuer gives now for its signatures.

        Raises:
            ConfigurationError: none, or they cannot be had, so that no token could be checked.
        """
        from jwt import PyJWTError

        try:
            return await to_thread.run_sync(lambda: len(self._key_client().get_signing_keys(refresh=True)))
        except PyJWTError as error:
            raise ConfigurationError(
                f"No login can be checked: {error}",
                hint="Compare UNIQUE_ANALYTICS_OIDC_ISSUER with what the provider calls its issuer, character for "
                "character, and let this machine reach it.",
            ) from error

    def _access(self, token: str) -> AccessToken | None:
        from jwt import PyJWKClientConnectionError, PyJWTError

        from unique_analytics_mcp.server.keys import LeftAlone

        try:
            return self._read(self._claims(token))
        except LeftAlone:
            _log.info("A bearer token could not be checked.")
        except PyJWKClientConnectionError as error:
            _log.warning("No token can be checked: %s", error)
        except (PyJWTError, _NoCaller) as error:
            _log.info("A bearer token was refused: %s.", type(error).__name__)
        return None

    def _claims(self, token: str) -> Mapping[str, Any]:
        import jwt

        if jwt.get_unverified_header(token).get("alg") not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError("not signed with a key of the issuer")
        key = self._key_client().get_signing_key_from_jwt(token)
        return jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=self._issuer.audience,
            issuer=self._issuer.url,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )

    def _read(self, claims: Mapping[str, Any]) -> AccessToken:
        user, company = (claims.get(name) for name in (self._issuer.user_claim, self._issuer.company_claim))
        if not (_is_an_id(user) and _is_an_id(company)):
            raise _NoCaller
        return AccessToken(
            token="",
            client_id=str(claims.get("azp") or claims.get("client_id") or user),
            scopes=[*dict.fromkeys((*self._issuer.granted, *scopes_of(claims)))],
            expires_at=int(claims["exp"]) + LEEWAY_S,
            subject=str(claims["sub"]),
            claims={"iss": self._issuer.url, "user_id": user, "company_id": company},
        )

    def _key_client(self) -> Documents:
        if self._keys is None:
            url = self._issuer.jwks_url or keys_address(self._configuration_client().fetch_data(), self._issuer.url)
            self._keys = self._documents(url, are_keys=True)
        return self._keys

    def _configuration_client(self) -> Documents:
        if self._configuration is None:
            url = f"{self._issuer.url.rstrip('/')}/.well-known/openid-configuration"
            self._configuration = self._documents(url, are_keys=False)
        return self._configuration

    def _documents(self, url: str, *, are_keys: bool) -> Documents:
        from unique_analytics_mcp.server.keys import Documents

        return Documents(url, trust=self._trust(), timing=self._timing, are_keys=are_keys)


class _NoCaller(Exception):
    """A valid token that names no person and company."""


def caller_of(access: AccessToken) -> Caller | None:
    """Whom an access stands for; None for the operator's own identity."""
    if access.claims is None:
        return None
    return Caller(user_id=access.claims["user_id"], company_id=access.claims["company_id"])


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """The scopes and roles a token names: `scope` as one text, `scp` as a text or a list, and Zitadel's role claims."""
    said = [word for name in ("scope", "scp") for word in _words(claims.get(name))]
    roles = [role for name, value in claims.items() if _ROLES.fullmatch(name) for role in _words(value)]
    return [*said, *roles]


def _words(value: object) -> list[str]:
    """The words of a text, a list or the keys of an object; none of anything else."""
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list | dict):
        return [word for word in cast("Iterable[object]", value) if isinstance(word, str)]
    return []


def _is_an_id(value: object) -> bool:
    """Whether it can be sent as a header and names somebody."""
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9._@:|+-]{1,200}", value) is not None


def keys_address(configuration: Mapping[str, Any], issuer: str) -> str:
    """The address of an issuer's keys by its own document (OpenID Connect Discovery 1.0, sections 3 and 4).

    Raises:
        PyJWKClientConnectionError: the document is not the issuer's, or would have an encrypted issuer's keys fetched
            without encryption, where anybody on the way could put in their own.
    """
    from jwt import PyJWKClientConnectionError

    address = configuration.get("jwks_uri")
    if configuration.get("issuer") != issuer or not isinstance(address, str):
        raise PyJWKClientConnectionError("the discovery document is not of this issuer.")
    if issuer.startswith("https:") and not address.startswith("https:"):
        raise PyJWKClientConnectionError("the discovery document names an address without encryption.")
    return address

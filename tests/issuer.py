"""An OpenID provider on loopback: it publishes keys and issues tokens, good ones and any other kind."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from unique_analytics_mcp.app import real_clock
from unique_analytics_mcp.simulator import serve_in_thread

COMPANY = "urn:zitadel:iam:user:resourceowner:id"
AUDIENCE = "https://analytics.nordwind.example/mcp"
EVERYTHING = "analytics:read analytics:order analytics:delete"


@dataclass
class FakeIssuer:
    url: str = ""
    path: str = ""
    """With which the url ends: of a tenant or realm, or a bare slash."""
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate("key-1")

    def rotate(self, key_id: str) -> None:
        """From now on only this new key is published and used."""
        self.keys = {key_id: ec.generate_private_key(ec.SECP256R1())}

    @property
    def app(self) -> Starlette:
        discovery = f"{self.path.rstrip('/')}/.well-known/openid-configuration"
        return Starlette(routes=[Route(discovery, self._configuration), Route("/keys", self._keys)])

    @property
    def origin(self) -> str:
        return self.url.removesuffix(self.path)

    def _configuration(self, request: Request) -> JSONResponse:
        self.fetched.append(request.url.path)
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.origin}/keys"})

    def _keys(self, request: Request) -> Response:
        self.fetched.append(request.url.path)
        published = [
            {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": key_id, "use": "sig", "alg": "ES256"}
            for key_id, key in self.keys.items()
        ]
        return JSONResponse({"keys": published})

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What a good token says; a changed claim of None is left out."""
        now = real_clock().now()
        said = {
            "iss": self.url,
            "aud": [AUDIENCE, "another"],
            "sub": "user-ada",
            COMPANY: "company-nordwind",
            "exp": now + timedelta(minutes=5),
            "iat": now,
            "scope": EVERYTHING,
            **changed,
        }
        return {name: value for name, value in said.items() if value is not None}

    def token(self, *, kid: str | None = None, key: Any = None, algorithm: str = "ES256", **changed: Any) -> str:
        """A token, good unless something is changed."""
        key_id, own = next(iter(self.keys.items()))
        headers = {"kid": kid or key_id}
        return jwt.encode(self.claims(**changed), key or own, algorithm=algorithm, headers=headers)


AnyIssuer = TypeVar("AnyIssuer", bound=FakeIssuer)


@contextmanager
def published(issuer: AnyIssuer) -> Generator[AnyIssuer]:
    """The issuer at an address of its own."""
    with serve_in_thread(issuer.app) as origin:
        issuer.url = origin + issuer.path
        yield issuer


@contextmanager
def issuing() -> Generator[FakeIssuer]:
    with published(FakeIssuer()) as issuer:
        yield issuer

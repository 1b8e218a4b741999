"""An OpenID provider whose tokens are taken: who it is, how they name their bearer, when it is asked for its keys.

Values alone; what is made of them is `tokens` and `keys`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An OpenID provider, and how its tokens name their bearer."""

    url: str
    """Exactly as its tokens say it in `iss`."""
    audience: str
    """What its tokens must name in `aud`, so that one issued for another server is refused."""
    user_claim: str = "sub"
    company_claim: str = "urn:zitadel:iam:user:resourceowner:id"
    granted: Sequence[str] = ()
    """Scopes that every valid token has, whatever it says."""
    jwks_url: str | None = None
    """Where its keys are; found by OpenID discovery when not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When an issuer's keys are fetched and for how long they count, in seconds."""

    cooldown_s: float = 30.0
    """Between two fetches that tokens with unknown keys may cause, and after one that failed while keys are known."""
    pause_s: float = 5.0
    """In which an issuer that did not give its keys is not asked again."""
    fresh_s: float = 300.0
    """In which its keys count without another look."""
    kept_s: float = 3_600.0
    """In which they count while it gives none."""

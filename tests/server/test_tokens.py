"""Bearer tokens: which open the door, and what each kind of bad one gets."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import Response

from authorities import make_authority
from issuer import AUDIENCE, COMPANY, FakeIssuer, issuing, published
from loopback import as_json, serving
from unique_analytics_mcp.app import real_clock
from unique_analytics_mcp.backends._trust import shared_trust
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.server.issuer import Issuer, Timing
from unique_analytics_mcp.server.tokens import IssuedTokens, SharedToken, caller_of, keys_address, scopes_of

LATER = real_clock().now() + timedelta(hours=1)
EARLIER = real_clock().now() - timedelta(hours=1)


@pytest.fixture(scope="module")
def issuer() -> Iterator[FakeIssuer]:
    with issuing() as found:
        yield found


def tokens_of(issuer: FakeIssuer, *, cooldown_s: float = 0.0, **changed: str) -> IssuedTokens:
    return IssuedTokens(
        replace(Issuer(url=issuer.url, audience=AUDIENCE), **changed),
        trust=shared_trust,
        timing=Timing(cooldown_s=cooldown_s),
    )


async def test_a_good_token_stands_for_its_person_and_company_and_is_not_kept(issuer: FakeIssuer) -> None:
    access = await tokens_of(issuer).verify_token(issuer.token())
    assert access is not None
    assert caller_of(access) == Caller(user_id="user-ada", company_id="company-nordwind")
    assert (access.token, access.subject) == ("", "user-ada")
    assert set(access.scopes) == {"analytics:read", "analytics:order", "analytics:delete"}


NO_COMPANY: dict[str, Any] = {COMPANY: None}


def confused(issuer: FakeIssuer) -> str:
    """Key confusion: everybody knows the public key, so a signature with it as a shared secret proves nothing."""
    (public,) = [key.public_key().public_numbers() for key in issuer.keys.values()]
    return issuer.token(key=f"{public.x:064x}{public.y:064x}", algorithm="HS256")


BAD: dict[str, Callable[[FakeIssuer], str]] = {
    "forged": lambda issuer: issuer.token(key=ec.generate_private_key(ec.SECP256R1())),
    "of an unknown key": lambda issuer: issuer.token(kid="key-9"),
    "expired": lambda issuer: issuer.token(exp=EARLIER),
    "not valid yet": lambda issuer: issuer.token(nbf=LATER),
    "issued in the future": lambda issuer: issuer.token(iat=LATER),
    "without an end": lambda issuer: issuer.token(exp=None),
    "for another server": lambda issuer: issuer.token(aud="https://other.example/mcp"),
    "for nobody": lambda issuer: issuer.token(aud=None),
    "of another issuer": lambda issuer: issuer.token(iss="https://id.attacker.example"),
    "without a person": lambda issuer: issuer.token(sub=None),
    "without a company": lambda issuer: issuer.token(**NO_COMPANY),
    "with a header in its person": lambda issuer: issuer.token(sub="ada\r\nx-company-id: other"),
    "unsigned": lambda issuer: jwt.encode(issuer.claims(), "", algorithm="none"),
    "signed with the public key as a secret": confused,
    "no token": lambda _: "not.a.token",
    "empty": lambda _: "",
    "endless": lambda issuer: issuer.token(padding="x" * 20_000),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_token_gives_no_access(issuer: FakeIssuer, kind: str) -> None:
    tokens = tokens_of(issuer)
    assert await tokens.verify_token(issuer.token()) is not None
    assert await tokens.verify_token(BAD[kind](issuer)) is None


async def test_a_token_signed_otherwise_costs_the_issuer_no_call(issuer: FakeIssuer) -> None:
    asked = len(issuer.fetched)
    assert await tokens_of(issuer).verify_token(confused(issuer)) is None
    assert len(issuer.fetched) == asked


async def test_clocks_may_be_half_a_minute_apart(issuer: FakeIssuer) -> None:
    just_over = real_clock().now() - timedelta(seconds=10)
    assert await tokens_of(issuer).verify_token(issuer.token(exp=just_over)) is not None


async def test_a_new_key_of_the_issuer_is_found_and_the_old_one_no_longer_taken() -> None:
    with issuing() as issuer:
        tokens = tokens_of(issuer)
        old = issuer.token()
        assert await tokens.verify_token(old) is not None
        issuer.rotate("key-2")
        assert await tokens.verify_token(issuer.token()) is not None
        assert await tokens.verify_token(old) is None


async def test_unknown_keys_do_not_make_us_ask_the_issuer_again_and_again() -> None:
    with issuing() as issuer:
        tokens = tokens_of(issuer, cooldown_s=3600)
        assert await tokens.verify_token(issuer.token()) is not None
        asked = len(issuer.fetched)
        for number in range(5):
            assert await tokens.verify_token(issuer.token(kid=f"key-{number}x")) is None
        assert len(issuer.fetched) == asked


async def test_an_issuer_that_cannot_be_reached_or_is_another_gives_no_access(issuer: FakeIssuer) -> None:
    token = issuer.token(iss="http://127.0.0.1:1")
    nowhere = IssuedTokens(Issuer(url="http://127.0.0.1:1", audience=AUDIENCE), trust=shared_trust)
    assert await nowhere.verify_token(token) is None
    other = IssuedTokens(Issuer(url=f"{issuer.url}/", audience=AUDIENCE), trust=shared_trust)
    assert await other.verify_token(issuer.token(iss=f"{issuer.url}/")) is None


@pytest.mark.parametrize(
    ("path", "why"), [("/nowhere", "the answer is 404"), ("", "it cannot be reached")], ids=["refused", "nobody there"]
)
async def test_the_log_says_why_no_token_can_be_checked(
    path: str, why: str, issuer: FakeIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{issuer.url}{path}" if path else "http://127.0.0.1:1"
    tokens = IssuedTokens(Issuer(url=issuer.url, audience=AUDIENCE, jwks_url=url), trust=shared_trust)
    assert await tokens.verify_token(issuer.token()) is None
    assert caplog.messages == [f"No token can be checked: {url} cannot be fetched: {why}."]


@pytest.mark.parametrize(
    ("trouble", "why"),
    [(socket.gaierror(), "its name cannot be looked up"), (TimeoutError(), "nothing came for 10 seconds")],
    ids=["no name", "no answer"],
)
async def test_the_log_tells_a_name_that_is_unknown_from_an_issuer_that_is_silent(
    trouble: OSError, why: str, issuer: FakeIssuer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> NoReturn:
        raise trouble

    tokens, token = tokens_of(issuer, jwks_url="http://127.0.0.1:1"), issuer.token()
    monkeypatch.setattr(socket, "create_connection", connect)
    assert await tokens.verify_token(token) is None
    assert caplog.messages == [f"No token can be checked: http://127.0.0.1:1 cannot be fetched: {why}."]


async def test_a_certificate_of_the_issuer_that_is_not_trusted_is_named_in_the_log(
    issuer: FakeIssuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(as_json("{}"), tls=make_authority(tmp_path).server) as server:
        tokens = IssuedTokens(Issuer(url=issuer.url, audience=AUDIENCE, jwks_url=server.url), trust=shared_trust)
        assert await tokens.verify_token(issuer.token()) is None
    assert "its certificate is not trusted on this machine (self" in caplog.text


class Failing(FakeIssuer):
    """Its keys are no keys until it is mended."""

    body: ClassVar[bytes] = b""

    def _keys(self, request: Request) -> Response:
        answer = super()._keys(request)
        return Response(self.body) if self.body else answer


def forgetful(issuer: FakeIssuer, *, kept_s: float = 3600, cooldown_s: float = 0.0) -> IssuedTokens:
    """Whose keys have to be looked for again with each token."""
    return IssuedTokens(
        Issuer(url=issuer.url, audience=AUDIENCE),
        trust=shared_trust,
        timing=Timing(cooldown_s=cooldown_s, pause_s=0.0, fresh_s=1e-9, kept_s=kept_s),
    )


@pytest.mark.parametrize(
    "body", [b"<html>Log in</html>", b"[]", b'{"keys": []}', b'{"keys": ', b"\xff\xfe\xff", b"[" * 100_000]
)
async def test_keys_that_are_none_give_no_access_and_the_next_token_asks_again(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with published(Failing()) as issuer:
        tokens = IssuedTokens(Issuer(url=issuer.url, audience=AUDIENCE), trust=shared_trust, timing=Timing(pause_s=0.0))
        monkeypatch.setattr(Failing, "body", body)
        assert await tokens.verify_token(issuer.token()) is None
        monkeypatch.setattr(Failing, "body", b"")
        assert await tokens.verify_token(issuer.token()) is not None


@pytest.mark.parametrize("jwks", [None, "/keys"], ids=["discovered", "given"])
async def test_an_issuer_that_fails_is_left_alone_for_a_moment_and_told_of_once(
    jwks: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with published(Failing()) as issuer:
        monkeypatch.setattr(Failing, "body", b"<html>")
        keys = jwks and f"{issuer.url}{jwks}"
        tokens = IssuedTokens(
            Issuer(url=issuer.url, audience=AUDIENCE, jwks_url=keys), trust=shared_trust, timing=Timing(pause_s=3600)
        )
        for _ in range(5):
            assert await tokens.verify_token(issuer.token()) is None
        assert issuer.fetched.count("/keys") == 1
    assert caplog.messages == [
        f"No token can be checked: {issuer.url}/keys cannot be fetched: what came is no such document."
    ]


async def test_a_failing_issuer_costs_nobody_whose_key_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with published(Failing()) as issuer:
        tokens = IssuedTokens(
            Issuer(url=issuer.url, audience=AUDIENCE),
            trust=shared_trust,
            timing=Timing(cooldown_s=0.0, pause_s=3600),
        )
        assert await tokens.verify_token(issuer.token()) is not None
        monkeypatch.setattr(Failing, "body", b"<html>")
        assert await tokens.verify_token(issuer.token(kid="another")) is None
        assert await tokens.verify_token(issuer.token()) is not None


async def test_keys_that_were_given_before_are_taken_while_their_issuer_fails_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with published(Failing()) as issuer:
        tokens = forgetful(issuer)
        assert await tokens.verify_token(issuer.token()) is not None
        monkeypatch.setattr(Failing, "body", b"<html>Bad gateway</html>")
        assert await tokens.verify_token(issuer.token()) is not None
        assert await tokens.verify_token(issuer.token(kid="another")) is None
        assert await tokens.verify_token(issuer.token(key=ec.generate_private_key(ec.SECP256R1()))) is None


async def test_an_issuer_that_fails_is_left_alone_longer_while_its_keys_are_known_and_each_token_is_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with published(Failing()) as issuer:
        tokens = forgetful(issuer, cooldown_s=3600)
        assert await tokens.verify_token(issuer.token()) is not None
        monkeypatch.setattr(Failing, "body", b"<html>Bad gateway</html>")
        asked = len(issuer.fetched)
        for _ in range(3):
            assert await tokens.verify_token(issuer.token()) is not None
        assert len(issuer.fetched) == asked + 1
    said = "The issuer's keys are not to be had; those it gave before are taken for a while: "
    assert caplog.messages == [
        f"{said}{issuer.url}/keys cannot be fetched: what came is no such document.",
        *[f"{said}{issuer.url}/keys could not be fetched a moment ago."] * 2,
    ]


async def test_keys_of_an_issuer_that_fails_are_not_taken_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with published(Failing()) as issuer:
        tokens = forgetful(issuer, kept_s=0.0)
        assert await tokens.verify_token(issuer.token()) is not None
        monkeypatch.setattr(Failing, "body", b"<html>Bad gateway</html>")
        assert await tokens.verify_token(issuer.token()) is None


@pytest.mark.parametrize("body", [b'{"keys": []}', b"{}"], ids=["no keys", "nothing"])
async def test_an_issuer_that_says_it_has_no_keys_any_more_is_believed(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with published(Failing()) as issuer:
        tokens = forgetful(issuer)
        assert await tokens.verify_token(issuer.token()) is not None
        monkeypatch.setattr(Failing, "body", body)
        assert await tokens.verify_token(issuer.token()) is None
        monkeypatch.setattr(Failing, "body", b"<html>Bad gateway</html>")
        assert await tokens.verify_token(issuer.token()) is None


async def test_a_key_that_was_replaced_does_not_come_back_when_the_issuer_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with published(Failing()) as issuer:
        tokens, old = forgetful(issuer), issuer.token()
        assert await tokens.verify_token(old) is not None
        issuer.rotate("key-2")
        assert await tokens.verify_token(issuer.token()) is not None
        monkeypatch.setattr(Failing, "body", b"<html>Bad gateway</html>")
        assert await tokens.verify_token(issuer.token()) is not None
        assert await tokens.verify_token(old) is None


def test_keys_of_an_encrypted_issuer_are_not_fetched_without_encryption() -> None:
    issuer = "https://login.nordwind.example"
    said = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
    assert keys_address(said, issuer) == f"{issuer}/keys"
    with pytest.raises(jwt.PyJWKClientConnectionError, match="without encryption"):
        keys_address({**said, "jwks_uri": "http://login.nordwind.example/keys"}, issuer)


async def test_the_operator_says_which_claims_name_the_caller(issuer: FakeIssuer) -> None:
    access = await tokens_of(issuer, user_claim="oid", company_claim="tid").verify_token(
        issuer.token(oid="ada-2", tid="tenant-7")
    )
    assert access is not None
    assert caller_of(access) == Caller(user_id="ada-2", company_id="tenant-7")


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "openid analytics:read"}, ["openid", "analytics:read"]),
        ({"scp": ["analytics:read", 7]}, ["analytics:read"]),
        ({"scp": "analytics:order"}, ["analytics:order"]),
        ({"urn:zitadel:iam:org:project:roles": {"analytics:read": {"1": "a"}}}, ["analytics:read"]),
        ({"urn:zitadel:iam:org:project:42:roles": {"analytics:order": {}}}, ["analytics:order"]),
        ({"scope": None, "scp": 3, "roles": ["analytics:delete"]}, []),
    ],
    ids=["scope", "scp list", "scp text", "Zitadel roles", "Zitadel project roles", "nothing usable"],
)
def test_scopes_come_from_the_claims_that_providers_use(claims: dict[str, object], scopes: list[str]) -> None:
    assert scopes_of(claims) == scopes


async def test_only_the_shared_secret_itself_opens_and_asks_with_the_operators_identity() -> None:
    shared = SharedToken("a-secret-of-24-characters")
    access = await shared.verify_token("a-secret-of-24-characters")
    assert access is not None
    assert caller_of(access) is None
    assert "a-secret" not in repr(access)
    for other in ("", "a-secret-of-24-character", "A-SECRET-OF-24-CHARACTERS", "ä" * 24):
        assert await shared.verify_token(other) is None

"""Whose certificates are believed."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from authorities import BEFORE, Authority, make_authority
from loopback import as_csv, as_json, connected, serving, use
from unique_analytics_mcp.backends._trust import system_trust
from unique_analytics_mcp.errors import (
    BackendUnavailable,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_company_authority_named_in_the_environment_is_trusted(
    kind: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    answer = as_json("ok") if kind == "json" else as_csv()
    async with serving(answer, tls=authority.server) as server, connected(server.url, trust=system_trust) as connection:
        await use(connection, kind)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["json", "download", "post"])
async def test_a_certificate_nobody_vouches_for_is_named_and_not_tried_again(kind: str, authority: Authority):
    slept: list[float] = []
    async with (
        serving(as_json("ok"), tls=authority.server) as server,
        connected(server.url, slept=slept, trust=system_trust) as connection,
    ):
        with pytest.raises(BackendUnavailable, match=r"not trusted .* signed by nobody .* PEM form, in SSL_CERT_FILE"):
            await use(connection, kind)
    assert slept == []


DOUBTS = {
    "expired": ({"until": BEFORE + timedelta(days=1)}, "it has expired, or .* is ahead. Ask the operator of .* clock"),
    "of another address": ({"address": "127.0.0.9"}, r"it is for another address\. Check the base URL"),
}


@pytest.mark.parametrize("kind", ["json", "download"])
@pytest.mark.parametrize(("made", "said"), DOUBTS.values(), ids=DOUBTS)
async def test_a_certificate_of_a_known_authority_that_does_not_hold_says_why_and_who_mends_it(
    made: dict[str, datetime | str], said: str, kind: str, tmp_path: Path
):
    authority = make_authority(tmp_path, **made)  # pyright: ignore[reportArgumentType] - a table of cases
    async with (
        serving(as_json("ok"), tls=authority.server) as server,
        connected(server.url, trust=authority.trust) as connection,
    ):
        with pytest.raises(BackendUnavailable, match=said) as refused:
            await use(connection, kind)
    assert "SSL_CERT_FILE" not in str(refused.value)


def is_trusted(context: ssl.SSLContext, authority: Authority) -> bool:
    return ssl.PEM_cert_to_DER_cert(authority.bundle.read_text()) in authorities(context)


def authorities(context: ssl.SSLContext) -> list[bytes]:
    """What a context trusts besides the system's store; `truststore` keeps it in a context of its own."""
    return getattr(context, "_ctx", context).get_ca_certs(binary_form=True)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_environments_authority_is_trusted_on_each_system(
    platform: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    context = system_trust(platform)
    assert is_trusted(context, authority)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_file_without_an_authority_adds_none_on_any_system(
    platform: str, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    binary = tmp_path / "authority.der"
    binary.write_bytes(ssl.PEM_cert_to_DER_cert(authority.bundle.read_text()))
    monkeypatch.setenv("SSL_CERT_FILE", str(binary))
    assert authorities(system_trust(platform)) == []


def test_a_python_built_elsewhere_finds_the_system_store_at_the_usual_places(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    context = system_trust("linux", bundles=[str(tmp_path / "missing.pem"), str(authority.bundle)])
    assert is_trusted(context, authority)

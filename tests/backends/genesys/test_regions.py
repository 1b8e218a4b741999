"""Where an organisation lives: regions, explicit addresses, and what is refused."""

from __future__ import annotations

import pytest

from unique_analytics_mcp.backends.genesys.regions import DOMAINS, explicit_hosts, hosts_of
from unique_analytics_mcp.errors import ConfigurationError


@pytest.mark.parametrize(
    ("region", "api"),
    [
        *((region, f"https://api.{domain}") for region, domain in DOMAINS.items()),
        ("EU-Central-2", "https://api.euc2.pure.cloud"),
        (" mypurecloud.com.au ", "https://api.mypurecloud.com.au"),
    ],
)
def test_a_region_or_its_domain_gives_both_hosts(region: str, api: str) -> None:
    assert hosts_of(region) == (api, api.replace("//api.", "//login."))


def test_there_are_eighteen_regions() -> None:
    assert len(set(DOMAINS.values())) == 18


@pytest.mark.parametrize(
    ("region", "says"),
    [
        ("eu_central_3", "Did you mean eu_central_"),
        ("mypurecloud.dee", "Did you mean mypurecloud.de?"),
        ("au02.pure.cloud", "ap_southeast_2 (mypurecloud.com.au)"),
        ("evil.example/?.mypurecloud.com", "The regions are"),
    ],
)
def test_a_region_that_does_not_exist_is_refused_with_those_that_do(region: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        hosts_of(region)
    assert says in refused.value.hint


def test_explicit_hosts_are_used_as_they_are() -> None:
    found = explicit_hosts("http://127.0.0.1:8787/", "https://login.example.com/genesys")
    assert found == ("http://127.0.0.1:8787", "https://login.example.com/genesys")


@pytest.mark.parametrize(
    "url",
    [
        "api.example.com",
        "http://api.example.com",
        "ftp://127.0.0.1",
        "https://me:secret@api.example.com",
        "https://api.example.com?next=",
        "https://[",
        "",
    ],
)
def test_an_address_that_is_none_or_would_show_the_secret_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="GENESYS_API_BASE") as refused:
        explicit_hosts(url, "https://login.example.com")
    assert "secret@" not in str(refused.value)

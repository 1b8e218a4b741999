"""Where a Genesys Cloud organisation lives: from what an operator wrote to the hosts of its API and its login.

Pure. The regions are those of the vendor's SDK 269.0.0 (`PureCloudRegionHosts`; genesys-api.md 1.3, read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from unique_analytics_mcp.backends._loopback import is_this_machine
from unique_analytics_mcp.domain.request import did_you_mean
from unique_analytics_mcp.errors import ConfigurationError

DOMAINS: Final[Mapping[str, str]] = {
    "us_east_1": "mypurecloud.com",
    "us_west_2": "usw2.pure.cloud",
    "us_east_2": "use2.us-gov-pure.cloud",
    "ca_central_1": "cac1.pure.cloud",
    "mx_central_1": "mxc1.pure.cloud",
    "sa_east_1": "sae1.pure.cloud",
    "eu_west_1": "mypurecloud.ie",
    "eu_west_2": "euw2.pure.cloud",
    "eu_central_1": "mypurecloud.de",
    "eu_central_2": "euc2.pure.cloud",
    "ap_south_1": "aps1.pure.cloud",
    "ap_southeast_1": "apse1.pure.cloud",
    "ap_southeast_2": "mypurecloud.com.au",
    "ap_northeast_1": "mypurecloud.jp",
    "ap_northeast_2": "apne2.pure.cloud",
    "ap_northeast_3": "apne3.pure.cloud",
    "me_central_1": "mec1.pure.cloud",
    "eusc_de_east_1": "edee1.eusc-pure.cloud",
}
"""Region to domain."""


class Hosts(NamedTuple):
    """The base URLs of one organisation, without a slash at the end."""

    api: str
    login: str


def hosts_of(region: str) -> Hosts:
    """The hosts of a region, named by its key or its domain, in any case.

        eu_central_1     https://api.mypurecloud.de and https://login.mypurecloud.de
        EUC2.pure.cloud  https://api.euc2.pure.cloud and https://login.euc2.pure.cloud

    Raises:
        ConfigurationError: no such region.
    """
    word = region.strip().lower()
    domain = DOMAINS.get(word.replace("-", "_"), word)
    if domain in DOMAINS.values():
        return Hosts(f"https://api.{domain}", f"https://login.{domain}")
    near = did_you_mean(word, [*DOMAINS, *DOMAINS.values()])
    regions = ", ".join(f"{key} ({domain})" for key, domain in DOMAINS.items())
    raise ConfigurationError(
        f"The setting GENESYS_REGION names no region of Genesys Cloud: {region.strip()[:60]!r}.",
        hint=f"{near}The regions are: {regions}.",
    )


def explicit_hosts(api: str, login: str) -> Hosts:
    """The hosts that an operator named himself, for a proxy or a simulated platform.

    Raises:
        ConfigurationError: one is not a whole URL, or would send the secret unencrypted.
    """
    return Hosts(_checked(api, "GENESYS_API_BASE"), _checked(login, "GENESYS_LOGIN_BASE"))


def _checked(url: str, setting: str) -> str:
    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        is_bare = not (parts.username or parts.password or parts.query or parts.fragment) and parts.port != 0
    except ValueError:
        parts, is_bare = urlsplit(""), False
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname or ""))
    if is_bare and parts.hostname and encrypted:
        return text
    raise ConfigurationError(
        f"The setting {setting} is not a whole address, or one that would send the secret unencrypted.",
        hint="Give it in the form https://api.mypurecloud.de, or leave both addresses out and set GENESYS_REGION.",
    )

"""Where the analytics-order API of a Unique platform lives: from what an operator wrote to a base URL.

Pure: no setting is read here and nothing is looked up. The prefix rules are those of the vendor's toolkit
(`unique_settings.py`, read 2026-11-21; unique-api.md 2.1), so that one environment serves both.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from unique_analytics_mcp.errors import ConfigurationError

_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_LOCAL_UNIQUE_API_PORT: Final = 8096


class _Address(NamedTuple):
    """The parts of an address that is known to be usable."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port is None else f":{self.port}")


def base_url(host_or_url: str) -> str:
    """The base URL for a host, its prefix derived from the host; for `UNIQUE_API_BASE_URL`.

    A path that is given is dropped, as the vendor's toolkit does. Without a scheme it is https, on this machine
    and inside a cluster http.

        gateway.acme.unique.app                       https://gateway.acme.unique.app/public/chat
        https://gateway.unique.app                    https://gateway.unique.app/public/chat-gen2
        http://node-chat.unique.svc.cluster.local     http://node-chat.unique.svc.cluster.local/public

    Raises:
        ConfigurationError: not an address, or one that would send the key unencrypted.
    """
    address = _read(host_or_url, "UNIQUE_API_BASE_URL")
    return address.origin + _prefix(address.host, address.port)


def full_base(url: str) -> str:
    """The base URL as it was given, without blanks, quotes and slashes around it; for `UNIQUE_API_BASE`.

    Raises:
        ConfigurationError: not a whole URL, or one that would send the key unencrypted.
    """
    if "://" not in url:
        raise _wrong("UNIQUE_API_BASE", "is not a whole URL", "https://gateway.<cluster>.unique.app/public/chat")
    address = _read(url, "UNIQUE_API_BASE")
    return address.origin + address.path


def _prefix(host: str, port: int | None) -> str:
    if "unique-api" in host:
        return ""
    if port == _LOCAL_UNIQUE_API_PORT and ("localhost" in host or host == "127.0.0.1"):
        return ""
    if "localhost" in host or ".svc." in host or host.endswith(".svc"):
        return "/public"
    if "gateway.unique" in host or "gateway.qa.unique" in host:
        return "/public/chat-gen2"
    return "/public/chat"


def _read(text: str, setting: str) -> _Address:
    example = "https://gateway.<cluster>.unique.app"
    text = text.strip().strip("\"'").strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port = (parts.hostname or ""), parts.port
    except ValueError as exc:
        raise _wrong(setting, "is not an address", example) from exc
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _wrong(setting, "holds more than an address: no name, password or query belongs there", example)
    scheme = parts.scheme or ("http" if _is_near(host) else "https")
    if scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise _wrong(setting, "is not an address", example)
    if scheme == "http" and not _is_near(host):
        raise _wrong(setting, f"would send the key to {host} unencrypted", f"https://{host}")
    return _Address(scheme, host, port, parts.path.rstrip("/"))


def _is_near(host: str) -> bool:
    """True for this machine and for names that only a cluster or a container network knows."""
    if host.endswith((".svc", ".svc.cluster.local", ".localhost")) or ".svc." in host:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host


def _wrong(setting: str, what: str, example: str) -> ConfigurationError:
    return ConfigurationError(f"The setting {setting} {what}.", hint=f"Give it in the form {example}.")

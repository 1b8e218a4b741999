"""Which addresses are this machine's own: no proxy is asked for them, and what is sent there needs no encryption."""

from __future__ import annotations

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """True for loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Whom an encrypted connection believes.

Companies put their own certificate authority into the operating system's store or name it in SSL_CERT_FILE or
SSL_CERT_DIR; the list of public authorities that the HTTP client brings along knows neither. Knows TLS only.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from unique_analytics_mcp.backends._encrypted import GatheringSocket

_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Debian, Fedora and Red Hat, older Red Hat, SUSE and Alpine keep their store."""


def system_trust(platform: str = sys.platform, bundles: Sequence[str] = _BUNDLES) -> ssl.SSLContext:
    """A context that verifies against the operating system's store and what SSL_CERT_FILE and SSL_CERT_DIR name.

    macOS and Windows keep their store where OpenSSL cannot see it, so `truststore` asks the system itself. It is not
    used elsewhere, because there it loads the store anew on each handshake (its issue 212), which adds up in a server
    that polls for days. There OpenSSL reads the store, with a second look at the usual places: a portable Python
    was built with somebody else's.
    """
    named = ssl.get_default_verify_paths()
    if platform in ("darwin", "win32"):
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if named.cafile or named.capath:
            with suppress(OSError):  # a file that holds none adds none, as where OpenSSL reads it
                context.load_verify_locations(named.cafile, named.capath)
        return context
    context = ssl.create_default_context()
    if not named.cafile and (bundle := next(filter(_is_file, bundles), None)):
        context.load_verify_locations(bundle)
    context.sslsocket_class = GatheringSocket
    return context


@cache
def shared_trust() -> ssl.SSLContext:
    """`system_trust`, read once in a process: it takes a tenth of a second, and each caller has a connection."""
    return system_trust()


def _is_file(name: str) -> bool:
    return Path(name).is_file()

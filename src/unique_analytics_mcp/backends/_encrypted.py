"""An encrypted socket whose reads are as large as they were asked for, where that much has come.

OpenSSL gives one record of at most 16 KB for each read. A report of hundreds of megabytes then passes through the HTTP
client in ten thousand pieces, each of which waits its turn beside the thread that looks at the bytes: with four records
in one, the answer from a report of 191 MB takes 0.9 of the time (docs/adr/0029).
"""

from __future__ import annotations

import ssl
from typing import Final

_NOTHING_YET: Final = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class GatheringSocket(ssl.SSLSocket):
    """Waits for the first record as any socket does, and brings along what has come behind it."""

    _trouble: OSError | None = None
    """What ended the gathering, to be told behind what had come before it: OpenSSL tells it once."""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """At least one byte, or none at the end, and at most `buflen`; errors and patience as of any socket."""
        if self._trouble is not None:
            raise self._trouble
        came = [super().recv(buflen, flags)]
        room = buflen - len(came[0])
        patience_s = self.gettimeout()
        self.settimeout(0)
        try:
            while came[-1] and room:
                came.append(super().recv(room, flags))
                room -= len(came[-1])
        except _NOTHING_YET:
            pass
        except OSError as trouble:
            self._trouble = trouble
        self.settimeout(patience_s)
        return b"".join(came)

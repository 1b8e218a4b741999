"""Where the things of one principal lie: pure paths, nothing is touched.

    attempts/<name>.json            that an order may have been placed, and when
    orders/<name>.json              an order
    reports/<name>/report.json      a report's sidecar: the report is there when this is
    reports/<name>/<sha256>.csv     its bytes, as the platform sent them or with pseudonyms
    reports/<name>/<sha256>.parquet the typed table made from them
    reports/<name>/.<any name>/     what a computation needs while it runs
    […/].<any name>                 a file while it is written
    incoming/                       downloads that run, folders on their way out
    secret                          random bytes that pseudonyms are made with
    locks/                          empty files that processes hold on to

On a shared store the same names stand for objects, and for keys of Redis (`Keys`).

Names of reports' files begin with their own checksum, so that a newer report never mixes with an older one's files.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from unique_analytics_mcp.domain.order import check_order_id

SIDECAR: Final = "report.json"
_READABLE: Final = 40
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(milliseconds=1)
_CSV_KEY: Final = re.compile(r"([0-9]{1,14})-[0-9a-f]{64}\.csv")
"""The last part of it; fourteen digits of milliseconds are some three thousand years."""


def file_name(word: str) -> str:
    """A file name for an order id or a fingerprint, which no file system takes for another's.

    `Ab-7` becomes `ab-7-` and 16 hex digits: order ids may differ in nothing but case, be too long for a path,
    or spell a device such as `con`.

    Raises:
        InvalidRequest: `word` is not made like an order id.
    """
    return f"{check_order_id(word)[:_READABLE].lower()}-{digest(word)[:16]}"


def digest(text: str) -> str:
    """64 hex digits that stand for `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one principal."""

    folder: Path

    @property
    def attempts(self) -> Path:
        """Folder of the attempts."""
        return self.folder / "attempts"

    @property
    def orders(self) -> Path:
        """Folder of the order notes."""
        return self.folder / "orders"

    @property
    def reports(self) -> Path:
        """Folder of the reports' folders."""
        return self.folder / "reports"

    @property
    def incoming(self) -> Path:
        """Folder of what is on its way in or out."""
        return self.folder / "incoming"

    @property
    def locks(self) -> Path:
        """Folder of the lock files."""
        return self.folder / "locks"

    @property
    def secret(self) -> Path:
        """File of the principal's secret."""
        return self.folder / "secret"

    def attempt(self, fingerprint: str) -> Path:
        """Note of one attempt."""
        return self.attempts / f"{file_name(fingerprint)}.json"

    def order(self, order_id: str) -> Path:
        """Note of one order."""
        return self.orders / f"{file_name(order_id)}.json"

    def report(self, order_id: str) -> Path:
        """Folder of one report."""
        return self.reports / file_name(order_id)

    def part(self, order_id: str) -> Path:
        """The bytes of one report while they arrive."""
        return self.incoming / f"{file_name(order_id)}.csv"

    def lock(self, name: str) -> Path:
        """Lock file of that name; any text is a name."""
        return self.locks / f"{digest(name)[:32]}.lock"

    def change_lock(self, path: Path) -> Path:
        """Lock file of whoever receives or removes the report that `path`, a folder or part, belongs to."""
        return self.lock(f"change {path.stem}")


@dataclass(frozen=True, slots=True)
class Keys:
    """What the things of one principal are called on a shared store, without a name, a tenant or a user."""

    space: str
    """Stands for the object store, so that several can share one Redis."""
    owner: str
    """Stands for the principal."""

    @property
    def folder(self) -> str:
        """What all objects of the principal begin with."""
        return f"v1/{self.owner}"

    @property
    def orders(self) -> str:
        """Redis: a hash from the file name of each order to its note."""
        return f"uniqueanalytics:{self.space}:v1:{self.owner}:orders"

    def lock(self, name: str) -> str:
        """Redis: the lock of that name, of any text."""
        return f"uniqueanalytics:{self.space}:v1:{self.owner}:lock:{digest(name)[:32]}"

    @property
    def secret(self) -> str:
        """Object: the principal's secret."""
        return f"{self.folder}/secret"

    def attempt(self, fingerprint: str) -> str:
        """Object: note of one attempt."""
        return f"{self.folder}/attempts/{file_name(fingerprint)}.json"

    def report(self, order_id: str) -> str:
        """What the objects of one report begin with."""
        return f"{self.folder}/reports/{file_name(order_id)}"

    def sidecar(self, order_id: str) -> str:
        """Object: a report's sidecar; the report is there when this is."""
        return f"{self.report(order_id)}/{SIDECAR}"

    def csv(self, order_id: str, *, fetched_at: datetime, sha256: str) -> str:
        """Object: a report's bytes. When it was fetched is part of its name, so that a list alone tells its age."""
        return f"{self.report(order_id)}/{(fetched_at - _EPOCH) // _TICK}-{sha256}.csv"


def fetched_at_of(key: str) -> datetime | None:
    """When the report was fetched whose bytes have that key; None for any other object."""
    found = _CSV_KEY.fullmatch(key.rpartition("/")[2])
    return _EPOCH + int(found[1]) * _TICK if found else None

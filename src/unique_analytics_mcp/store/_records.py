"""What is written down, as JSON, and how long it counts.

Pure but for `read`. A record that cannot be read, because it was cut, edited or written by a later version, counts
as absent. Whoever may write where it lies may have written it: what becomes a path is held to its form.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self, assert_never

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.store._files import bytes_of

_LOG: Final = logging.getLogger(__name__)

_ATTEMPT_LIFE: Final = timedelta(days=1)
_OPEN_ORDER_LIFE: Final = timedelta(days=7)
_UNREADABLE_LIFE: Final = timedelta(days=7)
_WORKPLACE_LIFE: Final = timedelta(hours=1)

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
"""A checksum, of which names of files are made."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)

    version: Literal[1] = 1

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The record in a file; None when there is none that this version understands."""
        try:
            return cls.decoded(bytes_of(path))
        except FileNotFoundError:
            return None

    @classmethod
    def decoded(cls, content: bytes) -> Self | None:
        """The record that `encoded` gave; None when this version does not understand it."""
        try:
            return cls.model_validate_json(content)
        except ValidationError:
            _LOG.warning("A stored %s cannot be read and counts as absent.", cls.__name__)
            return None

    def encoded(self) -> bytes:
        """The record as a file holds it."""
        return self.model_dump_json().encode()


class AttemptRecord(_Record):
    """An order may have been placed."""

    at: AwareDatetime
    tried_at: AwareDatetime | None = None
    """On a shared store: when somebody last set out to send it."""


class OrderRecord(_Record):
    """An order."""

    order: NotedOrder


class ReportRecord(_Record):
    """A report's sidecar."""

    order: NotedOrder
    size_bytes: int
    sha256: Sha256
    kept_sha256: Sha256 | Literal[""] = ""
    """Of the file, where it was rewritten before it was kept."""
    remarks: tuple[str, ...] = ()
    fetched_at: AwareDatetime
    intake: Intake | None = None
    typed: Mapping[str, tuple[int, int]] = {}
    """Of each file of the typed table, by name, when `intake` was noted: size in bytes, last change in nanoseconds."""

    @property
    def file_sha256(self) -> str:
        """Of the file as it was kept."""
        return self.kept_sha256 or self.sha256


Record = AttemptRecord | OrderRecord | ReportRecord


def newest_first(orders: Iterable[NotedOrder]) -> tuple[NotedOrder, ...]:
    """The orders by when they were placed."""
    return tuple(sorted(orders, key=lambda order: order.created_at, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long and how much the store keeps."""

    retention: timedelta
    """Of reports since they were fetched and of final orders since they were placed."""
    max_bytes: int
    """Of all reports of all principals together, and so of each."""
    now: Callable[[], datetime]

    def keep(self, record: Record) -> bool:
        """True while a record counts; one that no longer does is as good as absent."""
        match record:
            case AttemptRecord(at=at):
                return self._is_within(_ATTEMPT_LIFE, at)
            case OrderRecord(order=order):
                life = self.retention if order.state.is_final else self.order_life
                return self._is_within(life, order.created_at)
            case ReportRecord(fetched_at=fetched_at):
                return self._is_within(self.retention, fetched_at)
            case _:
                assert_never(record)

    @property
    def order_life(self) -> timedelta:
        """How long any order may count."""
        return max(self.retention, _OPEN_ORDER_LIFE)

    def keep_unreadable(self, changed_at: datetime) -> bool:
        """True while a file without a record may still be somebody's, e.g. half-written or of a later version."""
        return self._is_within(_UNREADABLE_LIFE, changed_at)

    def keep_workplace(self, changed_at: datetime) -> bool:
        """True while a computation may still be at work in its folder, or a writer on its file."""
        return self._is_within(_WORKPLACE_LIFE, changed_at)

    def _is_within(self, life: timedelta, since: datetime) -> bool:
        return self.now() - since <= life

"""Fetched reports and noted orders: one shelf for each principal, in a folder or shared by replicas.

Bytes as the platform sent them, a sidecar, room for a typed table; orders and attempts, so that a killed process
loses nothing; expiry and a size limit. Knows the domain, no platform, no analysis and no MCP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

from unique_analytics_mcp.store._arriving import Arriving
from unique_analytics_mcp.store._file_shelf import FileShelf
from unique_analytics_mcp.store._files import in_thread
from unique_analytics_mcp.store._incoming import Incoming, Rewrite, StoredReport
from unique_analytics_mcp.store._layout import digest
from unique_analytics_mcp.store._records import Rules
from unique_analytics_mcp.store._shared import SharedStore
from unique_analytics_mcp.store._shelf import Shelf
from unique_analytics_mcp.store._survey import Survey, check_folder, survey
from unique_analytics_mcp.store._sweep import make_room, sweep
from unique_analytics_mcp.store._trial import BucketFound, RedisFound, SharedSurvey
from unique_analytics_mcp.store._upkeep import Upkeep

__all__ = [
    "Arriving",
    "BucketFound",
    "Incoming",
    "RedisFound",
    "Rewrite",
    "SharedStore",
    "SharedSurvey",
    "Shelf",
    "Store",
    "StoredReport",
    "Survey",
    "Upkeep",
]


class Store:
    """All shelves under one folder, which is made when something is first written or it is looked at.

    `retention` counts from when a report was fetched or a final order placed; `max_bytes` limits all reports
    together, and so each; `now` gives the aware time.
    """

    def __init__(self, root: Path, *, retention: timedelta, max_bytes: int, now: Callable[[], datetime]) -> None:
        self._root = root
        self._library = root / "v1"
        self._rules = Rules(retention=retention, max_bytes=max_bytes, now=now)
        self.upkeep = Upkeep(self.sweep)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open between two calls."""

    @property
    def systems(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """A cheap call to the folder, which may lie on a drive that is away; raises `StoreError` when it is."""
        return {"folder": lambda: in_thread(check_folder, self._root)}

    def shelf(self, principal: str) -> FileShelf:
        """The shelf of one principal, whose name is not written to the disk."""
        return FileShelf(
            self._library / digest(principal)[:32],
            rules=self._rules,
            make_room=partial(make_room, self._library, self._rules),
        )

    async def sweep(self) -> None:
        """Remove what has expired, what dead processes left and the oldest reports over the size limit.

        Raises:
            StoreError: the store cannot be read at all; what merely cannot be removed is left.
        """
        await in_thread(sweep, self._library, self._rules)

    async def survey(self) -> Survey:
        """How full the store and the disk behind it are, found out by writing a little and removing it again.

        Raises:
            StoreError: the store cannot be written or read.
        """
        return await in_thread(survey, self._root, self._library)

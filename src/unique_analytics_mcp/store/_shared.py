"""A store for any number of replicas: all shelves under one `s3://bucket/prefix` and one Redis.

Copies of reports, which analysis needs as files, lie in a folder of each machine under the same rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.store._file_shelf import FileShelf
from unique_analytics_mcp.store._files import in_thread
from unique_analytics_mcp.store._layout import SIDECAR, Keys, digest
from unique_analytics_mcp.store._notes import Notes
from unique_analytics_mcp.store._objects import Objects
from unique_analytics_mcp.store._records import Rules
from unique_analytics_mcp.store._shared_shelf import SharedShelf
from unique_analytics_mcp.store._shared_sweep import old_attempts, overdue, shared_reports
from unique_analytics_mcp.store._survey import check_folder
from unique_analytics_mcp.store._sweep import drop_copies, make_room, sweep
from unique_analytics_mcp.store._trial import SharedSurvey, try_bucket, try_redis
from unique_analytics_mcp.store._upkeep import Upkeep

T = TypeVar("T")


class SharedStore:
    """All shelves that replicas share; an async context manager for any number of users at once.

    They use the same connections, which are made when first needed and closed when the last of them leaves. `copies`
    is the folder for this machine's copies; the rest as in `Store`.
    """

    def __init__(
        self,
        copies: Path,
        *,
        url: str,
        redis_url: str,
        retention: timedelta,
        max_bytes: int,
        now: Callable[[], datetime],
    ) -> None:
        self._copies = copies
        self._library = copies / "v1"
        self._rules = Rules(retention=retention, max_bytes=max_bytes, now=now)
        self._space = digest(url.rstrip("/"))[:16]
        self._objects = Objects(url)
        self._notes = Notes(redis_url)
        self._users = 0
        self.upkeep = Upkeep(self.sweep)

    async def __aenter__(self) -> Self:
        self._users += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if not self._users:
            await self.aclose()

    async def aclose(self) -> None:
        """Close connections; whoever asks after that opens new ones."""
        await self._notes.aclose()

    @property
    def systems(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """A cheap call to each system by its name; raises `StoreError` when the system does not answer."""
        return {
            "bucket": self._objects.reach,
            "redis": self._notes.reach,
            "folder": lambda: in_thread(check_folder, self._copies),
        }

    def shelf(self, principal: str) -> SharedShelf:
        """The shelf of one principal, whose name is not written anywhere."""
        owner = digest(principal)[:32]
        return SharedShelf(
            Keys(self._space, owner),
            copies=FileShelf(
                self._library / owner,
                rules=self._rules,
                make_room=partial(make_room, self._library, self._rules),
            ),
            objects=self._objects,
            notes=self._notes,
            rules=self._rules,
            make_room=self._make_room,
        )

    async def sweep(self) -> None:
        """Remove what has expired, the oldest reports over the size limit, and copies of what is gone.

        Raises:
            StoreError: the store cannot be read.
        """
        left = await self._make_room()
        await in_thread(sweep, self._library, self._rules)
        await in_thread(drop_copies, self._library, but=left)

    async def survey(self) -> SharedSurvey:
        """How the bucket and Redis stand, found out by using each a little."""
        return SharedSurvey(
            bucket=await _or_error(try_bucket(self._objects, self._space)),
            redis=await _or_error(try_redis(self._notes, self._space, self._rules.now)),
        )

    async def _make_room(self, spared: str = "") -> set[str]:
        """Gives the folders of the reports that are left."""
        objects = await self._objects.list("v1")
        reports = shared_reports(objects)
        gone = overdue(reports, self._rules, spared=spared)
        keys = [each.key for report in gone for each in report.objects]
        await self._objects.delete([key for key in keys if key.endswith(SIDECAR)])
        await self._objects.delete([*keys, *old_attempts(objects, self._rules)])
        return {report.folder for report in reports} - {report.folder for report in gone}


async def _or_error(trial: Coroutine[object, object, T]) -> T | StoreError:
    try:
        return await trial
    except StoreError as error:
        return error

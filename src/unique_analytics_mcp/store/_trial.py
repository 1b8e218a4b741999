"""How the systems that replicas share stand: found out by using each a little, as the store does, and tidying up.

A trial object lies where attempts do, so that one which a kill leaves behind is removed like them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

import anyio

from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.store._layout import Keys
from unique_analytics_mcp.store._notes import Notes
from unique_analytics_mcp.store._objects import Objects

_NOBODY: Final = "trial"
"""No principal is called so: theirs are digests."""
_CONTENT: Final = b"A trial."
_A_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFound:
    """A bucket that takes and gives objects."""

    elapsed_s: float
    """For writing, reading, listing and removing one."""
    is_conditional: bool
    """Whether it refuses, when told to, to write over what is there or has changed: what makes one order of two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFound:
    """A Redis that takes and gives notes."""

    eviction: str | None
    """What it removes when its memory is full, such as `noeviction`; None where it does not say."""
    ahead: timedelta
    """How far this machine's clock is ahead of its clock."""


@dataclass(frozen=True, slots=True)
class SharedSurvey:
    """How both stand; an error is what the first failing step said."""

    bucket: BucketFound | StoreError
    redis: RedisFound | StoreError


async def try_bucket(objects: Objects, space: str) -> BucketFound:
    """Write, read, list and remove an object, and try to write over it.

    Raises:
        StoreError: one of them cannot be done.
    """
    key, started = Keys(space, _NOBODY).attempt(secrets.token_hex(8)), perf_counter()
    e_tag = await objects.put_if_unchanged(key, _CONTENT, e_tag=None)
    try:
        found = await objects.get(key)
        listed = [each.key for each in await objects.list(key.rpartition("/")[0])]
        is_conditional = await _is_kept(objects, key, None) and await _is_kept(objects, key, f'"{e_tag}-not"')
    finally:
        with anyio.CancelScope(shield=True):
            await objects.delete([key])
    if found is None or found.content != _CONTENT or key not in listed:
        raise StoreError(
            "The object store does not show what was just written.",
            hint="Use one that is consistent, such as S3, MinIO, Ceph or R2.",
        )
    return BucketFound(elapsed_s=perf_counter() - started, is_conditional=is_conditional)


async def _is_kept(objects: Objects, key: str, e_tag: str | None) -> bool:
    """Whether a write over the object is refused that expects it to be another, or not there."""
    try:
        await objects.put_if_unchanged(key, _CONTENT, e_tag=e_tag)
    except FileExistsError:
        return True
    return False


async def try_redis(notes: Notes, space: str, now: Callable[[], datetime]) -> RedisFound:
    """Write, read and remove a note, and ask for the time.

    Raises:
        StoreError: one of them cannot be done.
    """
    key, name = Keys(space, _NOBODY).orders, secrets.token_hex(8)
    await notes.put(key, name, _CONTENT, life=_A_MINUTE)
    found = await notes.get(key, name)
    await notes.delete(key, name)
    if found != _CONTENT:
        raise StoreError(
            "Redis does not give back what was just written.",
            hint="Let UNIQUE_ANALYTICS_REDIS name the one that takes writes, not a copy of it.",
        )
    return RedisFound(eviction=await notes.eviction(), ahead=now() - await notes.time())

"""Small notes and locks in Redis or its equivalents, with every wait bounded and every failure in our words.

However many ask at once, a few connections serve them in turns.

The only module that knows `redis`. A lock makes its waiters take turns and nothing more: it ends by itself when its
holder dies, so it may end before its holder does (`_shared_shelf` says what stands when it does).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
from anyio import CancelScope, CapacityLimiter

from unique_analytics_mcp.background import background
from unique_analytics_mcp.errors import StoreError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.lock import Lock

LOCK_S: Final = 10.0
"""Seconds after which the lock of a dead holder is free."""

MOST_CONNECTIONS: Final = 16
"""Of one process: a command takes a millisecond, and Redis serves one at a time anyway."""

_ENDLESS: Final = -1
"""What Redis says of a key that does not expire."""
_RENEW_S: Final = 3.0
_ANSWER_S: Final = 3.0
_SHORTEST_PAUSE_S: Final = 0.01
_LONGEST_PAUSE_S: Final = 0.5
_LOG: Final = logging.getLogger(__name__)


class Notes:
    """Hashes and locks of one Redis."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: Redis | None = None
        self._turns = CapacityLimiter(MOST_CONNECTIONS)

    async def get(self, key: str, name: str) -> bytes | None:
        """One note of a hash."""
        return await self._ask("HGET", key, name)

    async def get_all(self, key: str) -> Mapping[bytes, bytes]:
        """All notes of a hash by their names."""
        return await self._ask("HGETALL", key) or {}

    async def put(self, key: str, name: str, content: bytes, *, life: timedelta) -> None:
        """Write a note; the hash is gone after `life` without another one."""
        async with self._turn():
            steps = cast("Any", self._redis().pipeline(transaction=True))
            await steps.hset(key, name, content).pexpire(key, life).execute()

    async def delete(self, key: str, *names: str | bytes) -> None:
        """Remove notes, where they are there."""
        if names:
            await self._ask("HDEL", key, *names)

    @asynccontextmanager
    async def held(self, key: str) -> AsyncGenerator[None]:
        """Holds the lock of that key for the block, after waiting for it as long as it takes.

        Raises:
            StoreError: Redis cannot be asked, or holds something there that would never end; once the lock is held, its
                loss is only logged.
        """
        lock = self._redis().lock(key, timeout=LOCK_S, thread_local=False)
        pause_s = _SHORTEST_PAUSE_S
        while not await self._taken(lock):
            await anyio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            if pause_s == _LONGEST_PAUSE_S:
                await self._check_end(key)
        try:
            async with self._renewing(lock):
                yield
        finally:
            with CancelScope(shield=True), _only_logged():
                async with self._turns:
                    await lock.release()

    async def reach(self) -> None:
        """Come back when Redis answers."""
        await self._ask("PING")

    async def time(self) -> datetime:
        """What its clock says."""
        seconds, microseconds = await self._ask("TIME")
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)

    async def eviction(self) -> str | None:
        """What it removes when its memory is full, such as `noeviction`; None where it does not tell us."""
        try:
            return (await self._ask("INFO", "memory")).get("maxmemory_policy")
        except StoreError:
            return None

    async def aclose(self) -> None:
        """Close connections; whoever asks after that opens new ones."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()

    async def _taken(self, lock: Lock) -> bool:
        """True when the lock is ours now; a cancellation does not come between Redis and us."""
        with CancelScope(shield=True):
            async with self._turn():
                if await lock.acquire(blocking=False):
                    return True
        return False

    async def _check_end(self, key: str) -> None:
        """Let what ends by itself pass, as every lock of ours does, and what has ended."""
        left_ms = await self._ask("PTTL", key)
        if left_ms == _ENDLESS or left_ms > LOCK_S * 1_000:
            raise StoreError(
                "A lock in Redis never ends, so it is none of this server's.",
                hint="Remove the keys of Redis that hold `:lock:` and do not expire within seconds.",
            )

    @asynccontextmanager
    async def _renewing(self, lock: Lock) -> AsyncGenerator[None]:
        async with background() as tasks:
            tasks.start_soon(self._renew, lock)
            yield

    async def _renew(self, lock: Lock) -> None:
        while True:
            await anyio.sleep(_RENEW_S)
            with _only_logged():
                async with self._turns:
                    await lock.reacquire()

    async def _ask(self, *command: str | bytes) -> Any:  # noqa: ANN401 - what Redis answers depends on the command
        async with self._turn():
            return await cast("Any", self._redis()).execute_command(*command)

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        async with self._turns:
            with _in_our_words():
                yield

    def _redis(self) -> Redis:
        if self._opened is None:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import ConstantBackoff

            self._opened = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its options are not typed
                self._url,
                socket_timeout=_ANSWER_S,
                socket_connect_timeout=_ANSWER_S,
                health_check_interval=30,
                retry=Retry(ConstantBackoff(0.1), 1),
            )
        return self._opened


@contextmanager
def _only_logged() -> Generator[None]:
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        _LOG.warning("A lock in Redis could not be kept or given back: %s.", type(error).__name__)


@contextmanager
def _in_our_words() -> Generator[None]:
    """Turns what the library raises into a `StoreError` that names no address and no key."""
    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

    try:
        yield
    except (AuthenticationError, NoPermissionError) as error:
        raise StoreError(
            "Redis refuses this server's credentials.",
            hint="Check user and password in UNIQUE_ANALYTICS_REDIS and what they may do.",
        ) from error
    except (RedisError, OSError) as error:
        raise StoreError(
            "Redis cannot be reached, is too slow or does not do what it was asked.",
            hint="Make the same call again; if it stays so, check UNIQUE_ANALYTICS_REDIS and the network.",
        ) from error

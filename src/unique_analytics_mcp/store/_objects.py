"""Objects in a bucket of any S3-compatible store, with every wait bounded and every failure in our words.

The only module that knows `obstore`, which reads the endpoint, the credentials and the region from the usual AWS
variables. Knows keys and bytes, nothing of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from unique_analytics_mcp.errors import StoreError

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

_CALL_S: Final = 10
"""For one small call, its retries included; for the next piece of a download too."""
_CONNECT: Final = timedelta(seconds=3)
_TRANSFER: Final = timedelta(minutes=30)
"""For one request however large; a piece of it that does not come ends it much sooner."""
_SLOWEST_BYTES_S: Final = 100_000
"""Bytes each second that an upload is granted time for."""
_CHUNK_BYTES: Final = 1 << 20
_REFUSED: Final = re.compile(r"status code: 40[13]\b")


class Found(NamedTuple):
    """An object and what it is known by until it changes."""

    content: bytes
    e_tag: str | None


class Listed(NamedTuple):
    """An object as a list shows it."""

    key: str
    size_bytes: int
    changed_at: datetime


class Objects:
    """The objects under one `s3://bucket/prefix`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: S3Store | None = None

    async def get(self, key: str) -> Found | None:
        """The object of that key, a small one."""
        import obstore

        try:
            with _in_our_words(), anyio.fail_after(_CALL_S):
                answer = await obstore.get_async(self._store(), key)
                return Found(bytes(await answer.bytes_async()), answer.meta["e_tag"])
        except FileNotFoundError:
            return None

    async def stream(self, key: str) -> AsyncGenerator[bytes]:
        """The bytes of a large object, piece by piece.

        Raises:
            FileNotFoundError: there is none.
        """
        import obstore

        with _in_our_words():
            with anyio.fail_after(_CALL_S):
                pieces = aiter((await obstore.get_async(self._store(), key)).stream(min_chunk_size=_CHUNK_BYTES))
            while True:
                with anyio.fail_after(_CALL_S):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield bytes(piece)

    async def put(self, key: str, content: bytes | Path, *, size_bytes: int) -> None:
        """Give the object of that key this content, or that of a file, of so many bytes."""
        import obstore

        with _in_our_words(), _bucket_missing(), anyio.fail_after(_CALL_S + size_bytes / _SLOWEST_BYTES_S):
            await obstore.put_async(self._store(), key, content)

    async def put_if_unchanged(self, key: str, content: bytes, *, e_tag: str | None) -> str | None:
        """Give the object new content unless it is another than that of `e_tag`, or there for None; gives the new tag.

        Raises:
            FileExistsError: it has changed, or somebody else was first.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: PutMode = {"e_tag": e_tag} if e_tag else "create"
        try:
            with _in_our_words(), _bucket_missing(), anyio.fail_after(_CALL_S):
                return (await obstore.put_async(self._store(), key, content, mode=mode))["e_tag"]
        except (AlreadyExistsError, PreconditionError) as error:
            raise FileExistsError(key) from error

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects, where they are there."""
        import obstore

        if keys:
            with _in_our_words(), _bucket_missing(), anyio.fail_after(_CALL_S):
                await obstore.delete_async(self._store(), keys)

    async def list(self, beginning: str) -> list[Listed]:
        """All objects below a folder, in no order."""
        import obstore

        found: list[Listed] = []
        with _in_our_words(), _bucket_missing():
            pages = aiter(obstore.list(self._store(), beginning))  # pyright: ignore[reportUnknownMemberType] - an overload for arrow
            while True:
                with anyio.fail_after(_CALL_S):
                    page = await anext(pages, None)
                if page is None:
                    return found
                found += [Listed(meta["path"], meta["size"], meta["last_modified"]) for meta in page]

    async def reach(self) -> None:
        """Come back when the bucket answers."""
        await self.list("v1/nobody")

    def _store(self) -> S3Store:
        if self._opened is None:
            from obstore.store import S3Store

            self._opened = S3Store.from_url(
                self._url,
                client_options={"allow_http": True, "connect_timeout": _CONNECT, "timeout": _TRANSFER},
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=_CALL_S)},
            )
        return self._opened


@contextmanager
def _in_our_words() -> Generator[None]:
    """Turns what the library raises into a `StoreError` that names no address and no key."""
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    try:
        yield
    except (AlreadyExistsError, PreconditionError):
        raise
    except TimeoutError as error:
        raise StoreError(
            "The object store did not answer in time.",
            hint="Make the same call again; if it stays so, check AWS_ENDPOINT_URL and the network.",
        ) from error
    except BaseError as error:
        raise _meant(error) from error


def _meant(error: BaseError) -> StoreError:
    """What the library's error means: its words quote the store's, and a refused list has no class of its own."""
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    said = str(error)
    if "RequestTimeTooSkewed" in said:
        return StoreError(
            "The object store refuses calls whose time is so far from its own.",
            hint="Set the clock of this machine by a time server (NTP).",
        )
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or _REFUSED.search(said):
        return StoreError(
            "The object store refuses this server's credentials.",
            hint="Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do with the bucket of "
            "UNIQUE_ANALYTICS_STORE: read, write, list and delete.",
        )
    return StoreError(
        "The object store cannot be reached or does not do what it was asked.",
        hint="Make the same call again; if it stays so, check AWS_ENDPOINT_URL, AWS_REGION and the network.",
    )


@contextmanager
def _bucket_missing() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise StoreError(
            "The object store has no such bucket.", hint="Create it, or correct UNIQUE_ANALYTICS_STORE."
        ) from error

"""Downloads: whole or an error, never held, never left running."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from itertools import count

import anyio
import anyio.abc
import anyio.to_thread
import httpx
import pytest

from loopback import CSV, Sink, as_csv, call, connected, reply, serving
from unique_analytics_mcp.backends import _http as http_module
from unique_analytics_mcp.backends._http import CHUNK_BYTES
from unique_analytics_mcp.backends._pacing import LEAST_BYTES, TooSlow, gathered, hurried
from unique_analytics_mcp.backends._receiver import Receiver
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    StoreError,
    UnexpectedAnswer,
)


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"<html>Please sign in</html>", content_type="text/html"),
        reply(200, b'{"message":"not yet"}', content_type="application/json"),
        as_csv(b"<!doctype html>"),
        as_csv(b'{"message":"not yet"}'),
        as_csv(b""),
        as_csv(b"", content_encoding="gzip"),
        reply(206, CSV, content_type="text/csv"),
        as_csv(CSV, content_encoding="br"),
    ],
    ids=["html", "json", "html as csv", "json as csv", "empty", "empty and packed", "a part", "an unknown coding"],
)
async def test_what_is_no_report_is_neither_kept_nor_asked_for_again(answer: bytes):
    sink = Sink()
    async with serving(answer) as server, connected(server.url) as connection:
        with pytest.raises(UnexpectedAnswer):
            await connection.download(call(), sink)
    assert (sink.chunks, len(server.requests)) == ([], 1)


async def test_a_report_of_nothing_but_its_header_is_one():
    sink = Sink()
    async with serving(as_csv(b"Email,Count\r\n")) as server, connected(server.url) as connection:
        await connection.download(call(accept="text/csv"), sink)
    assert (sink.content, sink.restarts) == (b"Email,Count\r\n", 0)
    assert server.requests[0].headers.items() >= {"accept": "text/csv", "accept-encoding": "identity"}.items()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_large_report_passes_in_chunks_and_is_never_held(encoding: str):
    content = CSV * 100_000
    body = gzip.compress(content, 1) if encoding == "gzip" else content
    sink = Sink()
    async with serving(as_csv(body, content_encoding=encoding)) as server, connected(server.url) as connection:
        await connection.download(call(), sink)
    assert sink.content == content
    assert CHUNK_BYTES <= max(map(len, sink.chunks)) < 2 * CHUNK_BYTES < len(content) / 4


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(CSV[:20]) + gzip.compress(CSV[20:])),
        ("gzip", gzip.compress(b"") + gzip.compress(CSV)),
        ("X-GZIP", gzip.compress(CSV)),
        ("deflate", zlib.compress(CSV)),
        (" identity ", CSV),
    ],
    ids=["two members", "the first of them empty", "its old name", "deflate", "none"],
)
async def test_a_report_compressed_unasked_is_unpacked_to_its_last_byte(coding: str, body: bytes):
    sink = Sink()
    async with serving(as_csv(body, content_encoding=coding)) as server, connected(server.url) as connection:
        await connection.download(call(), sink)
    assert sink.content == CSV


CUT = {
    "length": b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 999\r\n\r\n" + CSV,
    "chunks": b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n5\r\nEmail\r\n",
    "garbled": as_csv(b"no such thing", content_encoding="gzip"),
    "packed": as_csv(gzip.compress(CSV)[:-9], content_encoding="gzip"),
    "nothing": b"",
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT.keys())
async def test_a_report_cut_short_is_fetched_again_from_its_beginning(cut: bytes):
    sink = Sink()
    async with serving(cut, cut, as_csv()) as server, connected(server.url) as connection:
        await connection.download(call(), sink)
    assert (sink.content, sink.restarts) == (CSV, 2)


async def test_a_report_cut_short_each_time_is_an_error():
    async with serving(CUT["length"]) as server, connected(server.url) as connection:
        with pytest.raises(BackendUnavailable, match="broke before the answer was complete"):
            await connection.download(call(), Sink())
    assert len(server.requests) == 4


async def test_a_report_that_drips_is_asked_for_again_and_given_up_in_the_end():
    """Each reading of the clock is five minutes after the one before."""
    clock = count(step=300)
    async with serving(as_csv()) as server, connected(server.url, monotonic=lambda: next(clock)) as connection:
        with pytest.raises(BackendUnavailable, match="so slowly that it would not end"):
            await connection.download(call(), Sink())
    assert len(server.requests) == 4


BEGUN = b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nx-long: ", b"x"),
        (BEGUN + b"5\r\nEmail\r\n", b"0"),
        (BEGUN + b"0\r\nx-long: ", b"x"),
    ],
    ids=["before the answer", "in its head", "between two chunks", "behind the last chunk"],
)
async def test_bytes_that_bring_no_report_are_not_read_for_ever(
    begun: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_module, "WINDOW_S", 0.05)

    async def drip(stream: anyio.abc.ByteStream) -> None:
        await stream.send(begun)
        while True:
            await stream.send(drop)
            await anyio.sleep(0.001)

    async with serving(drip) as server, connected(server.url) as connection:
        with pytest.raises(BackendUnavailable, match="so slowly that it would not end"):
            await connection.download(call(), Sink())
    assert 1 < len(server.requests) <= 4  # on a busy machine a try may end before its request is read


def test_bytes_are_hurried_only_while_they_are_waited_for():
    now, slow = [0.0], [300.0, 299.0, 1.0, 299.0, 1.0]

    def pieces(size_bytes: int) -> Iterator[bytes]:
        for seconds in slow:
            now[0] += seconds
            yield bytes(size_bytes)

    enough = 0
    for piece in hurried(pieces(LEAST_BYTES), monotonic=lambda: now[0]):
        now[0] += 9_000  # a disk that is slower than the network
        enough += len(piece)
    assert enough == len(slow) * LEAST_BYTES
    with pytest.raises(TooSlow):
        list(hurried(pieces(1), monotonic=lambda: now[0]))


def test_bytes_are_passed_on_in_pieces_that_are_large_enough():
    received = iter([b"ab", b"c", b"de", b"f", b"g"])
    assert list(gathered(received, piece_bytes=3)) == [b"abc", b"def", b"g"]


async def test_a_download_is_given_up_only_while_a_piece_is_waited_for():
    now = [0.0]
    receiver = Receiver(Sink(), monotonic=lambda: now[0])
    pieces = receiver.awaited(iter([b"a"]))
    next(pieces)
    now[0] += 60  # a disk that is slower than the network
    with anyio.move_on_after(0):
        await receiver.watch_over(50)
    assert not receiver.is_given_up
    assert list(pieces) == []
    now[0] += 60
    with anyio.move_on_after(0):
        await receiver.watch_over(50)
    assert receiver.is_given_up


async def test_a_full_disk_ends_a_download_at_once():
    class FullSink(Sink):
        def write(self, chunk: bytes, /) -> None:
            raise StoreError("The disk is full.", hint="Make room.")

    async with serving(as_csv()) as server, connected(server.url) as connection:
        with pytest.raises(StoreError):
            await connection.download(call(), FullSink())
    assert len(server.requests) == 1


class WatchedTransport(httpx.HTTPTransport):
    """The real network; says when the download's thread has let go of it."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # pyright: ignore[reportArgumentType] - passed on as it came
        self.released.set()


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 9000000\r\n\r\n" + CSV * 50_000],
    ids=["before the answer", "amid the report"],
)
async def test_a_cancelled_download_ends_at_once_with_its_thread_and_writes_no_more(beginning: bytes):
    stalled = anyio.Event()

    async def stall(stream: anyio.abc.ByteStream) -> None:
        await stream.send(beginning)
        stalled.set()
        await stream.receive()

    sink, transport = Sink(), WatchedTransport()
    async with serving(stall) as server, connected(server.url, download_transport=transport) as connection:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.download, call(), sink)
            await stalled.wait()
            tasks.cancel_scope.cancel()
        written = len(sink.chunks)
        await server.hung_up.wait()
        assert await anyio.to_thread.run_sync(transport.released.wait, 5)
    assert len(sink.chunks) == written


async def test_the_event_loop_goes_on_while_a_cancelled_download_waits_for_its_disk():
    writing, disk_is_free = threading.Event(), threading.Event()

    class SlowSink(Sink):
        def write(self, chunk: bytes, /) -> None:
            writing.set()
            disk_is_free.wait(5)
            super().write(chunk)

    sink, content = SlowSink(), CSV * 200_000
    async with (
        serving(as_csv(content)) as server,
        connected(server.url) as connection,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(connection.download, call(), sink)
        await anyio.to_thread.run_sync(writing.wait, 5)
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.wait_all_tasks_blocked()
        disk_is_free.set()
    assert sink.content in content
    assert sink.content != content


async def test_slow_downloads_leave_threads_for_everything_else():
    async def stall(stream: anyio.abc.ByteStream) -> None:
        await stream.send(CUT["length"])
        arrived.release()
        await stream.receive()

    arrived = anyio.Semaphore(0)
    async with (
        serving(stall) as server,
        connected(server.url) as connection,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(3):
            tasks.start_soon(connection.download, call(), Sink())
        for _ in range(3):
            await arrived.acquire()
        assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
        tasks.cancel_scope.cancel()


def test_closing_a_receiver_waits_for_the_write_in_progress():
    class SlowSink(Sink):
        def write(self, chunk: bytes, /) -> None:
            closing.start()
            closing.join(0.05)
            assert closing.is_alive()
            super().write(chunk)

    sink = SlowSink()
    receiver = Receiver(sink)
    closing = threading.Thread(target=receiver.close)
    assert not receiver.take(b"a")
    closing.join(5)
    assert (sink.chunks, closing.is_alive()) == ([b"a"], False)


def test_a_closed_receiver_lets_nothing_through():
    sink = Sink()
    receiver = Receiver(sink)
    assert receiver.take(b"a")
    receiver.close()
    receiver.restart()
    assert not receiver.take(b"b")
    assert (sink.chunks, sink.restarts) == ([b"a"], 0)


@pytest.mark.parametrize("step", ["connect_tcp", "start_tls"])
def test_a_connection_made_after_the_receiver_was_closed_is_hung_up(step: str):
    class Line:
        def __init__(self, end: object) -> None:
            self.end = end

        def get_extra_info(self, info: str) -> object:
            return self.end if info == "socket" else None

    near, far = socket.socketpair()
    with near, far:
        far.setblocking(False)
        receiver = Receiver(Sink())
        receiver.close()
        receiver.watch(f"connection.{step}.started", {})
        receiver.watch(f"connection.{step}.complete", {"return_value": Line(near)})
        assert far.recv(1) == b""

"""The one HTTP connection of all backends: JSON answers and downloads, within time, and repeated where that is safe.

With `_clients`, `_troubles`, and `_sighting` for a first look, the only module that loads `httpx`, with the first call
because that is slow; but for the transports of `_runtime` none of its types leave. JSON goes through the asynchronous
client. A report comes through a synchronous client in a worker thread, which is twice as fast and leaves the event loop
alone (performance.md 1). Knows no service: paths, fields and the words of errors are the caller's.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import anyio.lowlevel
from anyio import CapacityLimiter, to_thread

from unique_analytics_mcp.backends._answers import (
    Answer,
    Call,
    check_no_page,
    check_table_start,
    check_table_type,
    check_whole,
    read_json,
    read_moment,
    read_refusal,
    unavailable,
)
from unique_analytics_mcp.backends._clients import Clients, Opened
from unique_analytics_mcp.backends._pacing import WINDOW_S, TooSlow, gathered, hurried
from unique_analytics_mcp.backends._receiver import Receiver
from unique_analytics_mcp.backends._retry import Outlook, Setback, persist, sent_once
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends._troubles import elsewhere_refused, network_setback, nowhere, too_slow
from unique_analytics_mcp.backends._unpacking import CODING, Unpacking
from unique_analytics_mcp.background import background
from unique_analytics_mcp.errors import UnexpectedAnswer
from unique_analytics_mcp.tracing import note, span

if TYPE_CHECKING:
    import httpx

    from unique_analytics_mcp.backends import Sink

CHUNK_BYTES: Final = 256 * 1024
"""The most of a report that is held at once, and what a sink is given at a time."""

_ANSWER_S: Final = 60
"""For a whole JSON answer, however slowly it drips."""
_LONG_BYTES: Final = 1 << 20
"""From here on a JSON answer is read in a worker thread."""
_PEEK_BYTES: Final = 4096

_log = logging.getLogger("unique_analytics_mcp")

T = TypeVar("T")


class Connection:
    """The calls to one service, for one identity, from one event loop."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str], runtime: Runtime) -> None:
        """Nothing is opened yet. `headers` go with every call, but never to another host; each also says who we are.

        Raises:
            ConfigurationError: a header cannot be sent.
        """
        self._clients = Clients(base_url, headers=headers, runtime=runtime)
        self.host = self._clients.host
        self._runtime = runtime

    def __repr__(self) -> str:
        return f"Connection({self.host!r})"

    async def send(self, call: Call) -> Answer:
        """Make a call that is answered in JSON, or in text; repeated when it is repeatable and the trouble may pass.

        A repeated DELETE that finds nothing left has succeeded.

        Raises:
            SubmissionUnclear: the call is not repeatable, and the platform may or may not have acted upon it.
            BackendError: refused, unreachable, or not answered in JSON.
        """
        return await self._carry_out(call, partial(self._try_json, call), at_leisure=call.of_report)

    async def download(self, call: Call, sink: Sink) -> None:
        """Stream a CSV into `sink`, all of it or an error. Cancelled, it returns at once and writes nothing more.

        Raises:
            UnexpectedAnswer: not a CSV.
            StoreError: the sink's.
            BackendError: refused, unreachable, or cut short each time.
        """
        await self._carry_out(call, partial(self._try_download, call, sink), at_leisure=True)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._clients.aclose()

    async def _carry_out(self, call: Call, attempt: Callable[[int], Awaitable[T | Setback]], *, at_leisure: bool) -> T:
        if not call.repeatable:
            return sent_once(await attempt(1))
        runtime = self._runtime
        return await persist(
            attempt,
            retry=runtime.retry,
            sleep=runtime.sleep,
            random=runtime.random,
            monotonic=runtime.monotonic,
            at_leisure=at_leisure,
        )

    async def _try_json(self, call: Call, tries: int) -> Answer | Setback:
        client = (await self._clients.opened()).for_json
        import httpx

        with _traced(call, tries):
            with anyio.move_on_after(_ANSWER_S):
                try:
                    async with self._exchange(client, call) as response:
                        return await self._read_answer(call, response, tries)
                except (httpx.RequestError, httpx.InvalidURL, UnicodeError, UnexpectedAnswer) as exc:
                    return self._setback_of(exc, call)
            note(error="late")
        late = unavailable(f"{self.host} did not finish its answer within {_ANSWER_S} seconds.")
        return Setback(error=late, outlook=Outlook.PASSING, unclear=True)

    @asynccontextmanager
    async def _exchange(self, client: httpx.AsyncClient, call: Call) -> AsyncGenerator[httpx.Response]:
        started = self._runtime.monotonic()
        async with client.stream(
            call.method,
            call.path,
            params=call.query,
            json=call.body,
            data=call.form,
            headers={"accept": call.accept, "accept-encoding": CODING, **call.headers},
            follow_redirects=call.method == "GET" and call.repeatable,
        ) as response:
            self._note(call, response.status_code, started)
            yield response

    async def _read_answer(self, call: Call, response: httpx.Response, tries: int) -> Answer | Setback:
        date = read_moment(response.headers.get("date"))
        gone_before = response.status_code == HTTPStatus.NOT_FOUND and tries > 1
        if call.method == "DELETE" and (response.is_success or gone_before):
            check_no_page(await self._peek(response), host=self.host)
            return Answer(None, date)
        if not response.is_success:
            return self._refusal(call, response, await self._peek(response))
        body = await self._read_until(response, call.longest_bytes + 1)
        if len(body) <= call.longest_bytes:
            value = body.decode(errors="replace") if call.takes_text else await self._read_json(body)
            return Answer(value, date, is_repeated=tries > 1)
        if call.too_long is not None:
            return Setback(error=call.too_long)
        raise UnexpectedAnswer(
            f"{self.host} sent far more than an answer of this kind may hold.", hint="Ask for less at a time."
        )

    async def _peek(self, response: httpx.Response) -> bytes:
        """The beginning of a body that only explains a status: nothing where it cannot be read."""
        import httpx

        try:
            return await self._read_until(response, _PEEK_BYTES)
        except (UnexpectedAnswer, httpx.DecodingError):
            return b""

    async def _read_until(self, response: httpx.Response, limit: int) -> bytes:
        """The body, or its beginning once that is `limit` bytes or more."""
        body, unpacking = bytearray(), self._unpacking_of(response, CHUNK_BYTES)
        with _decoding_errors(response):
            async for packed in response.aiter_raw():
                await anyio.lowlevel.checkpoint()  # of thousands of pieces in one read the HTTP client waits for none
                for piece in unpacking.pieces(packed):
                    body += piece
                    if len(body) >= limit:
                        return bytes(body)
            return bytes(body + unpacking.rest())

    async def _read_json(self, body: bytes) -> object:
        if len(body) < _LONG_BYTES:
            return read_json(body, host=self.host)
        return await to_thread.run_sync(partial(read_json, body, host=self.host), abandon_on_cancel=True)

    async def _try_download(self, call: Call, sink: Sink, tries: int) -> Setback | None:
        opened = await self._clients.opened()
        receiver = Receiver(sink)
        try:
            async with background() as tasks:
                tasks.start_soon(receiver.watch_over, WINDOW_S)
                # A thread of its own: if slow downloads had all there are, none would be left for anything else.
                return await to_thread.run_sync(
                    self._receive, call, receiver, opened, tries, abandon_on_cancel=True, limiter=CapacityLimiter(1)
                )
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(receiver.close)

    def _receive(self, call: Call, receiver: Receiver, opened: Opened, tries: int) -> Setback | None:
        """Runs in a worker thread, perhaps a little longer than anybody waits for it."""
        import httpx

        if tries > 1:
            receiver.restart()
        with _traced(call, tries):
            try:
                with self._download_exchange(call, receiver, opened) as response:
                    return self._pour(call, response, receiver)
            except (TooSlow, httpx.RequestError, httpx.InvalidURL, UnicodeError, UnexpectedAnswer) as exc:
                if receiver.is_given_up or isinstance(exc, TooSlow):
                    note(error="slow")
                    return Setback(error=too_slow(self.host), cause=exc, outlook=Outlook.PASSING)
                return self._setback_of(exc, call)

    @contextmanager
    def _download_exchange(self, call: Call, receiver: Receiver, opened: Opened) -> Generator[httpx.Response]:
        started = self._runtime.monotonic()
        with (
            opened.for_download() as client,
            client.stream(
                call.method,
                call.path,
                params=call.query,
                headers={"accept": call.accept, "accept-encoding": "identity"},
                follow_redirects=True,
                extensions={"trace": receiver.watch},
            ) as response,
        ):
            self._note(call, response.status_code, started)
            yield response

    def _pour(self, call: Call, response: httpx.Response, receiver: Receiver) -> Setback | None:
        if not response.is_success:
            return self._refusal(call, response, self._first_bytes(response, receiver))
        check_whole(response.status_code, host=self.host)
        check_table_type(response.headers.get("content-type", ""), host=self.host)
        chunks = self._unpacked(response, receiver, CHUNK_BYTES)
        head = next(chunks, b"")
        check_table_start(head, host=self.host)
        for chunk in chain((head,), chunks):
            if not receiver.take(chunk):
                break
        return None

    def _first_bytes(self, response: httpx.Response, receiver: Receiver) -> bytes:
        """As `_peek`."""
        import httpx

        try:
            return next(self._unpacked(response, receiver, _PEEK_BYTES), b"")
        except (UnexpectedAnswer, httpx.DecodingError):
            return b""

    def _unpacked(self, response: httpx.Response, receiver: Receiver, piece_bytes: int) -> Iterator[bytes]:
        unpacking = self._unpacking_of(response, piece_bytes)
        in_time = receiver.awaited(hurried(response.iter_raw(), monotonic=self._runtime.monotonic))
        with _decoding_errors(response):
            for packed in gathered(in_time, piece_bytes=piece_bytes):
                yield from unpacking.pieces(packed)
            yield unpacking.rest()

    def _unpacking_of(self, response: httpx.Response, piece_bytes: int) -> Unpacking:
        coding = response.headers.get("content-encoding", "")
        return Unpacking(coding, host=self.host, piece_bytes=piece_bytes)

    def _refusal(self, call: Call, response: httpx.Response, body: bytes) -> Setback:
        if not self._clients.is_home(response.url):
            return elsewhere_refused(self.host, response.status_code, call.elsewhere)
        now = self._runtime.now()
        return read_refusal(call, response.status_code, response.headers, body, host=self.host, now=now)

    def _setback_of(self, exc: Exception, call: Call) -> Setback:
        import httpx

        _log.debug("%s %s: %s", call.method, call.route, type(exc).__name__)
        note(error=type(exc).__name__)
        if isinstance(exc, UnexpectedAnswer):
            return Setback(error=exc, cause=exc.__cause__, unclear=True)
        if not isinstance(exc, httpx.RequestError):
            return Setback(error=nowhere(self.host), cause=exc, unclear=True)
        self._runtime.told(call.method, call.route, "unreachable")
        return network_setback(
            exc, self.host if self._clients.is_home(exc.request.url) else f"{self.host}'s redirect target"
        )

    def _note(self, call: Call, status: int, started: float) -> None:
        self._runtime.told(call.method, call.route, str(status))
        note(http_status=status)
        if status >= HTTPStatus.BAD_REQUEST:
            note(error=str(status))
        elapsed_ms = 1000 * (self._runtime.monotonic() - started)
        _log.debug("%s %s: %d after %.0f ms", call.method, call.route, status, elapsed_ms)


def _traced(call: Call, tries: int) -> AbstractContextManager[None]:
    """A span of one attempt, without the platform's address, which may name whose it is."""
    return span(
        f"{call.method} {call.route}",
        kind="CLIENT",
        http_method=call.method,
        http_route=call.route,
        http_resends=tries - 1,
    )


@contextmanager
def _decoding_errors(response: httpx.Response) -> Generator[None]:
    """Bytes that are not of their coding, in the HTTP client's words."""
    import httpx

    try:
        yield
    except zlib.error as exc:
        raise httpx.DecodingError(str(exc), request=response.request) from exc

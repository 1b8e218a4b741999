"""What an HTTP call is and what its answer means, whatever the service: errors by status, waits, JSON, tables.

Pure: statuses, header texts and bytes come in, values and errors of ours come out. No text of a platform goes into an
error, an id for its support apart: it could carry another person's data, or instructions to a model.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Literal

from unique_analytics_mcp.backends._retry import Outlook, Setback
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.errors import (
    BackendError,
    BackendUnavailable,
    ConfigurationError,
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
)

MAX_JSON_BYTES: Final = 8 * 1024 * 1024
"""The longest JSON answer that is taken, unless a call says otherwise."""

_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_HEADER_VALUE: Final = re.compile("[!-~]([ -~]*[!-~])?")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_LONGEST_WAIT_S: Final = 86_400.0
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Half a character, and where JSON is written in ASCII also each half of a whole one."""
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_TABLE_TYPES: Final = frozenset({"text/plain", "application/octet-stream", "binary/octet-stream", ""})
_MISSING_ROUTE: Final = re.compile(rb"\s*<|.*(Cannot (GET|POST|DELETE) /|no Route matched)", re.DOTALL)
"""How NestJS (`Cannot GET /…`) and the Kong gateway say that an address, rather than an order, is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, whatever the service."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    """Below the base URL; for a GET also a whole URL, where another host than the base URL's gets no credentials."""
    route: str
    """The path without ids, for logs."""
    repeatable: bool
    """True when making it twice is the same as making it once; otherwise it is sent at most once."""
    of_report: bool = False
    """True when it brings a part of a report, which comes in the background: it may be repeated at leisure."""
    query: Mapping[str, str | int] | None = None
    body: Mapping[str, object] | None = field(default=None, repr=False)
    """Sent as JSON."""
    form: Mapping[str, str] | None = field(default=None, repr=False)
    """Sent as a web form instead of JSON."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What goes with this call alone, such as a token; never to another host."""
    accept: str = "application/json"
    takes_text: bool = False
    """True when the answer may be any text; its meaning is then the caller's to find."""
    words: Mapping[int, BackendError] = field(default_factory=dict[int, BackendError], repr=False)
    """What to raise for a status, where the general words do not do."""
    elsewhere: Mapping[int, BackendError] = field(default_factory=dict[int, BackendError], repr=False)
    """What to raise for a status of another host to which the platform sends the call on, where it tells something."""
    explain: Callable[[int, bytes], BackendError | None] | None = field(default=None, repr=False)
    """What to raise for a status and the beginning of its body, where the platform's codes tell more; asked first."""
    reference: re.Pattern[bytes] | None = None
    """Finds in the beginning of a refusal's body the id by which the platform's support finds the call."""
    longest_bytes: int = MAX_JSON_BYTES
    """The longest JSON answer that is taken."""
    too_long: BackendError | None = field(default=None, repr=False)
    """What to raise for a longer one."""
    astray: BackendError | None = field(default=None, repr=False)
    """What to raise for a 404 that shows that the address itself is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a successful call gave."""

    body: object
    """The JSON value; None for a DELETE; the text where the call takes any."""
    date: datetime | None
    """The platform's clock, aware, rounded down to the second."""
    is_repeated: bool = False
    """True when the call was made before and nobody heard what became of it: what it finds may be its own work."""


def check_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The same headers, when they can be sent; the HTTP client's own refusal would quote the secret.

    Raises:
        ConfigurationError: one is empty, or not plain printable ASCII.
    """
    for name, value in headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"The setting that is sent as {name} is empty or holds a character that cannot be sent.",
                hint="Copy it again, without line breaks and blanks around it.",
            )
    return headers


def read_refusal(
    call: Call, status: int, headers: Mapping[str, str], body: bytes, *, host: str, now: datetime
) -> Setback:
    """What a status outside 2xx means for this call; of `body` nothing but the call's `reference` is quoted."""
    if status == HTTPStatus.NOT_FOUND and call.astray is not None and _MISSING_ROUTE.match(body):
        return Setback(error=call.astray)
    wait_s = read_retry_after(headers.get("retry-after"), now=read_moment(headers.get("date")) or now)
    error = (call.explain and call.explain(status, body)) or _error_of(status, host, call.words, wait_s)
    found = call.reference and call.reference.search(body)
    return Setback(
        error=error.adding(f"Reference for its support: {found[1].decode('ascii')}.") if found else error,
        outlook=_outlook(status),
        retry_after_s=wait_s,
        unclear=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _outlook(status: int) -> Outlook:
    if status == HTTPStatus.UNAUTHORIZED:
        return Outlook.DOUBTFUL
    return Outlook.PASSING if status in _PASSING else Outlook.HOPELESS


def _error_of(status: int, host: str, words: Mapping[int, BackendError], retry_after_s: float | None) -> BackendError:
    """The caller's own `words` for that status, or the general ones."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(host, retry_after_s)
    return words.get(status) or _general_error(status, host)


def _throttled(host: str, retry_after_s: float | None) -> RateLimited:
    wait = "a minute" if retry_after_s is None else _in_seconds(retry_after_s)
    return RateLimited(
        f"{host} asks for fewer calls (429).",
        hint=f"Wait {wait}, then make the same call again.",
        retry_after_s=retry_after_s,
    )


def _in_seconds(wait_s: float) -> str:
    """Rounded up, so that nobody who heeds it comes too early: `0.4` gives `1 second`."""
    return counted(max(math.ceil(wait_s), 1), "second")


_GENERAL: Final[Mapping[int, tuple[type[BackendError], str, str]]] = {
    401: (NotAuthenticated, "did not accept the credentials", "Check them in the settings."),
    403: (NotAllowed, "does not allow this call", "Ask an administrator for the missing role."),
    404: (OrderNotFound, "has nothing at this address", "Check the order id and the base URL."),
}


def _general_error(status: int, host: str) -> BackendError:
    if status in _GENERAL:
        kind, what, hint = _GENERAL[status]
        return kind(f"{host} {what} ({status}).", hint=hint)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unavailable(f"{host} answered with an error of its own ({status}).")
    if status >= HTTPStatus.BAD_REQUEST:
        return RequestRefused(f"{host} refused the request ({status}).", hint="Change the request; do not repeat it.")
    return UnexpectedAnswer(
        f"{host} answered with {status}, as if its address had changed.",
        hint="Check the base URL: it must be the address of the API itself, with https.",
    )


def unavailable(message: str) -> BackendUnavailable:
    """The error for a platform that may be back in a moment."""
    return BackendUnavailable(message, hint="Make the same call again in a minute.")


def read_moment(text: str | None) -> datetime | None:
    """The aware moment of an HTTP date such as `Fri, 20 Nov 2026 08:00:00 GMT`; None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (TypeError, ValueError, OverflowError):
        return None
    return _tellable(moment)


def read_iso_moment(text: str) -> datetime | None:
    """The aware moment of an ISO 8601 text, of UTC where it names no zone; None for anything else.

    None also for the first and the last year there are, as the zero dates of some platforms: not every time zone can
    tell them.
    """
    try:
        return _tellable(datetime.fromisoformat(text))
    except ValueError:
        return None


def _tellable(moment: datetime) -> datetime | None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware if MINYEAR < aware.year < MAXYEAR else None


def read_retry_after(text: str | None, *, now: datetime) -> float | None:
    """Seconds from `now` that a `Retry-After` header asks for, as seconds or as a date.

    None for anything else, waits of more than a day included: nobody means them, and whoever obeys asks never again.
    """
    written = (text or "").strip()
    moment = read_moment(written)
    if _SECONDS.fullmatch(written):
        asked_s = float(written)
    elif moment is not None:
        asked_s = max(0.0, (moment - now).total_seconds())
    else:
        return None
    return asked_s if asked_s <= _LONGEST_WAIT_S else None


def read_json(body: bytes, *, host: str) -> object:
    """The value of a JSON body; half a character of UTF-16, which nothing could write again, becomes a question mark.

    Raises:
        UnexpectedAnswer: it is no JSON, for example a login page, or holds what is no number.
    """
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_number, object_hook=_as_it_is)
        return _mended(value) if _SURROGATE.search(text) else value
    except (ValueError, RecursionError) as exc:
        came = _kind_of(body)
        raise _not_expected("cut or damaged JSON" if came == "JSON" else came, "JSON", host) from exc


def _as_it_is(value: dict[str, object]) -> dict[str, object]:
    """Gives other threads a turn at each object: the parser would keep the interpreter to itself up to its end."""
    return value


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def _mended(value: object) -> object:
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def check_no_page(body: bytes, *, host: str) -> None:
    """Accept whatever a platform says of what it has done, and nothing at all.

    Raises:
        UnexpectedAnswer: it is a web page: somebody else answered, and perhaps nothing was done.
    """
    if body.lstrip()[:1] == b"<":
        raise _not_expected(_kind_of(body), "a word on what was done", host)


def check_whole(status: int, *, host: str) -> None:
    """Accept any success but a part of what was asked for, which looks like all of it.

    Raises:
        UnexpectedAnswer: it is a part.
    """
    if status == HTTPStatus.PARTIAL_CONTENT:
        raise _not_expected("a part of a report", "all of it", host)


def check_table_type(content_type: str, *, host: str) -> None:
    """Accept the content types under which a CSV may come, and none at all.

    Raises:
        UnexpectedAnswer: it is announced as something else, such as HTML or JSON.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if "csv" not in media_type and media_type not in _TABLE_TYPES:
        raise _not_expected("something else", "a CSV", host)


def check_table_start(head: bytes, *, host: str) -> None:
    """Accept the first bytes of a CSV: no header line begins like a web page or like JSON.

    Raises:
        UnexpectedAnswer: they are empty, blank, or the start of HTML, XML or JSON.
    """
    text = _without_mark(head).lstrip()
    if not text:
        raise _not_expected("an empty report", "a CSV", host)
    if text[:1] in b"<{[":
        raise _not_expected(_kind_of(text), "a CSV", host)


def _without_mark(head: bytes) -> bytes:
    if head.startswith(_UTF16_BOMS):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(_UTF8_BOM)


def _kind_of(body: bytes) -> str:
    start = body.lstrip()[:1]
    if start == b"<":
        return "a web page, perhaps of a login or a proxy,"
    return "JSON" if start in (b"{", b"[") else "something else"


def _not_expected(came: str, wanted: str, host: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"{host} sent {came} where {wanted} was expected.",
        hint="Make the same call again; if it stays so, check the base URL and what stands between here and there.",
    )

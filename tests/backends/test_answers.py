"""What statuses, headers and first bytes mean, and how long to wait before another try."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loopback import CSV, HTTP_NOW, NOW, call
from unique_analytics_mcp.backends._answers import (
    check_headers,
    check_table_start,
    check_table_type,
    read_iso_moment,
    read_json,
    read_refusal,
)
from unique_analytics_mcp.backends._retry import Outlook, Retry, Setback
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    ConfigurationError,
    UnexpectedAnswer,
)


@pytest.mark.parametrize(
    ("setback", "tries", "chance", "pause_s"),
    [
        ({"outlook": Outlook.PASSING}, 1, 1.0, 1.0),
        ({"outlook": Outlook.PASSING}, 2, 1.0, 2.0),
        ({"outlook": Outlook.PASSING}, 3, 0.5, 2.0),
        ({"outlook": Outlook.PASSING}, 3, 0.0, 0.0),
        ({"outlook": Outlook.PASSING}, 4, 1.0, None),
        ({"outlook": Outlook.PASSING, "retry_after_s": 7.0}, 1, 1.0, 7.0),
        ({"outlook": Outlook.PASSING, "retry_after_s": 0.0}, 1, 1.0, 1.0),
        ({"outlook": Outlook.PASSING, "retry_after_s": 30.0}, 1, 1.0, 30.0),
        ({"outlook": Outlook.PASSING, "retry_after_s": 31.0}, 1, 1.0, None),
        ({"outlook": Outlook.DOUBTFUL}, 1, 0.0, 1.0),
        ({"outlook": Outlook.DOUBTFUL}, 2, 0.0, None),
        ({"outlook": Outlook.HOPELESS}, 1, 1.0, None),
    ],
)
def test_the_next_try_waits_for_as_long_as_the_setback_asks(
    setback: dict[str, object], tries: int, chance: float, pause_s: float | None
):
    error = BackendUnavailable("Away.", hint="Wait.")
    setbacks = Setback(error=error, **setback)  # pyright: ignore[reportArgumentType] - a table of changes
    assert Retry().pause_s(setbacks, tries=tries, chance=chance) == pause_s


def test_pauses_never_grow_beyond_their_limit():
    setback = Setback(error=BackendUnavailable("Away.", hint="Wait."), outlook=Outlook.PASSING)
    assert Retry(tries=99).pause_s(setback, tries=50, chance=1.0) == 8.0


@pytest.mark.parametrize(
    ("headers", "waited_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 20 Nov 2026 08:00:09 GMT", "date": HTTP_NOW}, 9.0),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:09 GMT", "date": "Fri, 20 Nov 2026 09:00:00 GMT"}, 9.0),
        ({"retry-after": "Fri, 20 Nov 2026 08:00:11 GMT"}, 11.0),
        ({"retry-after": "Fri, 20 Nov 2026 07:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "86400"}, 86_400.0),
        ({"retry-after": "86401"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
    ids=[
        "seconds",
        "date",
        "date of a clock ahead",
        "date by our clock",
        "past",
        "word",
        "negative",
        "huge",
        "a day",
        "more than a day",
        "a date nobody means",
        "empty",
        "none",
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_in_both_its_forms(status: int, headers: dict[str, str], waited_s: float | None):
    setback = read_refusal(call(), status, headers, b"", host="h", now=NOW)
    assert (setback.outlook, setback.retry_after_s) == (Outlook.PASSING, waited_s)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("1", "Wait 1 second, then make the same call again."),
        ("0", "Wait 1 second, then make the same call again."),
        ("120", "Wait 120 seconds, then make the same call again."),
        (None, "Wait a minute, then make the same call again."),
    ],
)
def test_a_throttled_caller_is_told_how_long_to_wait(asked: str | None, hint: str):
    headers = {} if asked is None else {"retry-after": asked}
    assert read_refusal(call(), 429, headers, b"", host="h", now=NOW).error.hint == hint


@pytest.mark.parametrize(
    "content_type",
    ["text/csv", "Text/CSV; charset=utf-16", "application/csv", "text/plain", "application/octet-stream", ""],
)
def test_a_report_may_come_under_any_of_these_content_types(content_type: str):
    check_table_type(content_type, host="h")


@pytest.mark.parametrize("content_type", ["text/html", "application/json", "application/xml", "application/zip"])
def test_no_report_comes_under_the_content_type_of_something_else(content_type: str):
    with pytest.raises(UnexpectedAnswer, match="a CSV was expected"):
        check_table_type(content_type, host="h")


@pytest.mark.parametrize(
    "head", [CSV, b"\xef\xbb\xbf" + CSV, CSV.decode().encode("utf-16"), b"\n" + CSV, b'"Email";"Count"', b"Email"]
)
def test_what_begins_like_a_report_is_taken_for_one(head: bytes):
    check_table_start(head, host="h")


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html>",
        b"\xef\xbb\xbf  <html>",
        b"<?xml version='1.0'?>",
        b'\r\n{"error": 1}',
        b'["a"]',
        "\ufeff{}".encode("utf-16-le"),
        b"",
        b"\xef\xbb\xbf",
        b" \r\n",
    ],
)
def test_what_begins_like_something_else_is_no_report(head: bytes):
    with pytest.raises(UnexpectedAnswer, match="a CSV was expected"):
        check_table_start(head, host="h")


@pytest.mark.parametrize("value", ["", " key", "key\n", "ke\ny", "schlüssel", "key\x00"])
def test_a_credential_that_cannot_be_sent_is_refused_without_being_quoted(value: str):
    with pytest.raises(ConfigurationError, match="sent as authorization") as caught:
        check_headers({"authorization": value})
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json(word: str):
    with pytest.raises(UnexpectedAnswer, match="where JSON was expected"):
        read_json(b'{"sum": %s}' % word.encode(), host="platform.example")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'["cut in half \ud83d"]', ["cut in half ?"]),
        (rb'{"\udc00": 1}', {"?": 1}),
        (rb'["whole \ud83d\ude00", 2.50]', ["whole \N{GRINNING FACE}", 2.5]),
        (rb'["no escape \\ud83d"]', [r"no escape \ud83d"]),
        ('\ufeff["Zürich"]'.encode(), ["Zürich"]),
    ],
    ids=["lone", "in a key", "pair", "escaped backslash", "byte order mark"],
)
def test_half_a_character_becomes_a_question_mark_and_the_rest_stays(body: bytes, value: object):
    assert read_json(body, host="platform.example") == value


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T08:00:00.000Z", NOW),
        ("2026-11-20T09:00:00+01:00", NOW),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59.999-12:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_moment_is_read_that_every_time_zone_can_tell(text: str, moment: datetime | None):
    assert read_iso_moment(text) == moment

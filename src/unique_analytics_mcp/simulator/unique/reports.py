"""The reports of the pretend Unique platform: their columns, their rows, and the CSV they leave as.

Columns as "Query Analytics via API" (S004) spells them; those of USER_CHAT_EXPORT are invented, for none are
documented. It does not know orders or HTTP. What the documents leave open is decided here: all dates are
dd.MM.yyyy, timestamps are UTC with milliseconds, a week is Sunday to Saturday, weeks and months are dated by their
last day and cut at the window's ends. Layer: simulator.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from io import StringIO
from itertools import count, groupby
from typing import Literal, TypeAlias

from unique_analytics_mcp.simulator import activity
from unique_analytics_mcp.simulator.activity import Interaction
from unique_analytics_mcp.simulator.calendar import days_between
from unique_analytics_mcp.simulator.firm import Assistant, Document, Firm, identifier

Row: TypeAlias = tuple[str | int, ...]
Pseudonyms: TypeAlias = Literal["off", "per_export", "stable"]
"""Who people are in a report: themselves, somebody new in each export, or always the same stranger."""

READ = "chat.feedback.read"
"""The role for aggregated analytics."""
ADMIN = "chat.data.admin"
"""The role for what people wrote."""

_CHUNK_BYTES = 64 * 1024
_SATURDAY = 5
_DEVICES = ("desktop", "smartphone", "tablet", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What a report is drawn from."""

    firm: Firm
    order_id: str
    start: date
    end: date
    """Included; the caller has cut it at the last day with rows."""
    assistant_id: str | None = None
    """Only what was done with this assistant; None for all."""
    shows_prompts: bool = True
    """Whether the columns with what people wrote are part of it."""
    pseudonyms: Pseudonyms = "off"

    def days(self) -> Iterator[date]:
        """Give the days reported on."""
        return days_between(self.start, self.end)

    def covers(self, assistant: Assistant) -> bool:
        """Say whether this assistant is reported on."""
        return self.assistant_id in {None, assistant.assistant_id}

    def interactions(self, day: date) -> list[Interaction]:
        """Give a day's interactions that are reported on, by time."""
        return [found for found in activity.interactions(self.firm, day) if self.covers(found.assistant)]

    def alias(self, identity: str) -> str:
        """Give a mail address or user id as this export shows it."""
        if self.pseudonyms == "off":
            return identity
        salt = self.order_id if self.pseudonyms == "per_export" else "stable"
        return "anon_" + sha256(f"{self.firm.seed}/{salt}/{identity}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Report:
    """One type of report."""

    columns: tuple[str, ...]
    rows: Callable[[Extract], Iterator[Row]]
    """Gives all columns, whoever asks."""
    enough_roles: tuple[frozenset[str], ...]
    """A user needs all the roles of any one of these sets."""
    prompt_columns: int = 0
    """How many of the last columns only exist for `chat.data.admin`."""


def csv_chunks(report: Report, extract: Extract) -> Iterator[bytes]:
    """Write the report piece by piece, header first; a piece has about 64 KiB and ends at the end of a row.

    As Node's CSV writers do, in UTF-8 with a byte order mark: how the real one is written is documented nowhere.
    """
    width = len(report.columns) - (0 if extract.shows_prompts else report.prompt_columns)
    buffer = StringIO("\ufeff", newline="")
    buffer.seek(0, 2)
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(report.columns[:width])
    for row in report.rows(extract):
        writer.writerow(row[:width])
        if buffer.tell() >= _CHUNK_BYTES:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _chat_interactions(extract: Extract) -> Iterator[Row]:
    for day in extract.days():
        by_pair = sorted(extract.interactions(day), key=_person_and_assistant)
        for (mail, assistant), found in groupby(by_pair, key=_person_and_assistant):
            devices = Counter(interaction.device for interaction in found)
            yield extract.alias(mail), _date(day), assistant, devices.total(), *(devices[name] for name in _DEVICES)


def _active_users(extract: Extract) -> Iterator[Row]:
    weeks: list[Row] = []
    months: list[Row] = []
    week: set[str] = set()
    month: set[str] = set()
    for day in extract.days():
        people = {interaction.person.user_id for interaction in extract.interactions(day)}
        yield "day", _date(day), len(people)
        week |= people
        month |= people
        if day.weekday() == _SATURDAY or day == extract.end:
            weeks.append(("week", _date(day), len(week)))
            week.clear()
        if _is_last_of_month(day) or day == extract.end:
            months.append(("month", _date(day), len(month)))
            month.clear()
    yield from weeks
    yield from months


def _reference_stats(extract: Extract) -> Iterator[Row]:
    counts: Counter[Document] = Counter()
    for day in extract.days():
        cited = (found.document for found in activity.citations(extract.firm, day) if extract.covers(found.assistant))
        counts.update(cited)
    for file, times in counts.most_common():
        yield _date(file.uploaded), file.name, extract.alias(file.uploader), file.source, times, file.folder


def _detailed_interactions(extract: Extract) -> Iterator[Row]:
    for exchange in _exchanges(extract):
        (person, assistant, day, at_ms, device, chat_id), message, answer = exchange
        name = person.name if extract.pseudonyms == "off" else "Unknown"
        yield name, _timestamp(day, at_ms), assistant.name, chat_id, device, message, answer


def _ingestion_stats(extract: Extract) -> Iterator[Row]:
    mails: dict[str, str] = {}
    files: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    for day in extract.days():
        for upload in activity.uploads(extract.firm, day):
            if extract.covers(upload.assistant):
                user_id = upload.person.user_id
                mails[user_id] = upload.person.mail
                files[user_id] += upload.files
                pages[user_id] += upload.pages
    for user_id, mail in sorted(mails.items()):
        yield extract.alias(user_id), extract.alias(mail), files[user_id], pages[user_id]


def _product_metrics(extract: Extract) -> Iterator[Row]:
    serial = count(1)
    for day in extract.days():
        people: defaultdict[str, set[str]] = defaultdict(set)
        for use in activity.feature_uses(extract.firm, day):
            if extract.covers(use.assistant):
                people[use.metric_key].add(use.person.user_id)
        for key in sorted(people):
            yield next(serial), key, len(people[key]), f"{day}T00:00:00.000Z"


def _model_usage(extract: Extract) -> Iterator[Row]:
    serial = count(1)
    app_id = identifier("app", f"{extract.firm.seed}/chat")
    for day in extract.days():
        for (person, assistant, _, at_ms, _, chat_id), model, into, out, spent in activity.model_calls(
            extract.firm, day
        ):
            if extract.covers(assistant):
                who, what = (extract.alias(person.user_id), assistant.assistant_id, chat_id), (f"{spent:f}", into, out)
                yield next(serial), *who, app_id, model.name, *what, _timestamp(day, at_ms)


def _promoter_scores(extract: Extract) -> Iterator[Row]:
    for day in extract.days():
        for survey in activity.surveys(extract.firm, day):
            if extract.covers(survey.assistant):
                mail = extract.alias(survey.person.mail)
                yield survey.score, survey.feedback, mail, _timestamp(day, survey.at_ms)


def _user_chats(extract: Extract) -> Iterator[Row]:
    for (person, assistant, day, at_ms, _, chat_id), message, _ in _exchanges(extract):
        yield extract.alias(person.mail), _timestamp(day, at_ms), assistant.name, chat_id, message


def _exchanges(extract: Extract) -> Iterator[activity.Exchange]:
    for day in extract.days():
        for exchange in activity.exchanges(extract.firm, day):
            if extract.covers(exchange.interaction.assistant):
                yield exchange


def _person_and_assistant(interaction: Interaction) -> tuple[str, str]:
    return interaction.person.mail, interaction.assistant.name


def _is_last_of_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _date(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _timestamp(day: date, at_ms: int) -> str:
    return activity.moment(day, at_ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03}Z"


_EITHER = (frozenset({READ}), frozenset({ADMIN}))
_READ = (frozenset({READ}),)
_BOTH = (frozenset({READ, ADMIN}),)

REPORTS: Mapping[str, Report] = {
    "ACTIVE_USER": Report(("Period", "Date", "Value"), _active_users, _EITHER),
    "CHAT_INTERACTION": Report(
        (
            "Email",
            "Date",
            "Assistant",
            "Count",
            "DesktopCount",
            "SmartphoneCount",
            "TabletCount",
            "OtherDeviceCount",
        ),
        _chat_interactions,
        _EITHER,
    ),
    "CHAT_INTERACTION_DETAILED": Report(
        ("Username", "Timestamp", "Space", "Chat ID", "Device Category", "Message", "Answer"),
        _detailed_interactions,
        _READ,
        prompt_columns=2,
    ),
    "INGESTION_STAT": Report(("UserId", "Email", "ContentCount", "PageCount"), _ingestion_stats, _EITHER),
    "MODEL_USAGE": Report(
        (
            "S/N",
            "User ID",
            "Assistant ID",
            "Chat ID",
            "App ID",
            "Language Model",
            "Spent",
            "Input Tokens",
            "Completion Tokens",
            "Timestamp",
        ),
        _model_usage,
        _BOTH,
    ),
    "NPS": Report(("Score", "Feedback", "Created By", "Created At"), _promoter_scores, _BOTH),
    "PRODUCT_METRICS": Report(("S/N", "Metric Key", "Metric Value", "Partition Timestamp"), _product_metrics, _READ),
    "REFERENCE_STAT": Report(
        ("File Uploaded Date", "File Name", "File Uploader", "Source", "Reference Count", "Scope"),
        _reference_stats,
        _EITHER,
    ),
    "USER_CHAT_EXPORT": Report(
        ("Email", "Timestamp", "Assistant", "Chat ID", "Prompt"), _user_chats, _READ, prompt_columns=1
    ),
}
"""The reports by the word an order names them by."""

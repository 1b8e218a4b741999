"""Reports summed up in plain Python over the raw CSV: an implementation that shares nothing with ours.

Numbers are `Decimal` or `Fraction` and exact; a cell is a Decimal, a text, or None.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from zoneinfo import ZoneInfo

Row = dict[str, str]
Number = Decimal | None
Count = Callable[[list[Row]], Number]
Cell = Decimal | str | None

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass
class Summed:
    """Totals by name, and the rows of each table."""

    totals: dict[str, Number]
    tables: dict[str, list[list[Cell]]] = field(default_factory=dict)


@dataclass
class Days:
    """The days that are asked about, and the clocks they are counted by."""

    start: date
    end: date
    zone: ZoneInfo

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=passed) for passed in range((self.end - self.start).days + 1))

    def local(self, row: Row, header: str) -> datetime | None:
        """When something was, if it was on one of the days."""
        moment = datetime.fromisoformat(row[header]).astimezone(self.zone) if row[header] else None
        return moment if moment and self.start <= moment.date() <= self.end else None


def amount(value: Fraction, decimals: int) -> Decimal:
    """With so many decimals; with two digits where they would not hold the first."""
    if 0 < abs(value) < Fraction(1, 10**decimals):
        decimals = next(place for place in count(decimals) if abs(value) * 10**place >= 1) + 1
    return half_up(value, decimals)


def percentage(value: Fraction, decimals: int = 1) -> Decimal:
    """The same, also for what lacks less than that of 100."""
    edge = next((edge for edge in (100, -100) if abs(value - edge) < Fraction(1, 10**decimals)), 0)
    return edge + amount(value - edge, decimals)


def half_up(value: Fraction, decimals: int) -> Decimal:
    return Decimal(math.floor(value * 10**decimals + Fraction(1, 2))) / 10**decimals


def rows(found: list[Row]) -> Decimal:
    return Decimal(len(found))


def total(header: str) -> Count:
    return lambda found: sum((Decimal(row[header]) for row in found if row[header]), Decimal(0))


def different(header: str) -> Count:
    return lambda found: Decimal(len({row[header] for row in found} - {""}))


def where(holds: Callable[[Row], bool]) -> Count:
    return lambda found: Decimal(sum(map(holds, found)))


def per(of: Count, *divisors: Count, times: int = 1, decimals: int = 1) -> Count:
    def ratio(found: list[Row]) -> Number:
        divisor = sum((Fraction(divide(found) or 0) for divide in divisors), Fraction(0))
        rounded = percentage if times == 100 else amount
        return rounded(Fraction(of(found) or 0) * times / divisor, decimals) if divisor else None

    return ratio


def grouped(found: Iterable[Row], key: Callable[[Row], tuple[str, ...] | None]) -> dict[tuple[str, ...], list[Row]]:
    groups = defaultdict[tuple[str, ...], list[Row]](list)
    for row in found:
        if (group := key(row)) is not None:
            groups[group].append(row)
    return groups


def ranking(found: list[Row], headers: Sequence[str], *counts: Count) -> list[list[Cell]]:
    """Largest first by the first count, with its share of the whole."""
    first, *others = counts
    whole = Fraction(first(found) or 0)
    groups = grouped(found, lambda row: tuple(row[header] for header in headers))
    order = sorted(groups, key=lambda group: (-(first(groups[group]) or 0), [_in_order(name) for name in group]))
    return [
        [
            *(name or "(empty)" for name in group),
            first(groups[group]),
            percentage(Fraction(first(groups[group]) or 0) * 100 / whole) if whole > 0 else None,
            *(count(groups[group]) for count in others),
        ]
        for group in order
    ]


def _in_order(name: str) -> tuple[bool, int, str]:
    """Numbers by size, texts by their letters, nothing last."""
    return (not name, int(name) if name.lstrip("-").isdigit() else 0, name)


def trend(
    found: list[Row], labels: Iterable[str], label: Callable[[Row], str | None], *counts: Count
) -> list[list[Cell]]:
    """Every label, in the order given."""
    groups = grouped(found, lambda row: None if (group := label(row)) is None else (group,))
    return [[each, *(count(groups.get((each,), [])) for count in counts)] for each in labels]


def by_day(found: list[Row], days: Days, header: str, *counts: Count) -> list[list[Cell]]:
    return trend(found, map(str, days), lambda row: (at := days.local(row, header)) and str(at.date()), *counts)


# The reports


def model_usage(found: list[Row], days: Days) -> Summed:
    spent, taken, given = total("Spent"), total("Input Tokens"), total("Completion Tokens")
    people, chats = different("User ID"), different("Chat ID")
    cost = per(spent, taken, given, times=1000, decimals=6)
    counts = {
        "calls": rows, "spent": spent, "cost_per_1000_tokens": cost, "input_tokens": taken, "completion_tokens": given,
        "people": people, "assistants": different("Assistant ID"), "conversations": chats,
        "models": different("Language Model"),
    }  # fmt: skip
    return Summed(
        {name: count(found) for name, count in counts.items()},
        {
            "models": ranking(found, ["Language Model"], spent, rows, taken, given, cost, people),
            "users": ranking(found, ["User ID"], spent, rows, chats),
            "assistants": ranking(found, ["Assistant ID"], spent, rows, people),
            "conversations": ranking(found, ["Chat ID"], spent, rows),
            "daily": by_day(found, days, "Timestamp", spent, rows, people),
        },
    )


def nps(found: list[Row], days: Days) -> Summed:
    responses, promoters, passives, detractors = (
        where(lambda row, scores=scores: row["Score"] != "" and int(row["Score"]) in scores)
        for scores in (range(11), range(9, 11), range(7, 9), range(7))
    )
    shown = {
        "nps": per(lambda some: (promoters(some) or 0) - (detractors(some) or Decimal(0)), responses, times=100),
        "nps_low": _end(promoters, detractors, responses, -1),
        "nps_high": _end(promoters, detractors, responses, 1),
        "responses": responses, "promoters": promoters, "passives": passives, "detractors": detractors,
    }  # fmt: skip
    months = sorted({f"{day:%Y-%m}" for day in days})
    return Summed(
        {name: count(found) for name, count in {**shown, "people": different("Created By")}.items()},
        {
            "scores": trend(found, map(str, range(11)), lambda row: row["Score"], responses),
            "monthly": trend(
                found,
                months,
                lambda row: (at := days.local(row, "Created At")) and f"{at:%Y-%m}",
                *shown.values(),
            ),
        },
    )


def _end(promoters: Count, detractors: Count, responses: Count, side: int) -> Count:
    """In floating point, which is good to the one decimal that is shown."""

    def end(found: list[Row]) -> Number:
        answers = float(responses(found) or 0)
        if not answers:
            return None
        up, down = ((float(count(found) or 0) + 0.75) / (answers + 3) for count in (promoters, detractors))
        reach = 1.959963984540054 * math.sqrt((up + down - (up - down) ** 2) / (answers + 3))
        seen = (float(promoters(found) or 0) - float(detractors(found) or 0)) / answers
        farther = side * max(side * (up - down + side * reach), side * seen)
        return amount(Fraction(min(100.0, max(-100.0, 100 * farther))), 1)

    return end


def detailed(found: list[Row], days: Days) -> Summed:
    chats, people, spaces = different("Chat ID"), different("Username"), different("Space")
    each = per(where(lambda row: bool(row["Chat ID"])), chats, decimals=2)

    def weekday(row: Row) -> str | None:
        at = days.local(row, "Timestamp")
        return at and WEEKDAYS[at.weekday()]

    def hour(row: Row) -> str | None:
        at = days.local(row, "Timestamp")
        return at and f"{at.hour:02}:00"

    return Summed(
        {
            "messages": rows(found), "conversations": chats(found), "messages_per_conversation": each(found),
            "people": people(found), "spaces": spaces(found),
        },
        {
            "spaces": ranking(found, ["Space"], rows, chats, each, people),
            "users": ranking(found, ["Username"], rows, chats, each, spaces),
            "devices": ranking(found, ["Device Category"], rows, chats, people),
            "weekdays": trend(found, WEEKDAYS, weekday, rows, chats, people),
            "hours": trend(found, [f"{hour:02}:00" for hour in range(24)], hour, rows, people),
            "daily": by_day(found, days, "Timestamp", rows, chats, people),
        },
    )  # fmt: skip


def reference_stat(found: list[Row], days: Days) -> Summed:
    cited = total("Reference Count")
    limit = days.end - timedelta(days=365)

    def is_stale(row: Row) -> bool:
        uploaded = _day(row["File Uploaded Date"])
        return row["Reference Count"] in ("0", "1") and uploaded is not None and uploaded < limit

    once, never = (where(lambda row, times=times: row["Reference Count"] == times) for times in ("1", "0"))
    by_group = cited, rows, once, where(is_stale)
    return Summed(
        {
            "documents": rows(found), "references": cited(found), "cited_once": once(found),
            "never_cited": never(found), "stale": where(is_stale)(found), "scopes": different("Scope")(found),
            "uploaders": different("File Uploader")(found),
        },
        {
            "documents": ranking(found, ["File Name", "Scope"], cited),
            "sources": ranking(found, ["Source"], *by_group),
            "folders": ranking(found, ["Scope"], *by_group),
            "uploaders": ranking(found, ["File Uploader"], *by_group),
            "stale_documents": _stale([row for row in found if is_stale(row)]),
        },
    )  # fmt: skip


def _stale(found: list[Row]) -> list[list[Cell]]:
    """The fewest references first, then the oldest."""
    groups = grouped(found, lambda row: (str(_day(row["File Uploaded Date"])), row["File Name"], row["Scope"]))
    listed = [(total("Reference Count")(some) or Decimal(0), group) for group, some in groups.items()]
    listed.sort(key=lambda each: (each[0], [(not name, name) for name in each[1]]))
    return [[*(name or "(empty)" for name in group), references] for references, group in listed]


def _day(text: str) -> date | None:
    return datetime.strptime(text, "%d.%m.%Y").replace(tzinfo=UTC).date() if text else None


SUMMED = {
    "MODEL_USAGE": model_usage,
    "NPS": nps,
    "CHAT_INTERACTION_DETAILED": detailed,
    "REFERENCE_STAT": reference_stat,
}

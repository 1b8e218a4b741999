"""A second implementation of comparisons and merged figures: plain Python over raw CSVs, sharing no code with ours."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from summing import percentage

Row = dict[str, str]

HEADER = "Email,Date,Assistant,Count,DesktopCount,SmartphoneCount,TabletCount,OtherDeviceCount"


def rows_of(*files: bytes) -> list[Row]:
    """The rows of all files, one after the other."""
    return [row for file in files for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))]


def day_of(row: Row) -> date:
    return datetime.strptime(row["Date"], "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone


def totals_of(rows: Sequence[Row]) -> dict[str, int]:
    return {
        "interactions": sum(int(row["Count"]) for row in rows),
        "people": len({row["Email"] for row in rows}),
        "assistants": len({row["Assistant"] for row in rows}),
        "days": len({row["Date"] for row in rows}),
    }


def percent(value: int, before: int) -> float | str:
    if before == 0:
        return "new" if value else 0.0
    return float(percentage(Fraction((value - before) * 100, before)))


def changed(value: int, before: int) -> list[Any]:
    return [value, before, value - before, percent(value, before)]


def compared_totals(now: Sequence[Row], before: Sequence[Row]) -> list[list[Any]]:
    earlier = totals_of(before)
    return [[name, *changed(value, earlier[name])] for name, value in totals_of(now).items()]


def compared_ranking(now: Sequence[Row], before: Sequence[Row], *columns: str) -> list[list[Any]]:
    """Every group of either side, in order."""
    values, earlier = _by_group(now, columns), _by_group(before, columns)
    places, places_before = _places(values), _places(earlier)
    groups = sorted(
        values.keys() | earlier.keys(),
        key=lambda group: (places.get(group, places_before.get(group)), group not in places, group),
    )
    return [
        [
            *group,
            *changed(values.get(group, 0), earlier.get(group, 0)),
            places.get(group),
            _moved(places.get(group), places_before.get(group)),
        ]
        for group in groups
    ]


def compared_days(
    now: Sequence[Row], before: Sequence[Row], start: date, start_before: date, days: int
) -> list[list[Any]]:
    values, earlier = _by_day(now), _by_day(before)
    pairs = [(start + timedelta(days=n), start_before + timedelta(days=n)) for n in range(days)]
    return [[str(day), str(other), *changed(values[day], earlier[other])[:3]] for day, other in pairs]


def _by_group(rows: Sequence[Row], columns: Sequence[str]) -> Counter[tuple[str, ...]]:
    sums = Counter[tuple[str, ...]]()
    for row in rows:
        sums[tuple(row[column] for column in columns)] += int(row["Count"])
    return sums


def _by_day(rows: Sequence[Row]) -> defaultdict[date, int]:
    sums = defaultdict[date, int](int)
    for row in rows:
        sums[day_of(row)] += int(row["Count"])
    return sums


def _places(values: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    return {group: 1 + sum(other > value for other in values.values()) for group, value in values.items()}


def _moved(place: int | None, before: int | None) -> str:
    if place is None:
        return f"gone (was {before})"
    if before is None:
        return "new"
    steps = before - place
    return f"{'up' if steps > 0 else 'down'} {abs(steps)}" if steps else ""

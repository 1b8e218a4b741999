"""What is true: the simulated platform's own CSVs, ordered and read by a plain HTTP client, never by this server.

Each report is read once. Everything shown to be right rests on these rows and on `counting`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from typing import Final

import httpx

from probes.counting import Row
from probes.days import Span, span, span_before

_LONGEST: Final[Mapping[str, int]] = {"CHAT_INTERACTION_DETAILED": 14}
"""Days of one order, where the platform allows fewer than a year."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The platform as it is."""

    environment: Mapping[str, str]
    """Address and credentials, under the names that any client of the platform reads."""
    today: date
    """In Europe/Zurich."""
    _read: dict[tuple[str, Span, str], Sequence[Row]] = field(default_factory=dict)

    def __call__(self, type_: str, words: str, *, assistant_id: str = "") -> Sequence[Row]:
        """The rows of a report over the days that the words mean."""
        return self._over(type_, span(words, self.today), assistant_id)

    def before(self, type_: str, words: str) -> Sequence[Row]:
        """The rows of the equally long days just before."""
        return self._over(type_, span_before(span(words, self.today)), "")

    def _over(self, type_: str, days: Span, assistant_id: str) -> Sequence[Row]:
        key = (type_, days, assistant_id)
        if key not in self._read:
            parts = _parts(days, _LONGEST.get(type_, 365))
            self._read[key] = [row for part in parts for row in self._ordered(type_, part, assistant_id)]
        return self._read[key]

    def _ordered(self, type_: str, days: Span, assistant_id: str, /) -> Sequence[Row]:
        wanted = {"type": type_, "startDate": f"{days[0]}", "endDate": f"{days[1]}"}
        if assistant_id:
            wanted["assistantId"] = assistant_id
        with httpx.Client(headers=self._headers(), timeout=60, trust_env=False) as platform:
            orders = f"{self.environment['UNIQUE_API_BASE']}/analytics/orders"
            order_id = platform.post(orders, json=wanted).raise_for_status().json()["id"]
            content = platform.get(f"{orders}/{order_id}/download").raise_for_status().content
        return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.environment['UNIQUE_API_KEY']}",
            "x-app-id": self.environment["UNIQUE_APP_ID"],
            "x-company-id": self.environment["UNIQUE_COMPANY_ID"],
            "x-user-id": self.environment["UNIQUE_USER_ID"],
        }


def _parts(days: Span, longest: int) -> list[Span]:
    """The days in stretches of at most `longest`."""
    first, last = days[0].toordinal(), days[1].toordinal()
    starts = range(first, last + 1, longest)
    return [(date.fromordinal(start), date.fromordinal(min(start + longest - 1, last))) for start in starts]

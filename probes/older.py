"""What is true of the older Unique API: the same readings as of the public one, over the CSVs it gives."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Final

import httpx

from probes.counting import Row
from probes.days import Span
from probes.truth import Truth

_STARTS: Final = {
    "CHAT_INTERACTION": "chat-interactions",
    "ACTIVE_USER": "active-users",
    "CHAT_INTERACTION_DETAILED": "chat-interactions-detailed",
    "REFERENCE_STAT": "reference-stat-export",
}


class OlderTruth(Truth):
    """The platform as it is, where a GET starts an order and answers with its id."""

    def _ordered(self, type_: str, days: Span, _assistant_id: str, /) -> Sequence[Row]:
        analytics = f"{self.environment['UNIQUE_API_BASE']}/analytics"
        headers = {"authorization": f"Bearer {self.environment['UNIQUE_ACCESS_TOKEN']}"}
        window = {"startDate": str(days[0]), "endDate": str(days[1])}
        with httpx.Client(headers=headers, timeout=60, trust_env=False) as platform:
            order_id = platform.get(f"{analytics}/{_STARTS[type_]}", params=window).raise_for_status().text
            content = platform.get(f"{analytics}/analytics-scheduler/download/{order_id}").raise_for_status().content
        return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))

"""What the reports of Genesys Cloud have in common: filters, and how sums and texts are declared.

Pure values (genesys-api.md 2 and 5, read 2026-11-21). Layer: backend, values only.
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.domain.measures import Measure
from unique_analytics_mcp.domain.report import Column, ColumnKind, Option

BACKEND: Final = "genesys"

MEDIA_TYPES: Final = ("callback", "chat", "email", "internalmessage", "message", "video", "voice")
"""What may be filtered by; the platform knows a few kinds more, of screens that are shared or watched."""

FILTERS: Final = (
    Option(name="queue", meaning="Names or ids, with commas."),
    Option(name="user", meaning="Agents: names or ids."),
    Option(name="media_type", meaning="One.", choices=MEDIA_TYPES),
    Option(name="direction", meaning="One.", choices=("inbound", "outbound")),
    Option(name="wrap_up_code", meaning="Names or ids."),
)

NAMES_MAY_BE_MISSING: Final = "Where a name may not be read or is not known any more, the id stands in its place."
DIVISIONS: Final = "Only conversations of the divisions that the OAuth client's roles cover are in it."


def sum_of(name: str, column: str, unit: str) -> Measure:
    """What a column's values add up to."""
    return Measure(name=name, how="sum", column=column, unit=unit)


def text(header: str, meaning: str, *, personal: bool = False) -> Column:
    """A text that may be missing: not every order has it."""
    return Column(header=header, kind=ColumnKind.TEXT, meaning=meaning, personal=personal, optional=True)

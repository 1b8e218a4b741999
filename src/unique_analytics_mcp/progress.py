"""How a wait stands, for whoever wants to see it move. Part of the service's shell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

HEARTBEAT_S: Final = 10.0
"""Longest silence between two progress notes of a wait, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a wait stands."""

    waited_s: float
    patience_s: float
    platform_state: str
    ready: int = 0
    """Reports that are here."""
    orders: int = 1
    """Orders that are waited for together."""

    @property
    def message(self) -> str:
        """One line for a person."""
        together = f"{self.ready} of {self.orders} orders ready, one is " if self.orders > 1 else ""
        return f"{together}{self.platform_state} after {self.waited_s:.0f} s"


OnProgress = Callable[[Progress], Awaitable[None]]

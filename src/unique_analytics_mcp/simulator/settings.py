"""The settings of a pretend platform: everything that decides what it holds and how it behaves.

It does not know where the values come from (command line, test) nor which platform they are for.
Layer: simulator, the engine the pretend platforms share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from unique_analytics_mcp.simulator.faults import Fault


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatorSettings:
    """What to pretend. Two platforms with equal settings hold equal rows."""

    seed: int = 7
    """Which firm is invented; another seed gives other people, favourites and numbers."""
    today: date | None = None
    """The last day with rows; None takes the clock's date in Europe/Zurich."""
    users: int = 400
    """People with an account at the firm, at least 1."""
    delay_s: float = 1.2
    """Seconds until an order is ripe; 0 finishes it at once."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong, in this order; more can be added while the platform runs."""
    retry_after_s: int = 1
    """Seconds announced in the `Retry-After` header of a 429."""
    drip_s: float = 0.05
    """Seconds between the forty pieces of a download under the fault `slow-drip`."""

    def __post_init__(self) -> None:
        """Refuse what no platform could be built from.

        Raises:
            ValueError: a time that cannot be, or no users at all.
        """
        if self.users < 1:
            raise ValueError(f"users must be at least 1, not {self.users}")
        if not all(0 <= seconds < math.inf for seconds in (self.delay_s, self.retry_after_s, self.drip_s)):
            raise ValueError("delay_s, retry_after_s and drip_s must be numbers of seconds, 0 or more")

"""Whether a store's folder, the audit file and what replicas share answer: what `/ready` says before it asks the rest.

Each probe of each replica comes by here, so a look is bounded, and taken once in some seconds however many ask. Knows
names and calls, not what the systems are; the platform is not among them (docs/adr/0023).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import anyio

from unique_analytics_mcp.errors import AnalyticsError

Look = Callable[[], Awaitable[object]]
"""Ends when a system answers; raises `AnalyticsError` when it does not."""

PATIENCE_S: Final = 2.0
"""For one look at all systems, well within the five seconds that a kubelet gives a probe."""

FRESH_S: Final = 3.0
"""Seconds in which what was seen counts."""

_log: Final = logging.getLogger(__name__)


class Readiness:
    """What was last seen of the systems a server cannot work without."""

    def __init__(
        self,
        systems: Mapping[str, Look],
        *,
        patience_s: float = PATIENCE_S,
        fresh_s: float = FRESH_S,
        monotonic: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._systems, self._monotonic = systems, monotonic
        self._patience_s, self._fresh_s = patience_s, fresh_s
        self._turn = anyio.Lock()
        self._seen_at = -math.inf
        self._unreachable: tuple[str, ...] = ()
        self._troubles: dict[str, str] = {}

    async def unreachable(self) -> tuple[str, ...]:
        """The names of those that did not answer when they were last looked at; why stands in the log."""
        async with self._turn:
            if self._monotonic() - self._seen_at >= self._fresh_s:
                self._unreachable = await self._look()
                self._seen_at = self._monotonic()
            return self._unreachable

    async def _look(self) -> tuple[str, ...]:
        troubles: dict[str, str] = {}

        async def ask(name: str, look: Look) -> None:
            troubles[name] = await self._trouble(look)

        async with anyio.create_task_group() as tasks:
            for name, look in self._systems.items():
                tasks.start_soon(ask, name, look)
        for name in self._systems:
            self._tell(name, troubles[name])
        self._troubles = troubles
        return tuple(name for name in self._systems if troubles[name])

    def _tell(self, name: str, trouble: str) -> None:
        """Log what is new: a night without a system is two lines, not one for each probe."""
        if trouble == self._troubles.get(name, ""):
            return
        if trouble:
            _log.warning("Not ready for calls, %s: %s", name, trouble)
        else:
            _log.warning("%s answers again.", name)

    async def _trouble(self, look: Look) -> str:
        """What is wrong with a system; empty when it answers."""
        try:
            with anyio.fail_after(self._patience_s):
                await look()
        except AnalyticsError as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {self._patience_s:g} seconds."
        return ""

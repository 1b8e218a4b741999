"""When a call is made again: a pure decision, and the loop that obeys it.

Knows nothing of HTTP: a try gives its result or a `Setback`. Sleep, chance and clock are parameters.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from unique_analytics_mcp.errors import BackendError, SubmissionUnclear

T = TypeVar("T")


class Outlook(Enum):
    """How the same call would fare a little later."""

    HOPELESS = auto()
    PASSING = auto()
    """Network trouble, throttling, a server that is down."""
    DOUBTFUL = auto()
    """Refused credentials: the gateway says the same while its key service is down (unique-api.md 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """A try that gave no result."""

    error: BackendError
    """What the caller gets when there is no further try."""
    cause: BaseException | None = None
    outlook: Outlook = Outlook.HOPELESS
    retry_after_s: float | None = None
    """How long the platform asks to be left alone."""
    unclear: bool = False
    """True when the platform may have acted all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How patiently a repeatable call is repeated, in seconds."""

    tries: int = 4
    first_s: float = 1.0
    """Longest pause after the first try; it doubles with each further one."""
    longest_s: float = 8.0
    obeyed_s: float = 30.0
    """The longest `Retry-After` that is sat out; a longer one is the caller's to wait for."""
    within_s: float = 35.0
    """The latest that a further try begins after the first one did, where a caller waits for it alone."""
    doubtful_s: float | None = 1.0
    """Before the one repetition of a call whose credentials were refused; None where refused means refused."""

    def pause_s(self, setback: Setback, *, tries: int, chance: float) -> float | None:
        """Seconds before the next try after `tries` of them, or None to give up; `chance` is from 0 up to 1.

        Exponential with full jitter, and never sooner than the platform asks.
        """
        if setback.outlook is Outlook.DOUBTFUL:
            return self.doubtful_s if tries == 1 else None
        if setback.outlook is Outlook.HOPELESS or tries >= self.tries:
            return None
        asked_s = setback.retry_after_s or 0.0
        if asked_s > self.obeyed_s:
            return None
        return max(asked_s, chance * min(self.longest_s, self.first_s * 2 ** (tries - 1)))


async def persist(
    attempt: Callable[[int], Awaitable[T | Setback]],
    *,
    retry: Retry,
    sleep: Callable[[float], Awaitable[None]],
    random: Callable[[], float],
    monotonic: Callable[[], float],
    at_leisure: bool,
) -> T:
    """The result of the first try that has one; `attempt` is given its number, from 1.

    `at_leisure` it is made anew however long that takes.

    Raises:
        BackendError: of the last try.
    """
    tries, started = 0, monotonic()
    while True:
        tries += 1
        outcome = await attempt(tries)
        if not isinstance(outcome, Setback):
            return outcome
        pause_s = retry.pause_s(outcome, tries=tries, chance=random())
        if pause_s is None or (not at_leisure and monotonic() + pause_s - started > retry.within_s):
            raise outcome.error from outcome.cause
        await sleep(pause_s)


def sent_once(outcome: T | Setback) -> T:
    """The result of the only try of a call that must not be repeated.

    Raises:
        SubmissionUnclear: the platform may or may not have acted.
        BackendError: it certainly has not.
    """
    if not isinstance(outcome, Setback):
        return outcome
    if not outcome.unclear:
        raise outcome.error from outcome.cause
    raise SubmissionUnclear(
        f"The request may or may not have been carried out. {outcome.error.message}",
        hint="Look for its effect before making the same call again.",
    ) from outcome.error

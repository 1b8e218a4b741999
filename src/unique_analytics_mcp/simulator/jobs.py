"""Ripening jobs: orders that are waiting, then being worked on, then finished, as time goes by.

A job's stage is computed from its age when somebody asks; nothing runs in the background, so any number of
threads and event loops may look. Each platform puts its own words on the stages. Layer: simulator.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Generic, TypeVar

PayloadT = TypeVar("PayloadT")

_WAITING_SHARE = 0.3
"""The part of the delay a job spends waiting before it is worked on."""
_CAPACITY = 5_000
"""Jobs kept, so that a simulator left running does not grow; the oldest go first."""


class Fate(Enum):
    """What will become of a job; decided when it is placed."""

    DONE = auto()
    FAILED = auto()
    ERROR = auto()
    STUCK = auto()
    """It is worked on for ever."""
    UNDOCUMENTED = auto()
    """It is worked on under a word nobody documented, then done."""


class Stage(Enum):
    """How far a job has come."""

    WAITING = auto()
    WORKING = auto()
    UNDOCUMENTED = auto()
    DONE = auto()
    FAILED = auto()
    ERROR = auto()


_WORKED_ON = {Fate.UNDOCUMENTED: Stage.UNDOCUMENTED}
_FINISHED = {
    Fate.DONE: Stage.DONE,
    Fate.UNDOCUMENTED: Stage.DONE,
    Fate.FAILED: Stage.FAILED,
    Fate.ERROR: Stage.ERROR,
}


def utc_now() -> datetime:
    """Give the present moment, with its zone."""
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True, slots=True)
class Job(Generic[PayloadT]):
    """One job as it was placed."""

    job_id: str
    payload: PayloadT
    """What the platform needs to answer it later."""
    fate: Fate
    placed_at: datetime
    placed_s: float
    """The same moment on the clock that ripens it, in seconds."""


@dataclass(frozen=True, slots=True)
class Ripeness:
    """Where a job stands."""

    stage: Stage
    since: datetime
    """When it entered this stage."""


class JobBook(Generic[PayloadT]):
    """The jobs a platform was given; iterating gives them newest first."""

    def __init__(
        self,
        delay_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Jobs ripen `delay_s` seconds after they were placed, by `clock`; `now` only dates them."""
        self._delay_s = delay_s
        self._clock = clock
        self._now = now
        self._jobs: dict[str, Job[PayloadT]] = {}

    def __len__(self) -> int:
        """Count the jobs there are."""
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job[PayloadT]]:
        """Go through a copy, newest first."""
        return reversed(list(self._jobs.values()))

    def place(self, job_id: str, payload: PayloadT, fate: Fate = Fate.DONE) -> Job[PayloadT]:
        """Accept a job under an id not used before."""
        job = Job(job_id, payload, fate, self._now(), self._clock())
        self._jobs[job_id] = job
        if len(self._jobs) > _CAPACITY:
            del self._jobs[next(iter(self._jobs))]
        return job

    def get(self, job_id: str) -> Job[PayloadT] | None:
        """Give the job, or None if there is none by this id."""
        return self._jobs.get(job_id)

    def delete(self, job_id: str) -> None:
        """Forget the job; one that is not there is no error."""
        self._jobs.pop(job_id, None)

    def ripeness(self, job: Job[PayloadT]) -> Ripeness:
        """Say where the job stands now."""
        stage, after_s = stage_at(self._clock() - job.placed_s, self._delay_s, job.fate)
        return Ripeness(stage, job.placed_at + timedelta(seconds=after_s))


def stage_at(age_s: float, delay_s: float, fate: Fate) -> tuple[Stage, float]:
    """Say which stage a job of this age is in, and at what age it entered it (both in seconds)."""
    work_s = delay_s * _WAITING_SHARE
    if age_s >= delay_s and fate is not Fate.STUCK:
        return _FINISHED[fate], delay_s
    if age_s >= work_s:
        return _WORKED_ON.get(fate, Stage.WORKING), work_s
    return Stage.WAITING, 0.0

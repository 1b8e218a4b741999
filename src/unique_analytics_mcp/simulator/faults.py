"""Faults on demand: what a pretend platform is asked to do wrong, where, and how often.

Holds the words, their grammar and the box that hands them out. It does not know how a fault looks on the
wire: `door` commits those of the connection, `jobs` those of an order, each platform writes its own bodies.
Layer: simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from unique_analytics_mcp.simulator.jobs import Fate


class Operation(StrEnum):
    """What a request does to orders, in the words every pretend platform shares."""

    CREATE = "create"
    LIST = "list"
    GET = "get"
    DOWNLOAD = "download"
    DELETE = "delete"


class FaultName(StrEnum):
    """The word a fault is asked for by."""

    UNAUTHORISED = "401"
    FORBIDDEN = "403"
    GONE = "404"
    TOO_MANY = "429"
    TOO_MANY_BARE = "429-bare"
    BROKEN = "500"
    BAD_GATEWAY = "502-html"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    DROP = "drop"
    DROP_BEFORE = "drop-before"
    WRONG_TYPE = "wrong-type"
    JSON_DOWNLOAD = "json-download"
    TRUNCATE = "truncate"
    SLOW_DRIP = "slow-drip"
    LOST_FILE = "lost-file"
    STUCK = "stuck"
    FAILED = "failed"
    ERROR = "error"
    UNKNOWN_STATE = "unknown-state"


FAULTS: Mapping[FaultName, str] = {
    FaultName.UNAUTHORISED: "401, as if the key had been withdrawn",
    FaultName.FORBIDDEN: "403 for a role that is not missing",
    FaultName.GONE: "404 for the report, as if it had been removed",
    FaultName.TOO_MANY: "429 with a Retry-After header",
    FaultName.TOO_MANY_BARE: "429 without a word on how long to wait",
    FaultName.BROKEN: "500 before anything was done",
    FaultName.BAD_GATEWAY: "502 with an HTML page, before anything was done",
    FaultName.UNAVAILABLE: "503 before anything was done",
    FaultName.GATEWAY_TIMEOUT: "504 although the request was carried out",
    FaultName.DROP: "connection closed without an answer, after the request was carried out",
    FaultName.DROP_BEFORE: "connection closed without an answer, before anything was done",
    FaultName.WRONG_TYPE: "an HTML login page with status 200",
    FaultName.JSON_DOWNLOAD: "JSON with status 200 instead of the CSV",
    FaultName.TRUNCATE: "connection closed after half of the first piece of the CSV",
    FaultName.SLOW_DRIP: "the CSV in forty pieces with a pause before each",
    FaultName.LOST_FILE: "a download that leads to where no file is, as if it were not there yet or any more",
    FaultName.STUCK: "the order runs for ever",
    FaultName.FAILED: "the order ends as failed",
    FaultName.ERROR: "the order ends in the other failure word",
    FaultName.UNKNOWN_STATE: "the order runs under a state word nobody documented, then is done",
}
"""Every fault with what it does, in the order to show them in."""

_FATES = {
    FaultName.STUCK: Fate.STUCK,
    FaultName.FAILED: Fate.FAILED,
    FaultName.ERROR: Fate.ERROR,
    FaultName.UNKNOWN_STATE: Fate.UNDOCUMENTED,
}
_ONLY_DOWNLOADS = {
    FaultName.GONE,
    FaultName.JSON_DOWNLOAD,
    FaultName.TRUNCATE,
    FaultName.SLOW_DRIP,
    FaultName.LOST_FILE,
}
_OF_DOWNLOADS = _ONLY_DOWNLOADS | {FaultName.WRONG_TYPE}
_ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to do wrong: `name[@operation][:count]`.

    Example: `Fault.parse("429@get:2")` answers the next two status requests with 429.
    """

    name: FaultName
    operation: Operation | None = None
    """Which requests it is for; None means any."""
    count: int | None = 1
    """How often it happens, at least 1; None means always."""

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read one fault.

        Without an operation a fault of the CSV is for `download`, one of an order's state for `create` and
        any other for every request. Without a count a state lasts for always, any other happens once.

        Raises:
            ValueError: an unknown word, with the list of valid ones; or a combination without a meaning.
        """
        place, _, count = text.strip().partition(":")
        word, _, operation = place.partition("@")
        name = FaultName(_one_of(word, list(FaultName), "fault"))
        chosen = Operation(_one_of(operation, list(Operation), "operation")) if operation else _usual_operation(name)
        _check_place(name, chosen)
        return cls(name, chosen, _count(count) if count else _usual_count(name))

    @property
    def fate(self) -> Fate | None:
        """What becomes of an order under this fault; None for a fault of requests."""
        return _FATES.get(self.name)


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Read a list of faults parted by commas or blanks, such as `429@get:2, drop@create`; may be empty.

    Raises:
        ValueError: as `Fault.parse`.
    """
    return tuple(Fault.parse(word) for word in text.replace(",", " ").split())


class FaultBox:
    """The faults still to be committed, oldest first; one that is used up is gone."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        """Start with these faults."""
        self._faults = list(faults)

    def add(self, text: str) -> None:
        """Add faults while the platform runs, in the grammar of `parse_faults`."""
        self._faults.extend(parse_faults(text))

    def clear(self) -> None:
        """Forget every fault: the platform is healthy again."""
        self._faults.clear()

    def take(self, operation: Operation | None) -> FaultName | None:
        """Use up the oldest fault for such a request; None if all is well."""
        return self._use(lambda fault: fault.fate is None and fault.operation in {None, operation})

    def take_fate(self) -> Fate:
        """Use up the oldest fault of an order's state; `Fate.DONE` if all is well."""
        name = self._use(lambda fault: fault.fate is not None)
        return _FATES[name] if name else Fate.DONE

    def _use(self, fits: Callable[[Fault], bool]) -> FaultName | None:
        for place, fault in enumerate(self._faults):
            if fits(fault):
                self._faults[place : place + 1] = _remaining(fault)
                return fault.name
        return None


def _remaining(fault: Fault) -> list[Fault]:
    if fault.count is None:
        return [fault]
    return [replace(fault, count=fault.count - 1)] if fault.count > 1 else []


def _one_of(word: str, valid: Iterable[str], kind: str) -> str:
    if word not in valid:
        raise ValueError(f"unknown {kind} {word!r}; valid are: {', '.join(valid)}")
    return word


def _usual_operation(name: FaultName) -> Operation | None:
    if name in _FATES:
        return Operation.CREATE
    return Operation.DOWNLOAD if name in _OF_DOWNLOADS else None


def _usual_count(name: FaultName) -> int | None:
    return None if name in _FATES else 1


def _check_place(name: FaultName, operation: Operation | None) -> None:
    if name in _FATES and operation is not Operation.CREATE:
        raise ValueError(f"the fault {name} is decided when an order is created: write {name} or {name}@create")
    if name in _ONLY_DOWNLOADS and operation is not Operation.DOWNLOAD:
        raise ValueError(f"the fault {name} is for downloads only: write {name} or {name}@download")


def _count(text: str) -> int | None:
    if text == _ALWAYS:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"a fault's count is a number from 1 or the word {_ALWAYS}, not {text!r}")
    return int(text)

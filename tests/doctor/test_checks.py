"""What each fact means: a table of facts and of what the check about them says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from unique_analytics_mcp.backends._sighting import Certificate, Sighting, Unseen
from unique_analytics_mcp.doctor.checks import CHECKS, findings
from unique_analytics_mcp.doctor.facts import Configured, Facts
from unique_analytics_mcp.doctor.findings import Outcome, exit_code
from unique_analytics_mcp.errors import (
    BackendUnavailable,
    ConfigurationError,
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    RateLimited,
    StoreError,
    UnexpectedAnswer,
)
from unique_analytics_mcp.store import BucketFound, RedisFound, SharedSurvey, Survey

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GIBIBYTE = 1 << 30
SEEN = Sighting(host="gateway.nordwind.example", status=404, elapsed_s=0.043, seen_at=NOON, date=NOON, certificate=None)
STORE = Survey(reports=3, kept_bytes=GIBIBYTE, free_bytes=9 * GIBIBYTE)
WELL = Facts(
    settings=Configured(
        "https://gateway.nordwind.example/public/chat", "API version 2023-12-06", ("NPS",), "UTC", "pseudonyms"
    ),
    platform=SEEN,
    listing=1,
    store=STORE,
    max_store_bytes=5 * GIBIBYTE,
    exports=True,
    audit=True,
)
BUCKET = BucketFound(elapsed_s=0.041, is_conditional=True)
REDIS = RedisFound(eviction="noeviction", ahead=timedelta())
FIX = {"hint": "Do this."}


def certified(days: float) -> Facts:
    return replace(WELL, platform=replace(SEEN, certificate=Certificate(NOON + timedelta(days=days), "Nordwind")))


def ahead(seconds: float) -> Facts:
    return replace(WELL, platform=replace(SEEN, date=NOON - timedelta(seconds=seconds)))


def unseen(distrust: str = "") -> Facts:
    return replace(
        WELL, platform=Unseen(error=BackendUnavailable("Not there.", **FIX), distrust=distrust), listing=None
    )


def listing(error: Exception) -> Facts:
    return replace(WELL, listing=error)  # pyright: ignore[reportArgumentType] - a table of cases


def stored(**sizes: int) -> Facts:
    return replace(WELL, store=replace(STORE, **sizes))


def sharing(bucket: BucketFound | StoreError = BUCKET, redis: RedisFound | StoreError = REDIS) -> Facts:
    return replace(WELL, shared=SharedSurvey(bucket, redis))


def in_step(seconds: float) -> Facts:
    return sharing(redis=replace(REDIS, ahead=timedelta(seconds=seconds)))


FOUND = {
    "settings that are enough": (WELL, "settings", Outcome.OK, "gateway.nordwind.example"),
    "settings that are not": (
        Facts(settings=ConfigurationError("Missing.", **FIX)),
        "settings",
        Outcome.FAILURE,
        "Missing.",
    ),
    "an answer": (WELL, "reachability", Outcome.OK, "43 ms"),
    "no answer": (unseen(), "reachability", Outcome.FAILURE, "Not there."),
    "an answer without orders": (listing(OrderNotFound("No orders.", **FIX)), "reachability", Outcome.FAILURE, "No"),
    "an answer that is none": (listing(UnexpectedAnswer("A page.", **FIX)), "reachability", Outcome.FAILURE, "A page"),
    "a busy platform": (listing(RateLimited("Fewer.", hint="Wait.")), "reachability", Outcome.WARNING, "Fewer."),
    "a platform that says no": (listing(NotAllowed("No.", **FIX)), "reachability", Outcome.OK, "answered"),
    "a platform nobody vouches for": (unseen("it has expired"), "reachability", Outcome.SKIPPED, "trusted"),
    "a good certificate": (certified(60), "certificate", Outcome.OK, "Nordwind, expires 2027-01-19, in 60 days"),
    "a certificate just before it should be new": (certified(21), "certificate", Outcome.OK, "in 21 days"),
    "a certificate at its end": (certified(20), "certificate", Outcome.WARNING, "in 20 days"),
    "a certificate not believed": (unseen("it has expired"), "certificate", Outcome.FAILURE, "it has expired."),
    "no encryption": (WELL, "certificate", Outcome.OK, "None"),
    "no certificate seen": (unseen(), "certificate", Outcome.SKIPPED, "showed none"),
    "known": (WELL, "identity", Outcome.OK, "accepts"),
    "unknown": (listing(NotAuthenticated("Who?", **FIX)), "identity", Outcome.FAILURE, "Who?"),
    "known without a role": (listing(NotAllowed("No.", **FIX)), "identity", Outcome.OK, "accepts"),
    "callers with a login": (replace(WELL, asks=False, listing=None), "identity", Outcome.SKIPPED, "each caller"),
    "roles of callers": (replace(WELL, asks=False, listing=None), "roles", Outcome.SKIPPED, "each caller"),
    "nobody to ask who one is": (unseen(), "identity", Outcome.SKIPPED, "asked"),
    "a role": (WELL, "roles", Outcome.OK, "chat.data.admin"),
    "no role": (listing(NotAllowed("Role.", **FIX)), "roles", Outcome.FAILURE, "Role."),
    "roles of nobody": (listing(NotAuthenticated("Who?", **FIX)), "roles", Outcome.SKIPPED, "asked"),
    "a login provider": (replace(WELL, login=1), "login", Outcome.OK, "gives 1 key"),
    "no login provider": (replace(WELL, login=ConfigurationError("Away.", **FIX)), "login", Outcome.FAILURE, "Away."),
    "the same time": (ahead(30), "clock", Outcome.OK, "agree"),
    "a little ahead": (ahead(31), "clock", Outcome.WARNING, "31 seconds ahead of"),
    "a little behind": (ahead(-600), "clock", Outcome.WARNING, "10 minutes behind"),
    "far behind": (ahead(-601), "clock", Outcome.FAILURE, "10 minutes behind"),
    "hours behind": (ahead(-3 * 3_600 - 1), "clock", Outcome.FAILURE, "3 hours behind"),
    "a year ahead": (ahead(365 * 86_400), "clock", Outcome.FAILURE, "365 days ahead of"),
    "no time told": (replace(WELL, platform=replace(SEEN, date=None)), "clock", Outcome.WARNING, "no date"),
    "no answer to take the time from": (unseen(), "clock", Outcome.SKIPPED, "no time"),
    "room enough": (WELL, "disk", Outcome.OK, "3 reports take 1.0 GiB of 5.0 GiB"),
    "room for less than allowed": (stored(free_bytes=3 * GIBIBYTE), "disk", Outcome.WARNING, "3.0 GiB left"),
    "just as much room as allowed": (stored(free_bytes=4 * GIBIBYTE), "disk", Outcome.OK, "4.0 GiB left"),
    "room for one large report": (stored(free_bytes=256 << 20), "disk", Outcome.WARNING, "256 MiB left"),
    "no room": (stored(free_bytes=(256 << 20) - 1), "disk", Outcome.FAILURE, "256 MiB left"),
    "no store": (replace(WELL, store=StoreError("Read only.", **FIX)), "disk", Outcome.FAILURE, "Read only."),
    "no settings for a store": (replace(WELL, store=None), "disk", Outcome.SKIPPED, "where reports are kept"),
    "a bucket": (sharing(), "bucket", Outcome.OK, "within 41 ms"),
    "a bucket that writes over": (
        sharing(replace(BUCKET, is_conditional=False)),
        "bucket",
        Outcome.FAILURE,
        "could place an order twice",
    ),
    "no bucket": (sharing(StoreError("No such.", **FIX)), "bucket", Outcome.FAILURE, "No such."),
    "a redis": (sharing(), "redis", Outcome.OK, "written, read and removed"),
    "a redis that does not say what it drops": (
        sharing(redis=replace(REDIS, eviction=None)),
        "redis",
        Outcome.OK,
        "written, read and removed",
    ),
    "a redis that drops": (
        sharing(redis=replace(REDIS, eviction="allkeys-lru")),
        "redis",
        Outcome.WARNING,
        "(allkeys-lru)",
    ),
    "no redis": (sharing(redis=StoreError("Away.", **FIX)), "redis", Outcome.FAILURE, "Away."),
    "clocks in step": (in_step(-5), "lockstep", Outcome.OK, "agree"),
    "a clock out of step": (in_step(6), "lockstep", Outcome.WARNING, "6 seconds ahead of Redis"),
    "clocks as far apart as may be": (in_step(-10), "lockstep", Outcome.WARNING, "10 seconds behind Redis"),
    "a clock far out of step": (in_step(-11), "lockstep", Outcome.FAILURE, "11 seconds behind Redis"),
    "an export folder": (WELL, "exports", Outcome.OK, "can be written"),
    "an audit file": (WELL, "audit", Outcome.OK, "can be written"),
    "no audit file": (replace(WELL, audit=False), "audit", Outcome.FAILURE, "cannot be written"),
    "no export folder": (replace(WELL, exports=False), "exports", Outcome.FAILURE, "cannot be written"),
}


@pytest.mark.parametrize(("facts", "check", "outcome", "says"), FOUND.values(), ids=FOUND)
def test_a_fact_has_its_outcome_and_whoever_can_mend_it_is_told_how(
    facts: Facts, check: str, outcome: Outcome, says: str
) -> None:
    found = CHECKS[check](facts)
    assert found is not None
    assert (found.check, found.outcome) == (check, outcome)
    assert says in found.message
    assert bool(found.fix) == (outcome in (Outcome.WARNING, Outcome.FAILURE))


def test_every_check_is_in_the_table() -> None:
    assert {check for _, check, _, _ in FOUND.values()} == set(CHECKS)


UNSAID: dict[str, tuple[Facts, set[str]]] = {
    "no exports and nothing shared": (replace(WELL, exports=None), {"exports", "login", "bucket", "redis", "lockstep"}),
    "no audit file": (replace(WELL, audit=None), {"audit", "login", "bucket", "redis", "lockstep"}),
    "no time from a redis that is away": (sharing(redis=StoreError("Away.", **FIX)), {"login", "lockstep"}),
    "logins": (replace(WELL, login=1), {"bucket", "redis", "lockstep"}),
}


@pytest.mark.parametrize(("facts", "unsaid"), UNSAID.values(), ids=UNSAID)
def test_nothing_is_said_of_what_nobody_asked_for_or_nobody_can_know(facts: Facts, unsaid: set[str]) -> None:
    assert set(CHECKS) - {finding.check for finding in findings(facts)} == unsaid


ENDS = {
    "all well": (WELL, 0),
    "a warning": (ahead(31), 0),
    "a failure": (unseen(), 1),
    "wrong settings": (Facts(settings=ConfigurationError("Missing.", **FIX)), 2),
    "wrong settings and no disk": (
        replace(WELL, settings=ConfigurationError("Missing.", **FIX), store=StoreError("Full.", **FIX)),
        2,
    ),
}


@pytest.mark.parametrize(("facts", "code"), ENDS.values(), ids=ENDS)
def test_the_exit_code_is_that_of_the_worst_finding(facts: Facts, code: int) -> None:
    assert exit_code(findings(facts)) == code

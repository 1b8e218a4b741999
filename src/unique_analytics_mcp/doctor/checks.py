"""The checks of `doctor`: what each fact means, and what to do about it.

Pure: facts come in, findings go out. `CHECKS` is the table, in the order in which they are told; a check that the facts
give nothing to say about gives None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final, assert_never
from urllib.parse import urlsplit

from unique_analytics_mcp.backends._sighting import Certificate, Sighting, Unseen
from unique_analytics_mcp.doctor.facts import Facts
from unique_analytics_mcp.doctor.findings import SETTINGS, Finding, Outcome, failure
from unique_analytics_mcp.domain.sentences import counted, lasting
from unique_analytics_mcp.errors import BackendError, ConfigurationError, NotAllowed, NotAuthenticated, RateLimited
from unique_analytics_mcp.settings import BackendName
from unique_analytics_mcp.store import BucketFound, RedisFound, Survey

_RENEWAL: Final = timedelta(days=21)
"""Before its end a certificate that renews itself would long have been renewed."""
_CLOSE: Final = timedelta(seconds=30)
"""Clocks so near each other count as equal: the platform's is read in whole seconds, behind a network."""
_APART: Final = timedelta(minutes=10)
"""Clocks so far from each other may disagree about which day it is for longer than anybody would notice."""
_IN_STEP: Final = timedelta(seconds=5)
_OUT_OF_STEP: Final = timedelta(seconds=10)
"""Two replicas, each so far from Redis on its own side, are as far apart as they may be (docs/adr/0019)."""
_MEBIBYTE: Final = 1 << 20
_LEAST_FREE: Final = 256 * _MEBIBYTE
"""Room for one large report and the table made from it."""


_WAY_THERE: Final = "Correct the address in the settings, or let this machine reach it: name server, proxy, firewall."
_CALLERS_ASK: Final = "the settings name no user, since each caller logs in"


def check_settings(facts: Facts) -> Finding:
    """All that is needed is set, and can be."""
    settings = facts.settings
    if isinstance(settings, ConfigurationError):
        return failure(SETTINGS, settings)
    return _ok(
        SETTINGS,
        f"{urlsplit(settings.base_url).netloc}, {settings.service}, "
        f"{len(settings.report_types)} report types, days of {settings.time_zone}, people {settings.people}.",
    )


def check_reachability(facts: Facts) -> Finding:
    """Something answers, and it has analytics orders."""
    match facts.platform, facts.listing:
        case None, _:
            return _skipped("reachability", "the settings do not say where the platform is")
        case Unseen(error=error, distrust=""), _:
            return Finding("reachability", Outcome.FAILURE, error.message, _WAY_THERE)
        case Unseen(), _:
            return _skipped("reachability", "nothing is sent to somebody who cannot be trusted")
        case _, RateLimited() as busy:
            return Finding("reachability", Outcome.WARNING, busy.message, busy.hint)
        case _, BackendError() as error if not isinstance(error, NotAuthenticated | NotAllowed):
            return failure("reachability", error)
        case Sighting(host=host, elapsed_s=elapsed_s), _:
            return _ok("reachability", f"{host} answered within {1000 * elapsed_s:.0f} ms.")


def check_certificate(facts: Facts) -> Finding:
    """The connection is encrypted, by whom, and for how long."""
    match facts.platform:
        case Unseen(distrust=distrust, error=error) if distrust:
            return Finding("certificate", Outcome.FAILURE, f"The certificate is not trusted: {distrust}.", error.hint)
        case Sighting(certificate=Certificate() as certificate) as seen:
            return _judge_certificate(certificate, seen)
        case Sighting(host=host):
            return _ok("certificate", f"None: what is sent to {host} stays on this machine or its network.")
        case _:
            return _skipped("certificate", "the platform showed none")


def _judge_certificate(certificate: Certificate, seen: Sighting) -> Finding:
    left = certificate.expires_at - seen.seen_at
    signed = f"Signed by {certificate.issuer or 'somebody without a name'}, expires {certificate.expires_at:%Y-%m-%d}"
    if left >= _RENEWAL:
        return _ok("certificate", f"{signed}, in {left.days} days.")
    fix = f"Ask the operator of {seen.host} to renew it: from that day on nothing can be reached."
    return Finding("certificate", Outcome.WARNING, f"{signed}, in {left.days} days.", fix)


def check_identity(facts: Facts) -> Finding:
    """The platform takes the credentials."""
    match facts.listing:
        case NotAuthenticated() as error:
            return failure("identity", error)
        case int() | NotAllowed():
            return _ok("identity", "The platform accepts the credentials.")
        case _:
            return _skipped("identity", _why_unasked(facts))


def check_roles(facts: Facts) -> Finding:
    """The user may see analytics orders. Who may place which only an order shows, and none is placed."""
    match facts.listing:
        case NotAllowed() as error:
            return failure("roles", error)
        case int():
            return _ok("roles", _allowed(facts.backend))
        case _:
            return _skipped("roles", _why_unasked(facts))


def _allowed(backend: BackendName) -> str:
    match backend:
        case "unique" | "unique-legacy":
            return "Orders may be listed. Whether chat.data.admin is there too, only an order would show."
        case "genesys":
            return "Conversation details may be asked for. Whether aggregates may be too, only an order would show."
        case _:
            assert_never(backend)


def check_login(facts: Facts) -> Finding | None:
    """Tokens of callers can be checked."""
    match facts.login:
        case None:
            return None
        case int(keys):
            return _ok("login", f"The login provider gives {counted(keys, 'key')} to check tokens with.")
        case error:
            return failure("login", error)


def _why_unasked(facts: Facts) -> str:
    nobody_to_ask = facts.platform is None
    return "the platform could not be asked" if facts.asks or nobody_to_ask else _CALLERS_ASK


def check_clock(facts: Facts) -> Finding:
    """This machine and the platform agree on the time, and so on what yesterday was."""
    if not isinstance(facts.platform, Sighting):
        return _skipped("clock", "the platform told no time")
    if facts.platform.date is None:
        return Finding(
            "clock", Outcome.WARNING, "The platform's answer has no date.", "Compare this machine's clock yourself."
        )
    fix = (
        "Set the clock by a time server (NTP): names of days such as yesterday, and recognising one's own orders, "
        "depend on it."
    )
    ahead = facts.platform.seen_at - facts.platform.date
    return _judge_clock("clock", "the platform", fix, ahead=ahead, close=_CLOSE, apart=_APART)


def _judge_clock(check: str, other: str, fix: str, *, ahead: timedelta, close: timedelta, apart: timedelta) -> Finding:
    if abs(ahead) <= close:
        return _ok(check, f"This machine and {other} agree on the time.")
    side = "ahead of" if ahead > timedelta() else "behind"
    outcome = Outcome.FAILURE if abs(ahead) > apart else Outcome.WARNING
    return Finding(check, outcome, f"This machine is {lasting(abs(ahead))} {side} {other}.", fix)


def check_disk(facts: Facts) -> Finding:
    """Reports can be kept, and there is room for as many as the settings allow."""
    match facts.store:
        case None:
            return _skipped("disk", "the settings do not say where reports are kept")
        case Survey() as store:
            return _judge_room(store, facts.max_store_bytes)
        case error:
            return failure("disk", error)


def _judge_room(store: Survey, max_bytes: int) -> Finding:
    message = (
        f"{store.reports} reports take {_size(store.kept_bytes)} of {_size(max_bytes)} allowed; "
        f"the disk has {_size(store.free_bytes)} left."
    )
    if store.free_bytes < _LEAST_FREE:
        fix = "Free disk space, or set UNIQUE_ANALYTICS_DATA_DIR to a folder with more of it."
        return Finding("disk", Outcome.FAILURE, message, fix)
    if store.kept_bytes + store.free_bytes < max_bytes:
        fix = "Lower UNIQUE_ANALYTICS_MAX_STORE_BYTES to what there is room for, or free disk space."
        return Finding("disk", Outcome.WARNING, message, fix)
    return _ok("disk", message)


def check_bucket(facts: Facts) -> Finding | None:
    """Replicas can share reports, and of two that place the same order one is held back."""
    match facts.shared and facts.shared.bucket:
        case None:
            return None
        case BucketFound(is_conditional=True, elapsed_s=elapsed_s):
            took = f"{1000 * elapsed_s:.0f} ms"
            return _ok("bucket", f"An object was written, read, listed and removed within {took}, conditions kept.")
        case BucketFound():
            fix = "Use a store with conditional writes, such as S3, MinIO, Ceph or R2."
            said = "The bucket writes over what is there when told not to, so replicas could place an order twice."
            return Finding("bucket", Outcome.FAILURE, said, fix)
        case error:
            return failure("bucket", error)


def check_redis(facts: Facts) -> Finding | None:
    """Replicas can share notes of orders, and none is lost while there is memory for it."""
    match facts.shared and facts.shared.redis:
        case None:
            return None
        case RedisFound(eviction=None | "noeviction"):
            return _ok("redis", "A note was written, read and removed.")
        case RedisFound(eviction=policy):
            fix = "Set it to noeviction: without its note an order is placed a second time."
            return Finding("redis", Outcome.WARNING, f"It drops notes when its memory is full ({policy}).", fix)
        case error:
            return failure("redis", error)


def check_lockstep(facts: Facts) -> Finding | None:
    """This replica's clock is near enough to that of the others, which are compared with the same one."""
    if facts.shared is None or not isinstance(facts.shared.redis, RedisFound):
        return None
    fix = "Set the clocks of all replicas by a time server (NTP): twenty seconds apart, two could place an order twice."
    return _judge_clock("lockstep", "Redis", fix, ahead=facts.shared.redis.ahead, close=_IN_STEP, apart=_OUT_OF_STEP)


def check_exports(facts: Facts) -> Finding | None:
    """Tools can save files where they are allowed to."""
    fix = "Make the folder that UNIQUE_ANALYTICS_EXPORT_DIR names, and let this user write to it."
    return _judge_writing("exports", "The export folder", fix, can_be=facts.exports)


def check_audit(facts: Facts) -> Finding | None:
    """Accesses can be noted; without that none is given."""
    fix = (
        "Let this user write to what UNIQUE_ANALYTICS_AUDIT_FILE names and to its folder, or make room there: "
        "till then no data are given."
    )
    return _judge_writing("audit", "The audit file", fix, can_be=facts.audit)


def _judge_writing(check: str, what: str, fix: str, *, can_be: bool | None) -> Finding | None:
    match can_be:
        case None:
            return None
        case True:
            return _ok(check, f"{what} can be written.")
        case False:
            return Finding(check, Outcome.FAILURE, f"{what} cannot be written.", fix)


CHECKS: Final[Mapping[str, Callable[[Facts], Finding | None]]] = {
    SETTINGS: check_settings,
    "reachability": check_reachability,
    "certificate": check_certificate,
    "identity": check_identity,
    "roles": check_roles,
    "login": check_login,
    "clock": check_clock,
    "disk": check_disk,
    "bucket": check_bucket,
    "redis": check_redis,
    "lockstep": check_lockstep,
    "exports": check_exports,
    "audit": check_audit,
}


_OF_A_SERVICE: Final = (check_settings, check_reachability, check_certificate, check_identity, check_roles)
"""What is looked at again for each further analytics service; the others are about this machine."""


def findings(facts: Facts, *others: Facts) -> tuple[Finding, ...]:
    """What all checks say of these facts, in the order of the table, and of other services under their names."""
    named = (
        replace(finding, check=f"{other.backend} {finding.check}")
        for other in others
        for finding in (check(other) for check in _OF_A_SERVICE)
    )
    return (*(finding for check in CHECKS.values() if (finding := check(facts)) is not None), *named)


def _ok(check: str, message: str) -> Finding:
    return Finding(check, Outcome.OK, message)


def _skipped(check: str, reason: str) -> Finding:
    return Finding(check, Outcome.SKIPPED, f"Not known: {reason}.")


def _size(size_bytes: int) -> str:
    """`5368709120` gives `5.0 GiB`, less than one of those gives MiB."""
    if size_bytes >= 1024 * _MEBIBYTE:
        return f"{size_bytes / _MEBIBYTE / 1024:.1f} GiB"
    return f"{size_bytes / _MEBIBYTE:.0f} MiB"

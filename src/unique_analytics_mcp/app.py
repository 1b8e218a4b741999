"""The composition root.

The only module that knows which classes make up a running service, and the home of the real clock. Everything heavy is
imported when a service is opened, not before.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.credentials import (
    backend_names,
    missing_settings,
    read_access,
    read_genesys_access,
    read_legacy_access,
)
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.domain.order import Pace
from unique_analytics_mcp.domain.people import KEY_BYTES, Pseudonyms
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import ConfigurationError
from unique_analytics_mcp.settings import BackendName, Settings, fields_of, revealed
from unique_analytics_mcp.watching import Counted, Watch

if TYPE_CHECKING:
    from unique_analytics_mcp.audit import Ledger
    from unique_analytics_mcp.backends import Backend
    from unique_analytics_mcp.server.gate import Gate
    from unique_analytics_mcp.server.limits import Grants
    from unique_analytics_mcp.service import Service
    from unique_analytics_mcp.store import SharedStore, Shelf, Store


def enabled_types(settings: Settings, catalogue: Catalogue) -> tuple[str, ...]:
    """The report types that may be ordered, in the catalogue's order.

    Raises:
        ConfigurationError: the allow list names a type that does not exist.
    """
    unknown = [name for name in settings.report_types if name not in catalogue]
    if unknown:
        raise ConfigurationError(
            f"UNIQUE_ANALYTICS_REPORT_TYPES names {', '.join(unknown)}, which does not exist.",
            hint=f"The report types are: {', '.join(catalogue)}.",
        )
    wanted = settings.report_types or [name for name, report in catalogue.items() if report.on_by_default]
    return tuple(name for name in catalogue if name in wanted)


def enabled_catalogue(settings: Settings) -> Catalogue:
    """The literals of the report types that may be ordered."""
    catalogues = (catalogue_of(backend, settings) for backend in backend_names(settings))
    catalogue = {name: report for each in catalogues for name, report in each.items()}
    return {name: catalogue[name] for name in enabled_types(settings, catalogue)}


def catalogue_of(name: BackendName, settings: Settings) -> Catalogue:
    """All report types of a backend, as the settings allow them to be."""
    match name:
        case "unique":
            from unique_analytics_mcp.backends.unique.reports import unique_reports

            return unique_reports(settings.currency)
        case "unique-legacy":
            from unique_analytics_mcp.backends.unique_legacy.catalogue import legacy_catalogue

            return legacy_catalogue(catalogue_of("unique", settings))
        case "genesys":
            from unique_analytics_mcp.backends.genesys.reports import genesys_reports

            return genesys_reports(personal=settings.genesys_personal)
        case _:
            assert_never(name)


def load_backend(name: BackendName, settings: Settings, watch: Watch | None = None) -> Backend:
    """A backend as the settings describe it; no connection is made yet. `watch` counts its requests.

    Raises:
        ConfigurationError: credentials or address are missing or impossible.
    """
    from unique_analytics_mcp.backends._runtime import Runtime, untold

    told = partial(watch.tally.add, Counted.UPSTREAM) if watch else untold
    catalogue, runtime = catalogue_of(name, settings), Runtime(now=real_clock().now, told=told)
    match name:
        case "unique":
            from unique_analytics_mcp.backends.unique.client import UniqueClient

            return UniqueClient(read_access(settings), catalogue=catalogue, runtime=runtime)
        case "unique-legacy":
            from unique_analytics_mcp.backends.unique_legacy.client import LegacyClient

            return LegacyClient(read_legacy_access(settings), catalogue=catalogue, runtime=runtime)
        case "genesys":
            from unique_analytics_mcp.backends.genesys.client import GenesysClient

            return GenesysClient(read_genesys_access(settings), catalogue=catalogue, runtime=runtime)
        case _:
            assert_never(name)


def gate_of(settings: Settings) -> Gate | None:
    """How callers over HTTP are asked for credentials; None where nobody is.

    Raises:
        ConfigurationError: a setting for it is missing or cannot be.
    """
    match settings.auth:
        case "none":
            return None
        case "token":
            from unique_analytics_mcp.server.gate import shared_gate

            _require(settings, "auth_token")
            return shared_gate(revealed(settings.auth_token))
        case "oidc":
            from unique_analytics_mcp.backends._trust import shared_trust
            from unique_analytics_mcp.server.gate import issuer_gate
            from unique_analytics_mcp.server.issuer import Issuer

            _require(settings, "oidc_issuer", "public_url")
            issuer, public_url = settings.oidc_issuer or "", settings.public_url or ""
            return issuer_gate(
                Issuer(
                    url=issuer,
                    audience=settings.oidc_audience or public_url,
                    user_claim=settings.oidc_user_claim,
                    company_claim=settings.oidc_company_claim,
                    granted=settings.oidc_scopes,
                    jwks_url=settings.oidc_jwks_url,
                ),
                public_url=public_url,
                asked=settings.oidc_ask_for,
                trust=shared_trust,
            )
        case _:
            assert_never(settings.auth)


def _require(settings: Settings, *fields: str) -> None:
    missing = missing_settings(settings, *fields)
    if missing:
        raise ConfigurationError(
            f"UNIQUE_ANALYTICS_AUTH={settings.auth} needs {' and '.join(missing)}.",
            hint="Set what is missing and start again.",
        )


def grants_of(settings: Settings) -> Grants:
    """What each caller over HTTP may ask for."""
    from unique_analytics_mcp.server.limits import Grants

    return Grants(
        calls_per_minute=settings.calls_per_minute,
        calls_at_once=settings.calls_at_once,
        orders_per_hour=settings.orders_per_hour,
    )


def ledger_of(settings: Settings) -> Ledger | None:
    """The audit file, where the operator wants one.

    Raises:
        ConfigurationError: it cannot be written, so no call could be answered.
    """
    if settings.audit_file is None:
        return None
    from unique_analytics_mcp.audit import Ledger, takes_lines

    if not takes_lines(settings.audit_file):
        raise ConfigurationError(
            "The file that UNIQUE_ANALYTICS_AUDIT_FILE names cannot be written, so nothing could be given out.",
            hint="Let this user write to it and to its folder, make room there, or name another file.",
        )
    return Ledger(settings.audit_file, now=real_clock().now)


def real_clock() -> Clock:
    """The computer's clock, with up to a tenth more on every delay."""
    return Clock(now=lambda: datetime.now(UTC), jitter=lambda seconds: seconds * random.uniform(1.0, 1.1))


@asynccontextmanager
async def open_service(
    settings: Settings,
    caller: Caller | None = None,
    *,
    backends: Sequence[Backend] = (),
    pace: Pace | None = None,
    watch: Watch | None = None,
    store: Store | SharedStore | None = None,
) -> AsyncGenerator[Service]:
    """A running service for these settings; `backends` and `pace` stand in for what they ask for.

    `watch` is told what happens. `store` is the process's own, where several services share one. A `caller` asks with
    their own identity, never with the operator's, and sees nothing of anybody else.

    Raises:
        ConfigurationError: the settings are not enough.
    """
    from unique_analytics_mcp.desks import Place
    from unique_analytics_mcp.service import Service

    if caller is not None:
        settings = settings.model_copy(update={"user_id": caller.user_id, "company_id": caller.company_id})
    backends = backends or [load_backend(name, settings, watch) for name in backend_names(settings)]
    clock = real_clock()
    async with store or store_of(settings) as kept, kept.upkeep.running():
        owner = f" {caller.company_id} {caller.user_id}" if caller else ""
        people = await _pseudonyms(settings, kept.shelf(f"{backends[0].principal}{owner}"))
        protection = f" {people.identity}" if people else ""
        places = [
            Place(
                backend=backend,
                # Nothing that was kept with names is on the shelf of those who must not see any.
                shelf=kept.shelf(f"{backend.principal}{owner}{protection}"),
                pace=pace or pace_of(backend.name, settings),
            )
            for backend in backends
        ]
        catalogue = {name: report for backend in backends for name, report in backend.catalogue.items()}
        async with Service(
            *places,
            clock=clock,
            time_zone=settings.time_zone,
            enabled=enabled_types(settings, catalogue),
            export_dir=settings.export_dir,
            people=people,
            most_orders=settings.max_split,
            own_orders_only=caller is not None,
            watch=watch,
        ) as service:
            yield service


def store_of(settings: Settings) -> Store | SharedStore:
    """Where reports are kept, for all callers of a process: what replicas share, or a folder; nothing is opened yet."""
    return shared_store_of(settings) or folder_store_of(settings)


def shared_store_of(settings: Settings) -> SharedStore | None:
    """The store that replicas share; None where reports are kept in a folder, and then nothing is imported."""
    if settings.store is None or settings.redis is None:
        return None
    from unique_analytics_mcp.store import SharedStore

    return SharedStore(
        store_folder(settings),
        url=settings.store,
        redis_url=settings.redis.get_secret_value(),
        retention=timedelta(hours=settings.retention_hours),
        max_bytes=settings.max_store_bytes,
        now=real_clock().now,
    )


def folder_store_of(settings: Settings) -> Store:
    """The store in this machine's own folder."""
    from unique_analytics_mcp.store import Store

    return Store(
        store_folder(settings),
        retention=timedelta(hours=settings.retention_hours),
        max_bytes=settings.max_store_bytes,
        now=real_clock().now,
    )


def store_folder(settings: Settings) -> Path:
    """Where this machine keeps reports, or copies of those that replicas share."""
    folder = settings.data_dir or default_data_dir()
    return folder / "copies" if settings.store else folder


def pace_of(backend: str, settings: Settings) -> Pace:
    """How often a backend's platform may be asked: Genesys Cloud every three seconds at first (genesys-api.md 6.1)."""
    gap_s = min(3.0, settings.poll_seconds) if backend == "genesys" else settings.poll_seconds
    return Pace(gap_s=gap_s, first_s=min(2.0, gap_s))


async def _pseudonyms(settings: Settings, shelf: Shelf) -> Pseudonyms | None:
    """The pseudonyms the settings ask for, by their key or one that is kept on the shelf; None for none."""
    match settings.people:
        case "as_delivered":
            return None
        case "pseudonyms" if settings.people_key is not None:
            return Pseudonyms(hashlib.sha256(settings.people_key.get_secret_value().encode()).digest())
        case "pseudonyms":
            return Pseudonyms(await shelf.secret(KEY_BYTES))
        case _:
            assert_never(settings.people)


def default_data_dir() -> Path:
    """The user's data folder for this package, by the habits of the operating system.

    Raises:
        ConfigurationError: the user has no home, as in a container that is run under a number of its own.
    """
    import platformdirs

    try:
        # Before 4.12 platformdirs gives a folder that is called `~` then.
        return platformdirs.user_data_path("unique-analytics-mcp", appauthor=False).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(
            "The user of this server has no home, so there is no folder for reports.",
            hint="Set UNIQUE_ANALYTICS_DATA_DIR to one that this user may write to.",
        ) from error


@contextmanager
def demo_settings(base: Settings, folder: Path) -> Generator[Settings]:
    """Settings that point at a simulated platform of this process, which runs as long as the context.

    Only where the platform of `base.backend` lives, who asks and where reports are kept, in `folder`, are changed: the
    `base` names no second service.
    """
    from unique_analytics_mcp.platforms import PLATFORMS
    from unique_analytics_mcp.simulator import SimulatorSettings, serve_in_thread

    platform = PLATFORMS[base.backend].build(SimulatorSettings())
    with serve_in_thread(platform.app) as url:
        of_platform = {"api_version": "2023-12-06", **fields_of(platform.environment(url))}
        yield base.model_copy(update={**of_platform, "data_dir": folder, "store": None, "redis": None})


@asynccontextmanager
async def open_demo_service(
    base: Settings, folder: Path, caller: Caller | None, *, watch: Watch | None = None
) -> AsyncGenerator[Service]:
    """A running service on a simulated platform of its own, which keeps what it fetches in `folder`.

    That platform knows nobody who logs in anywhere: each `caller` is the person it was made for.
    """
    with demo_settings(base, folder) as settings:
        known = caller and Caller(
            user_id=settings.user_id or caller.user_id, company_id=settings.company_id or caller.company_id
        )
        async with open_service(settings, known, watch=watch) as service:
            yield service

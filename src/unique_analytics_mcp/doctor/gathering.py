"""Finding out: what the settings say, what platform and login provider answer, what disk and what is shared can take.

The shell of `doctor`. It asks the platform for a page of one order, or for an order nobody has, which changes nothing
and costs nothing, and for nothing more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, assert_never

import anyio

from unique_analytics_mcp.app import (
    enabled_catalogue,
    folder_store_of,
    gate_of,
    load_backend,
    real_clock,
    shared_store_of,
)
from unique_analytics_mcp.audit import takes_lines
from unique_analytics_mcp.backends import Backend
from unique_analytics_mcp.backends._sighting import Sighting, Unseen, sight
from unique_analytics_mcp.credentials import address_of, backend_names, has_identity
from unique_analytics_mcp.doctor.facts import Configured, Facts
from unique_analytics_mcp.errors import BackendError, BackendUnavailable, ConfigurationError, OrderNotFound, StoreError
from unique_analytics_mcp.paths import is_there
from unique_analytics_mcp.settings import BackendName, Settings
from unique_analytics_mcp.store import SharedSurvey, Survey

_PATIENCE_S: Final = 20
"""For the call with credentials: the client would repeat one that fails for longer than a person waits."""


_NO_ORDER: Final = "genesys-details-00000000-0000-4000-8000-000000000000"
"""An order nobody has: where orders cannot be listed, asking for it shows who is let in, and changes nothing."""

Load = Callable[[BackendName, Settings], Backend]


async def gather(settings: Settings, *, load: Load = load_backend) -> tuple[Facts, ...]:
    """All that these settings let be found out, by analytics service; `load` gives the clients that ask."""
    login, store, shared = await _login(settings), await _survey(settings), await _shared(settings)
    return tuple(
        [
            replace(await _facts(name, settings, load), login=login, store=store, shared=shared)
            for name in backend_names(settings)
        ]
    )


async def _facts(name: BackendName, settings: Settings, load: Load) -> Facts:
    configured = _configured(name, settings)
    seen, asks = await _look(configured), has_identity(name, settings)
    return Facts(
        backend=name,
        settings=configured,
        platform=seen,
        asks=asks,
        listing=await _listing(load(name, settings)) if isinstance(seen, Sighting) and asks else None,
        max_store_bytes=settings.max_store_bytes,
        exports=None if settings.export_dir is None else _is_writable(settings.export_dir),
        audit=None if settings.audit_file is None else takes_lines(settings.audit_file),
    )


def _configured(name: BackendName, settings: Settings) -> Configured | ConfigurationError:
    try:
        gate = gate_of(settings)
        return Configured(
            base_url=address_of(name, settings, callers=gate is not None and gate.names_callers),
            service=_service(name, settings),
            report_types=tuple(each.name for each in enabled_catalogue(settings).values() if each.backend == name),
            time_zone=settings.time_zone,
            people=settings.people.replace("_", " "),
        )
    except ConfigurationError as error:
        return error


def _service(name: BackendName, settings: Settings) -> str:
    match name:
        case "unique":
            return f"API version {settings.api_version}"
        case "unique-legacy":
            return "the older Unique API"
        case "genesys":
            return "Genesys Cloud"
        case _:
            assert_never(name)


async def _look(configured: Configured | ConfigurationError) -> Sighting | Unseen | None:
    if isinstance(configured, ConfigurationError):
        return None
    return await sight(configured.base_url, now=real_clock().now)


async def _listing(backend: Backend) -> int | BackendError:
    try:
        with anyio.fail_after(_PATIENCE_S):
            return len(await backend.list(offset=0, limit=1)) if backend.can_list else await _asked(backend)
    except BackendError as error:
        return error
    except TimeoutError:
        return BackendUnavailable(
            f"The list of orders did not come within {_PATIENCE_S} seconds, repetitions included.",
            hint="Try again in a minute; if it stays so, ask the platform's operator.",
        )
    finally:
        await backend.aclose()


async def _asked(backend: Backend) -> int:
    """No order, after the platform has let the question in."""
    with suppress(OrderNotFound):
        await backend.status(_NO_ORDER)
    return 0


async def _login(settings: Settings) -> int | ConfigurationError | None:
    try:
        gate = gate_of(settings)
    except ConfigurationError:  # which the settings of each service tell of
        return None
    if gate is None:
        return None
    from unique_analytics_mcp.server.tokens import IssuedTokens

    if not isinstance(gate.verifier, IssuedTokens):
        return None
    try:
        return await gate.verifier.look()
    except ConfigurationError as error:
        return error


async def _survey(settings: Settings) -> Survey | StoreError:
    try:
        return await folder_store_of(settings).survey()
    except StoreError as error:
        return error


async def _shared(settings: Settings) -> SharedSurvey | None:
    store = shared_store_of(settings)
    if store is None:
        return None
    async with store:
        return await store.survey()


def _is_writable(folder: Path) -> bool:
    """Or can be made: a tool makes it when it first saves a file."""
    try:
        while not is_there(folder) and folder != folder.parent:
            folder = folder.parent
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:  # a folder above it may not be looked into, or its name is too long
        return False

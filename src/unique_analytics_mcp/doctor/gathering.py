"""Finding out: what the settings say, what the platform answers, what the disk can take.

The shell of `doctor`. It asks for a page of one order, which changes nothing and costs nothing, and for nothing more.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from unique_analytics_mcp.app import (
    default_data_dir,
    enabled_catalogue,
    load_backend,
    read_access,
    read_legacy_access,
    real_clock,
)
from unique_analytics_mcp.backends._sighting import Sighting, Unseen, sight
from unique_analytics_mcp.doctor.facts import Configured, Facts
from unique_analytics_mcp.errors import BackendError, BackendUnavailable, ConfigurationError, StoreError
from unique_analytics_mcp.store import Store, Survey

if TYPE_CHECKING:
    from collections.abc import Callable

    from unique_analytics_mcp.app import Settings
    from unique_analytics_mcp.backends import Backend

_PATIENCE_S: Final = 20
"""For the call with credentials: the client would repeat one that fails for longer than a person waits."""


def _load(settings: Settings) -> Backend:
    return load_backend("unique", settings)


async def gather(settings: Settings, *, load: Callable[[Settings], Backend] = _load) -> Facts:
    """All that these settings let be found out; `load` gives the client that asks for orders."""
    configured = _configured(settings)
    seen = await _look(configured)
    return Facts(
        settings=configured,
        platform=seen,
        listing=await _listing(load(settings)) if isinstance(seen, Sighting) else None,
        store=await _survey(settings),
        max_store_bytes=settings.max_store_bytes,
        exports=None if settings.export_dir is None else _is_writable(settings.export_dir),
    )


def _configured(settings: Settings) -> Configured | ConfigurationError:
    try:
        is_older = settings.backend == "unique-legacy"
        access = read_legacy_access(settings) if is_older else read_access(settings)
        return Configured(
            base_url=access.base_url,
            api_version=settings.api_version,
            report_types=tuple(enabled_catalogue(settings)),
            time_zone=settings.time_zone,
            people=settings.people.replace("_", " "),
        )
    except ConfigurationError as error:
        return error


async def _look(configured: Configured | ConfigurationError) -> Sighting | Unseen | None:
    if isinstance(configured, ConfigurationError):
        return None
    return await sight(configured.base_url, now=real_clock().now)


async def _listing(backend: Backend) -> int | BackendError:
    try:
        with anyio.fail_after(_PATIENCE_S):
            return len(await backend.list(offset=0, limit=1))
    except BackendError as error:
        return error
    except TimeoutError:
        return BackendUnavailable(
            f"The list of orders did not come within {_PATIENCE_S} seconds, repetitions included.",
            hint="Try again in a minute; if it stays so, ask the platform's operator.",
        )
    finally:
        await backend.aclose()


async def _survey(settings: Settings) -> Survey | StoreError:
    store = Store(
        settings.data_dir or default_data_dir(),
        retention=timedelta(hours=settings.retention_hours),
        max_bytes=settings.max_store_bytes,
        now=real_clock().now,
    )
    try:
        return await store.survey()
    except StoreError as error:
        return error


def _is_writable(folder: Path) -> bool:
    """Or can be made: a tool makes it when it first saves a file."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)

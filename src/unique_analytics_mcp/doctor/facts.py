"""What is known when the checks are made: values only, None for what could not be found out.

Pure. A fact that could not be had for a reason of its own is that error, as a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unique_analytics_mcp.backends._sighting import Sighting, Unseen
    from unique_analytics_mcp.errors import BackendError, ConfigurationError, StoreError
    from unique_analytics_mcp.settings import BackendName
    from unique_analytics_mcp.store import SharedSurvey, Survey


@dataclass(frozen=True, slots=True)
class Configured:
    """The settings that the checks speak of; none of them is a secret."""

    base_url: str
    service: str
    """Which API it is, in words."""
    report_types: tuple[str, ...]
    time_zone: str
    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the checks know of one analytics service and of this machine."""

    backend: BackendName = "unique"
    settings: Configured | ConfigurationError
    platform: Sighting | Unseen | None = None
    """What one call without credentials showed."""
    asks: bool = True
    """Whether the settings say who asks; False where only callers do, each with a login of their own."""
    listing: int | BackendError | None = None
    """How many orders a page of one held, with the credentials."""
    login: int | ConfigurationError | None = None
    """How many keys the login provider gives for its tokens; None where no caller logs in."""
    store: Survey | StoreError | None = None
    shared: SharedSurvey | None = None
    """What replicas share; None where reports are kept on this machine alone."""
    max_store_bytes: int = 0
    """The most that kept reports may take; the rest of the disk is others'."""
    exports: bool | None = None
    """Whether the export folder can be written; None when no folder is set."""
    audit: bool | None = None
    """Whether lines can be added to the audit file; None when no file is set."""

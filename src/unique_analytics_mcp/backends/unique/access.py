"""Who we are to a Unique platform, and the headers that say so (unique-api.md 2.2 and 2.3, read 2026-11-21)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from unique_analytics_mcp.backends._unique_addresses import base_url, full_base

SNAKE_CASE_SINCE: Final = "2026-03-01"
"""The API version from which field names are sent in snake_case (release notes 2026.20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueAccess:
    """One identity on one platform, as the operator set it up."""

    base_url: str
    """With the prefix, as `public_base` gives it."""
    api_key: str = field(repr=False)
    app_id: str
    user_id: str
    """Whose roles decide what may be ordered."""
    company_id: str
    api_version: str = "2023-12-06"

    @property
    def principal(self) -> str:
        """Opaque, equal for equal platform, company and user; does not depend on the key."""
        identity = json.dumps([self.base_url, self.company_id, self.user_id])
        return hashlib.sha256(identity.encode()).hexdigest()[:32]

    @property
    def sends_snake_case(self) -> bool:
        """True when the version wants `start_date` rather than `startDate`."""
        return self.api_version >= SNAKE_CASE_SINCE

    def headers(self) -> Mapping[str, str]:
        """What goes with every call; an id that is empty is left out, as the vendor's SDK does."""
        ids = {"x-user-id": self.user_id, "x-company-id": self.company_id, "x-app-id": self.app_id}
        return {
            "authorization": f"Bearer {self.api_key}",
            **{name: value for name, value in ids.items() if value},
            "x-api-version": self.api_version,
        }


def public_base(full: str | None, host: str | None) -> str:
    """The base URL of the public API: `UNIQUE_API_BASE` in full where it is set, else from `UNIQUE_API_BASE_URL`.

    Raises:
        ConfigurationError: not an address, or one that would send the key unencrypted.
    """
    return full_base(full) if full else base_url(host or "")

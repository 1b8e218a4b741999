"""Who we are to a Genesys Cloud organisation: an OAuth client and where it logs in (genesys-api.md 1.1)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from unique_analytics_mcp.backends.genesys.regions import Hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesysAccess:
    """One OAuth client of one organisation, as the operator set it up."""

    hosts: Hosts
    client_id: str
    client_secret: str = field(repr=False)
    personal: bool = False
    """Whether numbers, names of callers, notes and attributes may be in reports."""

    @property
    def principal(self) -> str:
        """Opaque, equal for equal hosts, client and view of personal data; does not depend on the secret."""
        identity = json.dumps([*self.hosts, self.client_id, self.personal])
        return hashlib.sha256(identity.encode()).hexdigest()[:32]

    def login_headers(self) -> Mapping[str, str]:
        """What proves who we are at the login."""
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return {"authorization": f"Basic {pair}"}

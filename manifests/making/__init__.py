"""From one table of facts to every file; each module writes for one kind of reader. Pure but for reading our source."""

from __future__ import annotations

from collections.abc import Mapping

from manifests.making.clients import client_files
from manifests.making.cluster import kubernetes
from manifests.making.facts import facts
from manifests.making.guide import guide
from manifests.making.image import containerfile
from manifests.making.publishing import mcpb_manifest, server_json


def files() -> Mapping[str, str]:
    """The text of every file by its path below `manifests/`."""
    known = facts()
    return {
        "README.md": guide(known),
        "Containerfile": containerfile(known),
        "kubernetes.yaml": kubernetes(known),
        "server.json": server_json(known),
        "mcpb/manifest.json": mcpb_manifest(known),
        **client_files(known),
    }

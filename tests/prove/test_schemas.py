"""The files in `manifests/`, by the schemas of those who read them; `make prove` runs these."""

import json
from importlib.resources import files as resources
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from manifests.__main__ import ROOT
from manifests.making import files
from programs import Run

pytestmark = pytest.mark.prove

FILES = files()
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all(FILES["kubernetes.yaml"]))
VERSIONS = ("1.30", "1.37")
"""The oldest Kubernetes whose pods can pause before they end, and the newest that is published as schemas."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("entry", OBJECTS, ids=lambda entry: entry["kind"])
def test_kubernetes_understands_every_field(entry: dict[str, Any], version: str) -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    assert schemas.validate(entry, version, strict=True) == version


def test_the_registry_takes_the_server() -> None:
    schema = resources("skillsaw") / "schemas" / "mcp_registry" / "v2025_12_11" / "server.schema.json"
    document, demanded = json.loads(FILES["server.json"]), json.loads(schema.read_text(encoding="utf-8"))
    assert document["$schema"] == demanded["$id"]
    Draft7Validator(demanded).validate(document)


def test_claude_desktop_takes_the_bundle(run: Run) -> None:
    ended = run("mcpb", "validate", str(ROOT / "mcpb" / "manifest.json"))
    assert ended.returncode == 0, ended.stdout

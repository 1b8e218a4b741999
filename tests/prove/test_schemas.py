"""The files in `manifests/`, by the schemas and programs of those who read them; `make prove` runs these."""

import json
import sys
from functools import partial
from importlib.resources import files as resources
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from jsonschema import Draft7Validator

from manifests.__main__ import ROOT
from manifests.making import files
from manifests.making.publishing import BUNDLED
from programs import Workplace

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


def test_the_container_file_is_as_its_linter_would_write_it(place: Workplace) -> None:
    ended = place.run("hadolint", str(ROOT / "Containerfile"))
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.fixture
def bundle(place: Workplace) -> Path:
    """Packed as the guide says."""
    folder = place.project / "bundle"
    folder.mkdir()
    for name in BUNDLED:
        source = ROOT.parent / name
        copy = partial(copytree, ignore=ignore_patterns("__pycache__")) if source.is_dir() else copyfile
        copy(source, folder / name)
    copyfile(ROOT / "mcpb" / "manifest.json", folder / "manifest.json")
    ended = place.run("mcpb", "pack", "bundle", "packed.mcpb")
    assert ended.returncode == 0, ended.stdout
    return place.project / "packed.mcpb"


def test_claude_desktop_takes_the_bundle(place: Workplace, bundle: Path) -> None:
    ended = place.run("mcpb", "validate", "bundle/manifest.json")
    assert ended.returncode == 0, ended.stdout
    with ZipFile(bundle) as packed:
        assert set(BUNDLED) | {"manifest.json"} == {name.partition("/")[0] for name in packed.namelist()}


def test_the_command_of_the_bundle_starts_the_server_in_it(place: Workplace, bundle: Path) -> None:
    unpacked = place.project / "unpacked"
    with ZipFile(bundle) as packed:
        packed.extractall(unpacked)
    started = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))["server"]["mcp_config"]
    command = [word.replace("${__dirname}", str(unpacked)) for word in (started["command"], *started["args"])]
    installed = (f"UV_PROJECT_ENVIRONMENT={sys.prefix}", "UV_NO_SYNC=1", f"PYTHONPATH={unpacked / 'src'}")
    variables = [word for variable in installed for word in ("-e", variable)]
    ended = place.run(*("inspector", "--cli", *command, "--demo", *variables, "--method", "tools/list", "-q"))
    assert "run_analytics_report" in ended.stdout, ended.stdout

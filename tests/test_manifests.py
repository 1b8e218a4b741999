"""The files in `manifests/` are what the package says now, and what they promise holds."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifests.__main__ import ROOT
from manifests.making import files
from manifests.making.cluster import CREDENTIALS, NOTICE_S, PLACE
from manifests.making.facts import facts
from manifests.making.guide import connecting
from manifests.making.publishing import registry_name
from tenant import forget_environment
from unique_analytics_mcp.analysis.sealed.child import ADDRESS_SPACE
from unique_analytics_mcp.app import gate_of
from unique_analytics_mcp.commands.parsing import parsed
from unique_analytics_mcp.credentials import read_access
from unique_analytics_mcp.server.http import check_host
from unique_analytics_mcp.server.probes import PATHS
from unique_analytics_mcp.settings import read_settings, setting_names
from unique_analytics_mcp.watching import STATEMENTS_AT_ONCE

FILES = files()
README = (ROOT.parent / "README.md").read_text(encoding="utf-8")
OBJECTS: dict[str, Any] = {entry["kind"]: entry for entry in yaml.safe_load_all(FILES["kubernetes.yaml"])}
POD = OBJECTS["Deployment"]["spec"]["template"]["spec"]
[CONTAINER] = POD["containers"]
KNOWN = {name for names in setting_names().values() for name in names}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_make_manifests_writes_it(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == FILES[name], "run `make manifests` and read the difference"


def test_no_file_of_a_client_is_left_that_nobody_writes() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "clients").rglob("*") if path.is_file()}
    assert there == {name for name in FILES if name.startswith("clients/")}


def test_the_settings_that_every_file_asks_for_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)
    for setting in facts().required:
        monkeypatch.setenv(setting.name, "gateway.example" if setting.field == "api_base_url" else "value")
    assert read_access(read_settings()).base_url == "https://gateway.example/public/chat"


def blocks(language: str) -> list[str]:
    return [block.partition("```")[0] for block in README.split(f"```{language}\n")[1:]]


def test_the_readme_shows_clients_the_same_as_their_files() -> None:
    shown = [json.loads(block) for block in blocks("json")]
    for name in ("claude-desktop.json", "cursor.json", "windsurf.json", "gemini.json"):
        assert json.loads(FILES[f"clients/{name}"]) in shown
    between = README.split("<!-- clients -->\n")[1].split("<!-- /clients -->")[0]
    assert between.strip() == connecting()


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("clients/") and name.endswith(".json")])
def test_a_client_starts_our_command_with_settings_there_are_or_goes_to_our_address(name: str) -> None:
    document = json.loads(FILES[name])
    [servers] = [value for key, value in document.items() if key not in ("inputs", "$schema")]
    for server in servers.values():
        if "remote" in name or "token" in name:
            assert facts().url in server.values()
            assert ("headers" in server) == ("token" in name)
            continue
        command, *given = server["command"] if isinstance(server["command"], list) else [server["command"]]
        assert command == "unique-analytics-mcp"
        assert parsed([*given, *server.get("args", [])]).transport == "stdio"
        assert set(server.get("env", server.get("environment", {}))) <= KNOWN


def test_no_address_has_a_query_for_uniques_own_form_takes_none() -> None:
    assert f"`{facts().url}`" in FILES["clients/unique-connector.md"]
    assert "?" not in facts().url


def test_the_registry_finds_its_name_for_us_in_the_readme() -> None:
    assert f"mcp-name: {registry_name(facts())}" in README
    assert json.loads(FILES["server.json"])["name"] == registry_name(facts())


def test_a_secret_is_never_written_out_and_is_asked_for_as_one() -> None:
    secrets = {setting.name for setting in facts().settings if setting.is_secret}
    [package] = json.loads(FILES["server.json"])["packages"]
    asked = json.loads(FILES["mcpb/manifest.json"])["user_config"].values()
    assert {entry["name"] for entry in package["environmentVariables"] if entry["isSecret"]} == {"UNIQUE_APP_KEY"}
    assert {entry["title"] for entry in asked if entry["sensitive"]} == {"UNIQUE_APP_KEY"}
    given = {entry["name"]: entry for entry in CONTAINER["env"]}
    assert secrets <= set(given)
    assert not any("value" in given[name] for name in secrets)


def test_the_pod_gets_settings_there_are_and_a_command_that_is_understood() -> None:
    assert {entry["name"] for entry in CONTAINER["env"]} <= KNOWN | {*CREDENTIALS, *PLACE}
    arguments = parsed(CONTAINER["args"])
    assert (arguments.transport, arguments.port) == ("http", CONTAINER["ports"][0]["containerPort"])


REDIS = "rediss://:secret@redis.example:6379/0"
SECRET = {"UNIQUE_AUTH_USER_ID": "user", "UNIQUE_AUTH_COMPANY_ID": "company", "UNIQUE_ANALYTICS_AUTH_TOKEN": "x" * 24}


@pytest.mark.parametrize(
    ("changed", "secret", "names_callers"),
    [({}, SECRET, False), ({"UNIQUE_ANALYTICS_AUTH": "oidc"}, {}, True)],
    ids=["as it is, a secret that all share", "with one word changed, a login of each person"],
)
def test_the_pod_asks_callers_who_they_are(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], secret: dict[str, str], names_callers: bool
) -> None:
    forget_environment(monkeypatch)
    shown = {entry["name"]: entry["value"] for entry in CONTAINER["env"] if "value" in entry}
    demanded = {
        entry["name"]: "value"
        for entry in CONTAINER["env"]
        if "valueFrom" in entry and not entry["valueFrom"]["secretKeyRef"].get("optional")
    }
    assert "UNIQUE_ANALYTICS_REDIS" in demanded
    for name, value in {**shown, **demanded, "UNIQUE_ANALYTICS_REDIS": REDIS, **secret, **changed}.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    gate = gate_of(settings)
    assert gate is not None
    assert gate.names_callers is names_callers
    read_access(settings, needs_identity=not names_callers)
    check_host(parsed(CONTAINER["args"]).host, is_guarded=True)


def test_a_pod_has_room_for_reports_and_statements_that_take_all_they_may() -> None:
    """Where its memory is used up Kubernetes ends a container with all its processes, not the one that took it."""
    asked, most = (CONTAINER["resources"][kind]["memory"] for kind in ("requests", "limits"))
    assert mebibytes(most) >= mebibytes(asked) + STATEMENTS_AT_ONCE * (ADDRESS_SPACE >> 20)


def mebibytes(quantity: str) -> int:
    return int(quantity.removesuffix("Mi"))


def test_the_replicas_share_a_store_that_they_are_let_out_to_and_bring_no_key_where_they_have_a_role() -> None:
    given = {entry["name"]: entry for entry in CONTAINER["env"]}
    assert OBJECTS["Deployment"]["spec"]["replicas"] > 1
    assert given["UNIQUE_ANALYTICS_STORE"]["value"].startswith("s3://")
    assert all(given[name]["valueFrom"]["secretKeyRef"]["optional"] for name in (*CREDENTIALS, *PLACE))
    out = [port["port"] for rule in OBJECTS["NetworkPolicy"]["spec"]["egress"] for port in rule["ports"]]
    assert sorted(set(out)) == [53, 443, 6379]


def test_probes_ask_where_the_server_answers_and_a_drain_may_end_before_the_pod_is_killed() -> None:
    asked = {probe["httpGet"]["path"] for key, probe in CONTAINER.items() if key.endswith("Probe")}
    assert asked <= set(PATHS)
    assert POD["terminationGracePeriodSeconds"] > NOTICE_S + facts().drain_s


def test_the_pod_has_no_rights_and_writes_only_where_a_volume_is() -> None:
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["automountServiceAccountToken"] is False
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == ["/data", "/tmp"]


def test_every_object_means_the_same_pods() -> None:
    labels = OBJECTS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = [OBJECTS["Service"]["spec"]["selector"], OBJECTS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]]
    selectors.append(OBJECTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"])
    assert selectors == [labels] * 3
    assert OBJECTS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == facts().name


def test_the_image_is_pinned_runs_as_nobody_and_starts_as_the_pod_does() -> None:
    lines = FILES["Containerfile"].splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert len(bases) == 2
    assert all("@sha256:" in base for base in bases)
    assert "    UNIQUE_ANALYTICS_AUTH=token" in lines
    assert "USER 1000:1000" in lines
    [command] = [line.removeprefix("CMD ") for line in lines if line.startswith("CMD ")]
    assert json.loads(command) == CONTAINER["args"]
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((Path(ROOT.parent) / name).exists() for names in copied for name in names)

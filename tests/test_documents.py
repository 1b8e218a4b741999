"""The documents say what the code says: facts that stand twice are compared."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from manifests.making.facts import setting_meanings
from unique_analytics_mcp import __version__
from unique_analytics_mcp.analysis.sealed.child import ADDRESS_SPACE
from unique_analytics_mcp.backends._http import _ANSWER_S
from unique_analytics_mcp.backends._retry import Retry
from unique_analytics_mcp.backends._troubles import READ_S
from unique_analytics_mcp.backends.genesys.reports import genesys_reports
from unique_analytics_mcp.backends.genesys.reports.details import LONGEST_LIVE_DAYS
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.backends.unique.reports.words import BOTH_ROLES
from unique_analytics_mcp.backends.unique_legacy.catalogue import legacy_catalogue
from unique_analytics_mcp.querying import LIMIT_S
from unique_analytics_mcp.server import build_server
from unique_analytics_mcp.server.http import _BODY_S, LONGEST_BODY
from unique_analytics_mcp.server.metrics import Metrics
from unique_analytics_mcp.server.middleware import LONG_AT_ONCE, SHORT_BODY
from unique_analytics_mcp.server.parameters import parameters_of
from unique_analytics_mcp.server.prompts import QUESTIONS
from unique_analytics_mcp.server.tools import wait_for_order
from unique_analytics_mcp.settings import Settings, setting_names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> list[str]:
    rows, meanings = ["| setting | meaning | default |", "|---|---|---|"], setting_meanings()
    for field, names in setting_names().items():
        info = Settings.model_fields[field]
        default = "" if info.default in (None, ()) else f"`{info.default}`"
        rows.append(f"| {' or '.join(f'`{name}`' for name in names)} | {meanings[field]} | {default} |")
    return rows


def test_the_readme_lists_every_setting_with_its_meaning_and_default() -> None:
    between = README.split("<!-- settings -->\n")[1].split("\n<!-- /settings -->")[0].splitlines()
    assert [row for row in settings_table() if row not in between] == [], "README.md lacks these rows"
    assert between == settings_table()


async def test_the_readme_lists_every_tool() -> None:
    async def never() -> None: ...

    server = build_server(never, catalogue=UNIQUE_REPORTS, allow_delete=True, time_zone="UTC")  # pyright: ignore[reportArgumentType] - no call is made
    named = re.findall(r"^\| `(\w+)` \|", README, flags=re.MULTILINE)
    assert sorted(name for name in named if name.islower()) == sorted(tool.name for tool in await server.list_tools())


def test_the_readme_names_the_reports_of_each_role_and_service_that_not_all_are_of() -> None:
    text = " ".join(README.split())
    both = ", ".join(f"`{name}`" for name, report in UNIQUE_REPORTS.items() if report.roles == BOTH_ROLES)
    assert f"for {both} and what people wrote, `chat.data.admin`" in text
    assert f"({', '.join(f'`{name}`' for name in legacy_catalogue(UNIQUE_REPORTS))})" in text
    assert [name for name in genesys_reports(personal=False) if f"\n| `{name}` | " not in README] == []


def test_the_readme_and_the_changelog_name_every_prompt() -> None:
    for text in (README, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")):
        assert [question.name for question in QUESTIONS if f"`{question.name}`" not in text] == []


@pytest.mark.parametrize(
    "block", re.findall(r"```json\n(.*?)```", README, flags=re.DOTALL), ids=lambda block: block[:30]
)
def test_each_client_configuration_in_the_readme_is_json_that_starts_our_server(block: str) -> None:
    configuration = json.loads(block)
    servers = configuration.get("mcpServers") or configuration["servers"]
    assert {server["command"] for server in servers.values()} == {"unique-analytics-mcp"}
    known = {name for names in setting_names().values() for name in names}
    assert {name for server in servers.values() for name in server.get("env", {})} <= known


def test_the_page_for_operators_names_settings_there_are_and_links_each_to_its_row() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\b(?:UNIQUE|GENESYS)_[A-Z_]+", text))
    assert names <= {name for names in setting_names().values() for name in names}
    prose = re.sub(r"```sh.*?```", "", text, flags=re.DOTALL)
    assert re.findall(r"(?<!\[`)\b(?:UNIQUE|GENESYS)_\w+", prose) == []
    linked = set(re.findall(r"^\[`(\w+)`\]: \.\./README\.md#settings$", text, flags=re.MULTILINE))
    assert linked == set(re.findall(r"\[`(\w+)`\](?!:)", prose))


def test_the_page_for_operators_gives_the_limits_that_hold() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", text, flags=re.MULTILINE))
    wait = parameters_of(wait_for_order, UNIQUE_REPORTS)[-1].schema()
    in_turns = f"above {SHORT_BODY >> 10} KiB {LONG_AT_ONCE} at a time"
    assert rows["a request"] == f"{LONGEST_BODY >> 20} MiB, and {_BODY_S} seconds to arrive; {in_turns}"
    asked = f"{wait['default']} seconds unless the caller asks for more, at most {wait['maximum']}"
    assert rows["a wait inside one call"] == asked
    assert rows["a request to the platform"].startswith(f"{READ_S} seconds of silence, {_ANSWER_S} in all;")
    assert f"begins more than {Retry().within_s:g} seconds after" in rows["a request to the platform"]
    assert f"with {ADDRESS_SPACE >> 30} GiB at most" in rows["a query"]
    days = [report.max_days for report in (*UNIQUE_REPORTS.values(), *genesys_reports(personal=False).values())]
    assert {*map(str, days), str(LONGEST_LIVE_DAYS)} == set(re.findall(r"\d+", rows["a window"]))
    assert (LIMIT_S, rows["a query"].partition(",")[0]) == (10, "ten seconds")


def test_the_page_for_operators_names_every_metric_of_ours() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    told = Metrics(tools=(), routes=()).exposition().decode()
    names = re.findall(r"^# TYPE ((?:mcp|http|unique_analytics)_\w+) ", told, flags=re.MULTILINE)
    assert [name for name in names if not name.endswith("_created") and f"`{name}`" not in text] == []


def test_the_changelog_has_a_place_for_what_is_coming_and_the_version_is_a_version() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_says_context_decision_alternatives_and_consequence(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parts = ["Date:", "Status:", "**Context.**", "**Decision.**", "**Alternatives.**", "**Consequence.**"]
    assert [part for part in parts if part not in text] == []


def test_a_decision_names_in_its_status_what_came_after_it() -> None:
    statuses = {
        int(path.name[:4]): path.read_text(encoding="utf-8").split("\n")[2]
        for path in (ROOT / "docs" / "adr").glob("*.md")
    }
    after = {(int(earlier), later) for later, said in statuses.items() for earlier in re.findall(r"ADR (\d+)", said)}
    assert sorted(pair for pair in after if pair[::-1] not in after) == []


LOCKS = {
    "": "requirements.txt",
    "build": "requirements.txt",
    "otel": "requirements-otel.txt",
    "dev": "requirements-dev.txt",
    "genesys-sdk": "requirements-vendor.txt",
    "prove": "requirements-prove.txt",
    "replicas": "requirements-replicas.txt",
}


def pins_of(lock: str) -> set[str]:
    """Each package with its version."""
    return set(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_the_container_has_what_everybody_has_and_the_packages_for_traces_at_the_versions_that_are_tested() -> None:
    assert pins_of("requirements.txt") < pins_of("requirements-otel.txt") <= pins_of("requirements-dev.txt")


@pytest.mark.parametrize(("group", "lock"), LOCKS.items(), ids=[group or "all" for group in LOCKS])
def test_a_lock_holds_every_dependency_it_is_for(group: str, lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = {"": project["project"]["dependencies"], **project["project"]["optional-dependencies"]}
    demanded = {**project["dependency-groups"], **extras}[group]
    names = {re.split(r"[^\w-]", line)[0].lower() for line in demanded}
    pinned = {pin.partition("==")[0] for pin in pins_of(lock)}
    assert names - pinned == set(), "run `make lock`"

"""The command: against a platform over real HTTP, in both forms, with its exit codes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from issuer import FakeIssuer, issuing
from systems import Systems
from tenant import Tenant, forget_environment, tenant
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.app import load_backend, real_clock
from unique_analytics_mcp.backends import Backend
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform
from unique_analytics_mcp.backends.unique.client import UniqueClient
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.credentials import read_access
from unique_analytics_mcp.doctor.checks import findings
from unique_analytics_mcp.doctor.findings import Finding
from unique_analytics_mcp.doctor.gathering import Load, gather
from unique_analytics_mcp.settings import BackendName, Settings, read_settings
from unique_analytics_mcp.simulator import serve_in_thread


@dataclass(frozen=True)
class Told:
    """What `doctor --json` said."""

    code: int
    healthy: bool
    outcomes: dict[str, str]
    text: str


@pytest.fixture
def examine(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def run(*argv: str) -> Told:
        code = main(["doctor", "--json", *argv])
        out, err = capsys.readouterr()
        told = json.loads(out)
        return Told(code, told["healthy"], {entry["check"]: entry["outcome"] for entry in told["checks"]}, out + err)

    return run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Tenant]:
    with tenant(monkeypatch, tmp_path / "store") as pretended:
        yield pretended


def test_all_is_well_in_the_demo_without_any_settings(
    monkeypatch: pytest.MonkeyPatch, examine: Callable[..., Told]
) -> None:
    forget_environment(monkeypatch)
    told = examine("--demo")
    assert (told.code, told.healthy) == (0, True)
    assert set(told.outcomes.values()) == {"ok"}
    assert "of 5.0 GiB allowed" in told.text


def test_only_reading_calls_are_made_and_the_store_is_left_as_it_was(
    served: Tenant, tmp_path: Path, examine: Callable[..., Told]
) -> None:
    assert examine().healthy
    assert served.requests == ["GET /", "GET /public/chat/analytics/orders"]
    assert served.platform.requests[-1].query == {"skip": "0", "take": "1"}
    assert list((tmp_path / "store").iterdir()) == []


FAULTS = {
    "403@list": ("roles", {"reachability": "ok", "identity": "ok"}),
    "wrong-type@list": ("reachability", {"identity": "skipped", "roles": "skipped"}),
}


@pytest.mark.parametrize(("fault", "failed", "others"), [(key, *value) for key, value in FAULTS.items()], ids=FAULTS)
def test_a_fault_of_the_platform_fails_the_check_it_belongs_to(
    served: Tenant, examine: Callable[..., Told], fault: str, failed: str, others: dict[str, str]
) -> None:
    served.platform.faults.add(f"{fault}:always")
    told = examine()
    assert (told.code, told.healthy) == (1, False)
    assert {check for check, outcome in told.outcomes.items() if outcome == "failure"} == {failed}
    assert told.outcomes.items() >= others.items()
    assert served.environment["UNIQUE_API_KEY"] not in told.text


def test_a_platform_that_is_not_there_leaves_only_the_disk_to_look_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, examine: Callable[..., Told]
) -> None:
    with tenant(monkeypatch, tmp_path):
        pass
    told = examine()
    assert told.code == 1
    assert told.outcomes == {
        "settings": "ok",
        "reachability": "failure",
        "certificate": "skipped",
        "identity": "skipped",
        "roles": "skipped",
        "clock": "skipped",
        "disk": "ok",
    }


def test_a_data_folder_that_is_none_and_exports_into_it_are_failures(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, examine: Callable[..., Told]
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("UNIQUE_ANALYTICS_DATA_DIR", str(file))
    monkeypatch.setenv("UNIQUE_ANALYTICS_EXPORT_DIR", str(file / "exports"))
    told = examine()
    assert (told.outcomes["disk"], told.outcomes["exports"]) == ("failure", "failure")
    assert str(tmp_path) not in told.text
    assert served.posts == 0


def test_an_audit_file_that_cannot_be_written_is_a_failure(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, examine: Callable[..., Told]
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUDIT_FILE", str(tmp_path / "audit.jsonl"))
    assert examine().outcomes["audit"] == "ok"
    assert not list(tmp_path.glob("audit*"))
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUDIT_FILE", str(tmp_path / "nowhere" / "audit.jsonl"))
    told = examine()
    assert (told.code, told.outcomes["audit"]) == (1, "failure")
    assert str(tmp_path) not in told.text


def test_paths_that_the_system_refuses_to_look_at_are_failures(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, examine: Callable[..., Told]
) -> None:
    for name in ("UNIQUE_ANALYTICS_AUDIT_FILE", "UNIQUE_ANALYTICS_EXPORT_DIR", "UNIQUE_ANALYTICS_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / ("x" * 300)))
    told = examine()
    assert (told.outcomes["audit"], told.outcomes["exports"], told.outcomes["disk"]) == ("failure",) * 3
    assert str(tmp_path) not in told.text
    assert served.posts == 0


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIssuer]:
    """Whom each caller logs in with; asked for behind `served`, which takes every setting away."""
    with issuing() as published:
        monkeypatch.setenv("UNIQUE_ANALYTICS_AUTH", "oidc")
        monkeypatch.setenv("UNIQUE_ANALYTICS_OIDC_ISSUER", published.url)
        monkeypatch.setenv("UNIQUE_ANALYTICS_PUBLIC_URL", "https://analytics.example.com/mcp")
        yield published


def test_a_user_of_its_own_is_missed_where_no_caller_logs_in(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, examine: Callable[..., Told]
) -> None:
    for name in ("UNIQUE_USER_ID", "UNIQUE_COMPANY_ID"):
        monkeypatch.delenv(name)
    assert examine().outcomes["settings"] == "failure"


def test_where_each_caller_logs_in_no_user_is_missed_and_none_is_asked_as(
    served: Tenant, issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch, examine: Callable[..., Told]
) -> None:
    for name in ("UNIQUE_USER_ID", "UNIQUE_COMPANY_ID"):
        monkeypatch.delenv(name)
    told = examine()
    assert (told.code, told.outcomes["settings"], told.outcomes["reachability"]) == (0, "ok", "ok")
    assert (told.outcomes["identity"], told.outcomes["roles"]) == ("skipped", "skipped")
    assert set(served.requests) == {"GET /"}
    assert issuer.fetched[-1] == "/keys"


LOGINS = {
    "as it is": ("", "ok", "gives 1 key"),
    "with a slash too many": ("/", "failure", "the discovery document is not of this issuer."),
    "elsewhere": ("/other", "failure", "/other/.well-known/openid-configuration cannot be fetched"),
}


@pytest.mark.parametrize(("behind", "outcome", "said"), LOGINS.values(), ids=LOGINS)
def test_the_login_provider_is_asked_for_what_tokens_are_checked_with(
    served: Tenant,
    issuer: FakeIssuer,
    monkeypatch: pytest.MonkeyPatch,
    examine: Callable[..., Told],
    behind: str,
    outcome: str,
    said: str,
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_OIDC_ISSUER", issuer.url + behind)
    told = examine()
    assert (told.outcomes["login"], served.posts) == (outcome, 0)
    assert said in told.text


WRONG = {
    "a login that is nobody's": {"UNIQUE_ANALYTICS_AUTH": "oidc"},
    "a shared secret that is not set": {"UNIQUE_ANALYTICS_AUTH": "token"},
    "missing": {"UNIQUE_API_KEY": None},
    "nobody who asks": {"UNIQUE_USER_ID": None},
    "impossible": {"UNIQUE_ANALYTICS_TIMEZONE": "Mars/Base"},
    "misspelt": {"UNIQUE_ANALYTICS_LOG_LEVELS": "INFO"},
}


@pytest.mark.parametrize("environment", WRONG.values(), ids=WRONG)
def test_wrong_settings_are_a_finding_and_code_2(
    served: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    examine: Callable[..., Told],
    environment: dict[str, str | None],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    told = examine()
    assert told.code == 2
    assert told.outcomes["settings"] == "failure"
    assert told.outcomes["identity"] == "skipped"
    assert "each caller logs in" not in told.text


def test_a_person_reads_one_line_for_each_check_with_its_fix(
    served: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    served.platform.faults.add("403@list:always")
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines][:3] == ["settings", "reachability", "certificate"]
    [failed] = [line for line in lines if line.startswith("failure")]
    assert "roles" in failed
    assert "Fix: Ask an administrator" in failed


async def looked_at(load: Load = load_backend) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings(*await gather(read_settings(), load=load))}


def hurried(_name: BackendName, settings: Settings) -> Backend:
    """A client that does not wait before it asks again."""

    async def no_time(_seconds: float) -> None: ...

    runtime = Runtime(now=real_clock().now, sleep=no_time)
    return UniqueClient(read_access(settings), catalogue=UNIQUE_REPORTS, runtime=runtime)


REPEATED = {"401@list": "identity", "500@list": "reachability"}


@pytest.mark.parametrize(("fault", "failed"), REPEATED.items(), ids=REPEATED)
async def test_what_the_client_asks_twice_is_told_once(served: Tenant, fault: str, failed: str) -> None:
    served.platform.faults.add(f"{fault}:always")
    found = await looked_at(hurried)
    assert [check for check, finding in found.items() if finding.outcome == "failure"] == [failed]


async def test_a_platform_that_asks_for_fewer_calls_is_a_warning(served: Tenant) -> None:
    served.platform.faults.add("429@list:always")
    assert (await looked_at(hurried))["reachability"].outcome == "warning"


@pytest.mark.parametrize(("minutes", "outcome"), [(2, "warning"), (-90, "failure")])
async def test_a_clock_that_differs_is_seen_in_the_platforms_own_date(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, minutes: int, outcome: str
) -> None:
    platform = UniquePlatform(
        served.platform.tenant.settings, now=lambda: real_clock().now() + timedelta(minutes=minutes)
    )
    with serve_in_thread(platform.app) as url:
        monkeypatch.setenv("UNIQUE_API_BASE", platform.environment(url)["UNIQUE_API_BASE"])
        assert (await looked_at())["clock"].outcome == outcome


@pytest.mark.parametrize("backend", ["unique-legacy", "genesys"])
def test_all_is_well_with_another_service_too(
    monkeypatch: pytest.MonkeyPatch, examine: Callable[..., Told], backend: str
) -> None:
    forget_environment(monkeypatch)
    told = examine("--demo", "--backend", backend)
    assert set(told.outcomes.values()) == {"ok"}, told.text


def test_of_two_services_each_is_looked_at_under_its_own_name(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, examine: Callable[..., Told]
) -> None:
    platform = GenesysPlatform()
    with serve_in_thread(platform.app) as url:
        for name, value in platform.environment(url).items():
            monkeypatch.setenv(name, value)
        well = examine()
        platform.permissions.clear()
        refused = examine()
        monkeypatch.setenv("GENESYS_CLIENT_SECRET", "another")
        unknown = examine()
    assert set(well.outcomes.values()) == {"ok"}
    assert "Genesys Cloud, 2 report types" in well.text
    assert [check for check, outcome in refused.outcomes.items() if outcome == "failure"] == ["genesys roles"]
    assert [check for check, outcome in unknown.outcomes.items() if outcome == "failure"] == ["genesys identity"]
    assert "another" not in unknown.text


@pytest.fixture
def sharing(shared_systems: Systems, served: Tenant, monkeypatch: pytest.MonkeyPatch) -> Systems:
    environment = {
        **shared_systems.aws,
        "UNIQUE_ANALYTICS_STORE": shared_systems.new_store(),
        "UNIQUE_ANALYTICS_REDIS": shared_systems.redis_url,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return shared_systems


SHARED_OUTCOMES = {
    "as they should be": ({}, {"bucket": "ok", "redis": "ok", "lockstep": "ok"}),
    "no such bucket": ({"UNIQUE_ANALYTICS_STORE": "s3://never-to-be-shown/a"}, {"bucket": "failure", "redis": "ok"}),
    "no object store": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, {"bucket": "failure", "redis": "ok"}),
    "no redis": (
        {"UNIQUE_ANALYTICS_REDIS": "redis://:never-to-be-shown@127.0.0.1:1"},
        {"bucket": "ok", "redis": "failure"},
    ),
}


@pytest.mark.replicas
@pytest.mark.usefixtures("sharing")
@pytest.mark.parametrize(("changed", "outcomes"), SHARED_OUTCOMES.values(), ids=SHARED_OUTCOMES)
def test_what_replicas_share_is_tried_and_no_address_or_password_shown(
    monkeypatch: pytest.MonkeyPatch, examine: Callable[..., Told], changed: dict[str, str], outcomes: dict[str, str]
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    told = examine()
    assert told.outcomes.items() >= outcomes.items()
    assert told.healthy == ("failure" not in outcomes.values())
    assert "never-to-be-shown" not in told.text

"""The pretend platforms side by side: what `simulate` prints points any client at each of them."""

from pathlib import Path
from typing import get_args

import pytest

from probes.platforms import ASKED
from subjects import SUBJECTS
from tenant import MARCH, forget_environment
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.app import demo_settings, open_service
from unique_analytics_mcp.platforms import PLATFORMS, environment_lines
from unique_analytics_mcp.server.demo import SCENES
from unique_analytics_mcp.settings import BackendName, read_settings
from unique_analytics_mcp.simulator import SimulatorSettings, serve_in_thread, side_by_side

REPORT = ["report", "CHAT_INTERACTION", "--start", MARCH["start_date"], "--end", MARCH["end_date"], "--format", "json"]


def test_every_service_has_a_pretend_platform_a_demonstration_probes_and_keeps_the_promises_of_the_port() -> None:
    services = [*get_args(BackendName)]
    assert [*PLATFORMS] == services
    assert [*SCENES] == services
    assert [asked.name for asked in ASKED] == services
    assert {report.backend for subject in SUBJECTS for report in subject.catalogue.values()} == {*services}


@pytest.mark.parametrize("backend", PLATFORMS)
def test_each_platform_is_reached_by_its_lines_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], backend: str
) -> None:
    forget_environment(monkeypatch)
    settings = SimulatorSettings(users=5, delay_s=0)
    platforms = {name: pretence.build(settings) for name, pretence in PLATFORMS.items()}
    apps = {prefix: each.app for name, each in platforms.items() for prefix in PLATFORMS[name].prefixes}
    env_file = tmp_path / "unique.env"
    with serve_in_thread(side_by_side(apps)) as url:
        lines = environment_lines(platforms, url)
        chosen = lines[lines.index(next(line for line in lines if PLATFORMS[backend].title in line)) + 1 :]
        own = [line.removeprefix("# ") for line in chosen[: len(platforms[backend].environment(url))]]
        env_file.write_text("\n".join([*lines, *own, "UNIQUE_ANALYTICS_POLL_SECONDS=0.02"]))
        monkeypatch.setenv("UNIQUE_ANALYTICS_DATA_DIR", str(tmp_path / "store"))
        assert main([*REPORT, "--env-file", str(env_file)]) == 0
    assert capsys.readouterr().out.startswith("{")


@pytest.mark.parametrize(
    ("backend", "codes"),
    [
        ("unique", {"chat.feedback.read alone": 0, "no role": 4}),
        ("unique-legacy", {"chat.feedback.read alone": 0, "no role": 4, "expired token": 4}),
        ("genesys", {}),
    ],
)
def test_who_may_do_less_is_told_below_who_may_do_everything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, backend: str, codes: dict[str, int]
) -> None:
    forget_environment(monkeypatch)
    platform = PLATFORMS[backend].build(SimulatorSettings(users=5, delay_s=0))
    apps = dict.fromkeys(PLATFORMS[backend].prefixes, platform.app)
    with serve_in_thread(side_by_side(apps)) as url:
        lines = [line.removeprefix("# ") for line in environment_lines({backend: platform}, url)]
        shared, others = lines[1 : 1 + len(platform.environment(url))], lines[1 + len(platform.environment(url)) :]
        told = dict(zip(others[::2], others[1::2], strict=True))
        assert len(told) == len(codes)
        for number, (meaning, code) in enumerate(codes.items()):
            [line] = [line for title, line in told.items() if meaning in title]
            env_file = tmp_path / f"{number}.env"
            env_file.write_text("\n".join([*shared, line, "UNIQUE_ANALYTICS_POLL_SECONDS=0.02"]))
            monkeypatch.setenv("UNIQUE_ANALYTICS_DATA_DIR", str(tmp_path / str(number)))
            assert main([*REPORT, "--env-file", str(env_file)]) == code


def test_the_lines_as_they_are_choose_the_public_api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_environment(monkeypatch)
    env_file = tmp_path / "unique.env"
    platforms = {name: pretence.build(SimulatorSettings(users=1)) for name, pretence in PLATFORMS.items()}
    env_file.write_text("\n".join(environment_lines(platforms, "http://127.0.0.1:8787")))
    settings = read_settings(env_file)
    assert (settings.backend, settings.api_base) == ("unique", "http://127.0.0.1:8787/public/chat")


async def test_a_demonstration_offers_what_its_backend_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_environment(monkeypatch)
    base = read_settings().model_copy(update={"backend": "unique-legacy"})
    with demo_settings(base, tmp_path) as settings:
        async with open_service(settings) as service:
            assert {report.backend for report in service.catalogue.values()} == {"unique-legacy"}
            assert len(service.catalogue) == 4

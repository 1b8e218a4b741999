"""The command that serves: how it begins, for whom, and how it ends when whoever it serves is gone."""

import errno
import gc
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import anyio
import pytest
from mcp.server import MCPServer

from tenant import forget_environment
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.server import http
from unique_analytics_mcp.server.readiness import Look

WAITS = "Waiting for an MCP client until Ctrl-C; a host starts this. To try it: unique-analytics-mcp demo\n"


class Typing(io.StringIO):
    """A keyboard that nobody touches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings from outside; and what `serve` freezes for good must thaw, for this process goes on."""
    forget_environment(monkeypatch)
    yield
    gc.unfreeze()


def test_serve_takes_a_closed_stdin_for_a_host_that_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def reads_to_the_end(_server: MCPServer, _transport: str) -> None:
        with sys.stdin as stdin:
            assert stdin.read() == ""

    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(MCPServer, "run", reads_to_the_end)
    assert main(["serve", "--demo"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("allowed", ["", "CHAT_INTERACTION,GENESYS_CONVERSATION_DETAILS"], ids=["all", "some"])
@pytest.mark.parametrize(
    ("backend", "services"), [([], {"CHAT"}), (["--backend", "genesys"], {"GENESYS"})], ids=["unique", "genesys"]
)
def test_a_demo_offers_only_what_its_own_platform_has(
    monkeypatch: pytest.MonkeyPatch, backend: list[str], services: set[str], allowed: str
) -> None:
    offered: list[str] = []

    def is_looked_at(server: MCPServer, _transport: str) -> None:
        [resource, *types] = anyio.run(server.list_resources)
        offered.extend(str(each.uri).removeprefix(f"{resource.uri}/") for each in types)

    real = {"CLIENT_ID": "client", "CLIENT_SECRET": "secret", "REGION": "eu_central_1"}
    for name, value in {"UNIQUE_API_KEY": "key", **{f"GENESYS_{name}": value for name, value in real.items()}}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UNIQUE_ANALYTICS_REPORT_TYPES", allowed)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(MCPServer, "run", is_looked_at)
    assert main(["serve", "--demo", *backend]) == 0
    assert {type_.partition("_")[0] for type_ in offered} & {"CHAT", "GENESYS"} == services


def test_serve_ends_without_a_traceback_when_its_host_is_killed_in_the_middle_of_a_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answers_nobody(_server: MCPServer, _transport: str) -> None:
        raise ExceptionGroup("of the stream", [ExceptionGroup("of a call", [BrokenPipeError()])])

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(MCPServer, "run", answers_nobody)
    assert main(["serve", "--demo"]) == 0
    assert capsys.readouterr() == ("", "")


def test_serve_says_in_one_line_that_its_answers_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def answers_nobody(_server: MCPServer, _transport: str) -> None:
        full = OSError(errno.ENOSPC, "No space left on device")
        raise ExceptionGroup("of the stream", [ExceptionGroup("of a call", [full])])

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(MCPServer, "run", answers_nobody)
    with Path(os.devnull).open("w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["serve", "--demo"]) == 1
    assert capfd.readouterr().err == "unique-analytics-mcp: The result could not be written: No space left on device.\n"


def test_a_person_who_starts_what_a_host_should_start_is_told_why_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Typing())

    def hears_nobody(_server: MCPServer, _transport: str) -> None:
        """As if the host had left at once."""

    monkeypatch.setattr(MCPServer, "run", hears_nobody)
    assert main(["serve", "--demo"]) == 0
    assert capsys.readouterr() == ("", WAITS)


def test_serve_does_not_begin_where_no_access_could_be_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUDIT_FILE", str(tmp_path / "nowhere" / "audit.jsonl"))
    assert main(["serve", "--demo"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "UNIQUE_ANALYTICS_AUDIT_FILE names cannot be written" in err
    assert str(tmp_path) not in err


def test_ready_looks_at_the_audit_file_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUDIT_FILE", str(tmp_path / "audit.jsonl"))
    looked_at: list[str] = []

    def serve_nobody(*_: object, systems: Mapping[str, Look], **__: object) -> None:
        looked_at.extend(systems)

    monkeypatch.setattr(http, "serve_http", serve_nobody)
    assert main(["serve", "--demo", "--transport", "http"]) == 0
    assert looked_at == ["audit"]


class FullDisk(io.StringIO):
    """A log that takes nothing."""

    def write(self, _: str) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_server_begins_although_its_log_takes_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[bool] = []

    def serve_nobody(*_: object, ready: Callable[[str], None], **__: object) -> None:
        ready("http://127.0.0.1:8000/mcp")
        began.append(True)

    monkeypatch.setattr(http, "serve_http", serve_nobody)
    monkeypatch.setattr(sys, "stderr", FullDisk())
    assert main(["serve", "--demo", "--transport", "http"]) == 0
    assert began

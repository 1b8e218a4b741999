"""Signals that end a command: nothing temporary stays, and what whoever started it ignores stays ignored."""

import gc
import io
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
from mcp.server import MCPServer

from tenant import forget_environment
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.commands.serve import leaving_on_signals
from unique_analytics_mcp.doctor import gathering
from unique_analytics_mcp.settings import Settings


@pytest.fixture(autouse=True)
def _process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings from outside, nor what whoever started the tests ignores, such as `nohup` a closed terminal.

    What `serve` freezes for good must thaw, for this process goes on.
    """
    forget_environment(monkeypatch)
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    gc.unfreeze()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_what_serve_opened_and_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    monkeypatch.setattr(os, "_exit", sys.exit)
    opened, closed = ExitStack(), list[bool]()
    opened.callback(closed.append, True)
    with pytest.raises(SystemExit) as left, leaving_on_signals(opened):
        signal.raise_signal(number)
    assert left.value.code == code
    assert closed == [True]


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where this process makes its temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def when_it_serves(monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """Over stdio a signal comes as soon as it could answer, and the host leaves after that."""

    def signalled(_server: MCPServer, _transport: str) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(MCPServer, "run", signalled)
    monkeypatch.setattr(os, "_exit", sys.exit)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_as_ctrl_c_does_and_nothing_temporary_stays(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, number: signal.Signals
) -> None:
    def folders() -> list[Path]:
        return [*temporary.iterdir()]

    async def signalled(_settings: Settings) -> NoReturn:
        assert folders()
        signal.raise_signal(number)
        raise AssertionError("it went on")

    monkeypatch.setattr(gathering, "gather", signalled)
    assert main(["doctor", "--demo"]) == 130
    assert folders() == []
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_terminal_that_closes_ends_serve_as_sigterm_does(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    when_it_serves(monkeypatch, signal.SIGHUP)
    with pytest.raises(SystemExit) as left:
        main(["serve", "--demo"])
    assert left.value.code == 143
    assert [*temporary.iterdir()] == []


def test_under_nohup_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    when_it_serves(monkeypatch, signal.SIGHUP)
    assert main(["serve", "--demo"]) == 0
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

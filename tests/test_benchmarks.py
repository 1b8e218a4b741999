"""`make bench`, as a person starts it: only from the repository, without what pytest puts on the path."""

import subprocess
import sys
from pathlib import Path

from fakes import HANGS_S

ROOT = Path(__file__).parents[1]


def test_every_benchmark_can_be_loaded_from_the_repository_alone() -> None:
    command = [sys.executable, "-m", "bench", "--help"]
    shown = subprocess.run(
        command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=HANGS_S, check=True
    ).stdout
    for name in ("download", "cold_start", "first_number", "repeated", "load", "replicas"):
        assert name in shown

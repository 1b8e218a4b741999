"""What others check us with, and the server they check."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from processes import serving_process
from programs import Run, run_program


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Of the demo server over HTTP."""
    with serving_process({}, "--demo") as (url, _):
        yield url


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return partial(run_program, tmp_path)

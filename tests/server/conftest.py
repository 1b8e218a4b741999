"""Both protocol eras, and the way to renew snapshots: `pytest tests/server --update-snapshots`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write what is there now as what is expected")


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    """How a client connects: the revision of 2026-07-28, or a handshake of the older ones."""
    return request.param


@pytest.fixture
def matches_snapshot(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Compare a value with the snapshot of that name, or write it when asked to."""
    renew = request.config.getoption("--update-snapshots", default=False)

    def check(name: str, value: object) -> None:
        path = SNAPSHOTS / f"{name}.json"
        if renew:
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert value == expected, f"{path.name} differs: renew it with --update-snapshots when that is intended"

    return check

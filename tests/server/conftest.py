"""Both protocol eras, log lines as a collector reads them, and snapshots.

To renew these: `pytest tests/server --update-snapshots`.
"""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unique_analytics_mcp.server.logs import JsonLines

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


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What a collector reads: each record as JSON, formatted in the moment and the context it is written in."""
    read: list[dict[str, Any]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            read.append(json.loads(self.format(record)))

    collector = Collector()
    collector.setFormatter(JsonLines())
    logger = logging.getLogger("unique_analytics_mcp")
    logger.addHandler(collector)
    yield read
    logger.removeHandler(collector)

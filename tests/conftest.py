"""What tests of every folder may ask for, and a watch over the whole run: no secret and nobody in any log or trace."""

import logging
import re
import signal
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from shelves import House, SharedHouse
from spans import Spans, recording
from systems import Systems, systems

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts tests in its background has it ignored, and so would every process they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)

SECRETS = re.compile(
    r"ukey_\w+|a-secret-of-24-characters|very_secret|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|"
    r"[\w.]+@(nordwind|suedstern)\.example|BEGIN [A-Z ]*PRIVATE KEY"
)
"""API keys, shared secrets, bearer tokens and keys of the tests, and the mail addresses of pretended people."""


class Watch(logging.Handler):
    """Keeps what of a secret it sees in the lines that are logged."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.seen += [f"{found[0]} in a line of {record.name}" for found in SECRETS.finditer(line)]


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    watch = Watch()
    logging.getLogger().addHandler(watch)
    yield watch
    logging.getLogger().removeHandler(watch)


@pytest.fixture(autouse=True)
def no_secret_is_logged(watch: Watch) -> Iterator[None]:
    """Each test fails that makes anybody log a secret."""
    watch.seen.clear()
    yield
    assert watch.seen == []


@pytest.fixture(scope="session")
def spans() -> Spans:
    """What is traced: of the whole run, and to each test of itself alone."""
    return recording()


@pytest.fixture(autouse=True)
def no_secret_is_traced(spans: Spans) -> Iterator[None]:
    """Each test fails that makes anybody put a secret into a span."""
    spans.ended.clear()
    yield
    assert spans.holding(SECRETS) == []


@pytest.fixture(scope="session")
def shared_systems() -> Iterator[Systems]:
    """Redis and an S3 server, for tests that are marked `replicas`."""
    with systems() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "data")


@pytest.fixture(params=["house", pytest.param("shared_house", marks=pytest.mark.replicas)])
def any_house(request: pytest.FixtureRequest) -> House | SharedHouse:
    """For claims that hold for a folder and for what replicas share."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def shared_house(
    shared_systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[SharedHouse]:
    for name, value in shared_systems.aws.items():
        monkeypatch.setenv(name, value)
    house = SharedHouse(tmp_path / "copies", shared_systems, shared_systems.new_store())
    yield house
    for store in house.opened:
        await store.aclose()


_AS_IF_LARGE = {
    "encoding._BEGINNING": 128,
    "scan._CHUNK": 64,
    "pieces._ENOUGH": 512,
    "cutting._FIRST": 1,
    "cutting._WORTH_IT": 1,
    "cutting._MOST": 3,
}


@pytest.fixture
def as_if_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small reports are cut and typed as large ones are: piece by piece, into a table of many parts."""
    for name, value in _AS_IF_LARGE.items():
        monkeypatch.setattr(f"unique_analytics_mcp.analysis.{name}", value)

"""What tests of every folder may ask for."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from shelves import SharedHouse
from systems import Systems, systems


@pytest.fixture(scope="session")
def shared_systems() -> Iterator[Systems]:
    """Redis and an S3 server, for tests that are marked `replicas`."""
    with systems() as found:
        yield found


@pytest.fixture
async def shared_house(
    shared_systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[SharedHouse]:
    for name, value in shared_systems.aws.items():
        monkeypatch.setenv(name, value)
    house = SharedHouse(tmp_path / "copies", shared_systems, shared_systems.new_store())
    yield house
    for store in house.opened:
        await store.__aexit__()

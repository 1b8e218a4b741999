"""Each test of this folder is run over every backend, on a folder and on what replicas share."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from subjects import SUBJECTS, Subject
from systems import Systems
from unique_analytics_mcp.store import SharedStore


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def subject(request: pytest.FixtureRequest) -> Subject:
    """A backend with its pretend platform."""
    return request.param


@pytest.fixture(params=["folder", pytest.param("replicas", marks=pytest.mark.replicas)], autouse=True)
def _store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On real systems each service that a test opens is a replica with a folder of its own."""
    if request.param == "folder":
        return
    systems: Systems = request.getfixturevalue("shared_systems")
    for name, value in systems.aws.items():
        monkeypatch.setenv(name, value)
    url, numbers = systems.new_store(), count()

    def shared(folder: Path, now: Callable[[], datetime]) -> SharedStore:
        return SharedStore(
            folder / f"replica-{next(numbers)}",
            url=url,
            redis_url=systems.redis_url,
            retention=timedelta(days=7),
            max_bytes=10**9,
            now=now,
        )

    monkeypatch.setattr("houses.open_store", shared)

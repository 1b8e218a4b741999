"""Each test of this folder is run over every way a report comes, on a folder and on what replicas share.

Claims marked `placing` are about orders that the platform has, those marked `living_here` about the others: a subject
says in words why it is one of these (`Subject.lives_here`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from shelves import with_redis_on
from subjects import SUBJECTS
from systems import Systems
from unique_analytics_mcp.store import SharedStore


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the subjects it makes a claim about."""
    if "subject" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    chosen = [each for each in SUBJECTS if not marks & _LEFT_OUT[bool(each.lives_here)]]
    metafunc.parametrize("subject", chosen, ids=[each.name for each in chosen])


_LEFT_OUT = {True: {"placing"}, False: {"living_here"}}
"""For whether orders live here alone: the marks of claims that make no sense of them."""


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
        store = SharedStore(
            folder / f"replica-{next(numbers)}",
            url=url,
            redis_url=systems.redis_url,
            retention=timedelta(days=7),
            max_bytes=10**9,
            now=now,
        )
        return with_redis_on(store, now)

    monkeypatch.setattr("houses.open_store", shared)

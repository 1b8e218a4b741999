"""What others check us with, and the servers they check."""

import csv
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest

from hosts import TOKEN, TOKEN_NAME
from processes import serving_process
from programs import Run, Workplace, workplace
from tenant import MARCH, Tenant, tenant
from unique_analytics_mcp import run_analytics_order


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Of the demo server over HTTP."""
    with serving_process({}, "--demo") as (url, _):
        yield url


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant of forty people."""
    with pytest.MonkeyPatch.context() as patch, tenant(patch, tmp_path_factory.mktemp("store"), users=40) as pretended:
        yield pretended


@pytest.fixture(scope="session")
def open_address(platform: Tenant) -> Iterator[str]:
    """Of a server over HTTP that asks this tenant, and asks nobody who they are."""
    with serving_process(platform.environment) as (url, _):
        yield url


@pytest.fixture(scope="session")
def guarded_address(platform: Tenant) -> Iterator[str]:
    """Of one that demands the token."""
    asked = {"UNIQUE_ANALYTICS_AUTH": "token", TOKEN_NAME: TOKEN}
    with serving_process({**platform.environment, **asked}) as (url, _):
        yield url


@pytest.fixture(scope="session")
def truth(platform: Tenant, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Who used which assistant most in March, by a plain count over the rows of the platform's CSV."""
    who = {"user_id": platform.environment["UNIQUE_USER_ID"], "company_id": platform.environment["UNIQUE_COMPANY_ID"]}
    target = tmp_path_factory.mktemp("truth") / "march.csv"
    anyio.run(partial(run_analytics_order, **who, type="CHAT_INTERACTION", **MARCH, save_csv_to=target))
    counted: Counter[tuple[str, str]] = Counter()
    with target.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            counted[row["Email"], row["Assistant"]] += int(row["Count"])
    [((email, assistant), most), (_, next_most)] = counted.most_common(2)
    assert most > next_most
    return f"{email} used {assistant} most: {most} of {counted.total()} interactions"


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return workplace(tmp_path)


@pytest.fixture
def run(place: Workplace) -> Run:
    return place.run

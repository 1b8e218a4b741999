"""The typed tables that other people's SQL is tried on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.usage import NOVEMBER, OCTOBER, USAGE
from unique_analytics_mcp.analysis import intake
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """October and November as typed tables, and beside them a report that belongs to nobody here."""
    folder = tmp_path_factory.mktemp("reports")
    paths = list[Path]()
    for name, content in (("october", OCTOBER), ("november", NOVEMBER), ("secret", OCTOBER)):
        source, target = folder / f"{name}.csv", folder / f"{name}.parquet"
        source.write_bytes(content)
        intake.convert(source, target, USAGE)
        paths.append(target)
    return paths


@pytest.fixture(scope="module")
def tables(parquet: list[Path]) -> Iterator[Tables]:
    opened = Tables([Report(str(parquet[0]), "order_1"), Report(str(parquet[1]), "order_2")], stack=True)
    yield opened
    opened.close()

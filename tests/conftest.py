"""A watch over the whole run: no secret of any test, and nobody of any report, may stand in a log line."""

import logging
import re
from collections.abc import Iterator

import pytest

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

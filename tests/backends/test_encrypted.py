"""How much an encrypted connection reads at a time."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from authorities import Authority, make_authority
from unique_analytics_mcp.backends._trust import system_trust

RECORD = 16_384


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@dataclass(frozen=True, slots=True)
class Line:
    """Both ends of an encrypted connection."""

    here: ssl.SSLSocket
    there: ssl.SSLSocket

    def brings(self, *records: bytes) -> None:
        """What the other end sends is here when this returns."""
        for record in records:
            self.there.sendall(record)


@pytest.fixture
def line(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Generator[Line]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    ends: list[ssl.SSLSocket] = []
    near, far = socket.socketpair()
    near.settimeout(5.0)
    answering = threading.Thread(target=lambda: ends.append(authority.server.wrap_socket(far, server_side=True)))
    answering.start()
    with system_trust("linux").wrap_socket(near, server_hostname="127.0.0.1") as here:
        answering.join()
        with ends[0] as there:
            yield Line(here, there)


def test_a_read_brings_all_records_that_have_come(line: Line) -> None:
    line.brings(b"a" * RECORD, b"b" * RECORD, b"c" * 10)
    assert line.here.recv(4 * RECORD) == b"a" * RECORD + b"b" * RECORD + b"c" * 10


def test_a_read_brings_no_more_than_was_asked_for_and_the_next_one_the_rest(line: Line) -> None:
    line.brings(b"a" * RECORD, b"b" * RECORD)
    assert line.here.recv(RECORD + 1) == b"a" * RECORD + b"b"
    assert line.here.recv(2 * RECORD) == b"b" * (RECORD - 1)


def test_a_read_waits_for_its_first_byte_as_long_as_it_is_to_and_no_longer(line: Line) -> None:
    line.here.settimeout(0.01)
    with pytest.raises(TimeoutError):
        line.here.recv(RECORD)
    line.brings(b"a")
    assert line.here.recv(RECORD) == b"a"
    assert line.here.gettimeout() == 0.01


def test_the_end_comes_behind_what_came_before_it(line: Line) -> None:
    line.brings(b"a" * 10)
    line.there.shutdown(socket.SHUT_WR)
    assert line.here.recv(RECORD) == b"a" * 10
    assert line.here.recv(RECORD) == b""


def test_trouble_is_told_behind_what_came_before_it(line: Line) -> None:
    line.brings(b"a" * 10)
    os.write(line.there.fileno(), b"no record of any kind")
    assert line.here.recv(RECORD) == b"a" * 10
    with pytest.raises(ssl.SSLError):
        line.here.recv(RECORD)

"""Real systems on free ports of loopback, for claims about several replicas: Redis, an S3 server and a proxy.

The benchmark of replicas starts them too, so nothing else of the tests is imported here.
"""

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

BUCKET = "reports"
CONFIGURATION = """
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    option redispatch 1
listen replicas
    bind 127.0.0.1:{port}
    balance roundrobin
"""


@dataclass
class Systems:
    """Where Redis and the S3 server are."""

    redis_port: int
    s3_url: str

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def aws(self) -> dict[str, str]:
        """The usual variables, with invented credentials."""
        return {
            "AWS_ENDPOINT_URL": self.s3_url,
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_REGION": "eu-central-1",
        }

    def new_store(self) -> str:
        """The address of a store that nobody has used."""
        return f"s3://{BUCKET}/{uuid4().hex}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def started(command: Sequence[str], *, port: int) -> Generator[subprocess.Popen[bytes]]:
    """A process, from when it listens until it is killed."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not listens(port):
                assert process.poll() is None, command
            yield process
        finally:
            process.kill()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
    except OSError:
        return False
    return True


@contextmanager
def redis_server(port: int) -> Generator[subprocess.Popen[bytes]]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
    with started(command, port=port) as process:
        yield process


def not_installed() -> list[str]:
    """The programs that are needed and missing."""
    return [
        *(name for name in ("redis-server", "haproxy") if not shutil.which(name)),
        *(name for name in ("moto",) if not find_spec(name)),
    ]


@contextmanager
def systems() -> Generator[Systems]:
    """Redis and an S3 server with an empty bucket; skips the test where they are not installed."""
    if missing := not_installed():
        pytest.skip(f"{' and '.join(missing)} not installed; `make replicas` needs redis-server, haproxy and moto")
    redis_port, s3_port = free_port(), free_port()
    with ExitStack() as running:
        running.enter_context(redis_server(redis_port))
        running.enter_context(started([sys.executable, "-m", "moto.server", "-p", str(s3_port)], port=s3_port))
        found = Systems(redis_port, f"http://127.0.0.1:{s3_port}")
        httpx.put(f"{found.s3_url}/{BUCKET}", trust_env=False).raise_for_status()
        yield found


@contextmanager
def proxy(folder: Path, addresses: Sequence[str]) -> Generator[str]:
    """The address of a round-robin proxy before these."""
    port = free_port()
    servers = [f"    server replica{number} {address}" for number, address in enumerate(addresses)]
    path = folder / "haproxy.cfg"
    path.write_text(CONFIGURATION.format(port=port) + "\n".join(servers) + "\n")
    with started(["haproxy", "-W", "-f", str(path)], port=port) as process:
        yield f"http://127.0.0.1:{port}/mcp"
        process.send_signal(signal.SIGTERM)
        process.wait(10)

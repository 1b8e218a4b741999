"""Our own processes for measurements over HTTP, the server and a simulated platform, and how a call is written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from .measure import ROOT, child_environment

UNLIMITED: Final = {
    f"UNIQUE_ANALYTICS_{name}": "0" for name in ("CALLS_PER_MINUTE", "CALLS_AT_ONCE", "ORDERS_PER_HOUR")
}
"""Settings of a server that lets its callers ask as much as they can."""

_VERSION: Final = "2026-07-28"


@dataclass(frozen=True, slots=True)
class Server:
    """A server process."""

    address: str
    pid: int


@contextmanager
def serving(settings: Mapping[str, str]) -> Generator[Server]:
    """Our server over HTTP at a free port, killed at the end of the block."""
    with _started("serve", "--transport", "http", "--port", "0", settings=settings) as process:
        line = process.stderr.readline() if process.stderr else ""
        yield Server(address=line.split()[2], pid=process.pid)


@contextmanager
def platform(*, delay_s: float) -> Generator[dict[str, str]]:
    """The settings for a simulated platform whose orders are done after so long."""
    with _started("simulate", "--port", "0", "--users", "5", "--delay", str(delay_s), settings={}) as process:
        lines = iter(process.stdout or ())
        environment: dict[str, str] = {}
        while "GENESYS" not in (line := next(lines)):
            name, _, value = line.strip().partition("=")
            environment[name] = value
        yield environment


def tool_call(tool: str, arguments: Mapping[str, object]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one call, which needs no session."""
    meta = {"io.modelcontextprotocol/protocolVersion": _VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    headers = {
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": _VERSION,
        "mcp-method": "tools/call",
        "mcp-name": tool,
    }
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode(), headers


@contextmanager
def _started(*arguments: str, settings: Mapping[str, str]) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "unique_analytics_mcp", *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=child_environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()

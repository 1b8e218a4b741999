"""`python -m bench.loopback FOLDER`: a platform that has every order ready, fast enough never to be the bottleneck.

Serves `<type>-<any>.csv` of a folder as the report of the order of that name and type, by `sendfile`, on 127.0.0.1;
prints its base URL. Knows no client.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from .measure import ROOT, child_environment

_PREFIX: Final = "/public/chat"
_ORDERS: Final = f"{_PREFIX}/analytics/orders/"


@contextmanager
def served(folder: Path) -> Generator[str]:
    """The base URL of a server in its own process, which ends with the block."""
    command = [sys.executable, "-m", "bench.loopback", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


class _Platform(BaseHTTPRequestHandler):
    """Two calls: the state of an order, and its report."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, *args: object) -> None:
        self._folder = folder
        super().__init__(*args)  # pyright: ignore[reportArgumentType] - what the server hands over

    def do_GET(self) -> None:
        """Answer."""
        order_id, _, call = self.path.removeprefix(_ORDERS).partition("/")
        report = self._folder / f"{Path(order_id).name}.csv"
        if not self.path.startswith(_ORDERS) or not report.is_file():
            self._answer(HTTPStatus.NOT_FOUND, "application/json", 0)
        elif call == "download":
            self._send_report(report)
        else:
            self._send_order(order_id)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _send_order(self, order_id: str) -> None:
        days = {"startDate": "2025-11-01", "endDate": "2026-10-31"}
        order = {"id": order_id, "type": order_id.partition("-")[0], "state": "DONE", "configuration": days}
        body = json.dumps(order).encode()
        self._answer(HTTPStatus.OK, "application/json", len(body))
        self.wfile.write(body)

    def _send_report(self, report: Path) -> None:
        self._answer(HTTPStatus.OK, "text/csv; charset=utf-8", report.stat().st_size)
        with report.open("rb") as file:
            self.connection.sendfile(file)

    def _answer(self, status: HTTPStatus, content_type: str, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def main() -> None:
    """Serve until terminated."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Platform, Path(sys.argv[1])))
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}{_PREFIX}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()

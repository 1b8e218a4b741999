"""Codex's app server, which calls tools of the servers in its configuration without a model and without a login."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import IO, Any

from programs import INSTALLED, Workplace

PATIENCE_S = 120.0


class CodexRefused(Exception):
    """What it says of a request it could not do."""


@dataclass
class Codex:
    """Questions and answers, one line of JSON each."""

    to: IO[str]
    answers: IO[str]
    asked: int = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.asked += 1
        self._tell({"id": self.asked, "method": method, "params": params})
        answer = next(line for line in map(json.loads, self.answers) if line.get("id") == self.asked)
        if "error" in answer:
            raise CodexRefused(answer["error"]["message"])
        return answer["result"]

    def call(self, server: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """A tool's answer, in a conversation of its own."""
        thread = self.ask("thread/start")["thread"]["id"]
        return self.ask("mcpServer/tool/call", threadId=thread, server=server, tool=tool, arguments=arguments)

    def greet(self) -> None:
        self.ask("initialize", clientInfo={"name": "prove", "version": "1"})
        self._tell({"method": "initialized"})

    def _tell(self, message: dict[str, Any]) -> None:
        self.to.write(json.dumps(message) + "\n")
        self.to.flush()


@contextmanager
def app_server(place: Workplace, **variables: str) -> Generator[Codex]:
    """Running for the block, and not longer than a patient person would wait."""
    with subprocess.Popen(
        [INSTALLED / "codex", "app-server"],
        cwd=place.project,
        env=place.environment(**variables),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watch = Timer(PATIENCE_S, process.kill)
        watch.start()
        try:
            codex = Codex(process.stdin, process.stdout)
            codex.greet()
            yield codex
        finally:
            watch.cancel()
            process.kill()

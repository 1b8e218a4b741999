"""`python -m probes [WORDS ...] [--json]`: asks the real server over stdio; ends with 1 for a wrong answer.

Each server is a process of its own, as a host would start it; the simulated platform it talks to is served from here,
so that the truth can be read from it as well.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import Tool

from probes.asking import Question, ask
from probes.platforms import ASKED, Asked
from probes.report import Findings, together
from unique_analytics_mcp.render import tokens
from unique_analytics_mcp.simulator import serve_in_thread

_SERVE: Final = ["-m", "unique_analytics_mcp", "serve"]
_LONGEST_S: Final = 600.0
"""Seconds after which a run is given up."""


def main(argv: Sequence[str] | None = None) -> int:
    """Ask what was chosen, or everything; 0 when every answer is right."""
    parser = argparse.ArgumentParser(prog="python -m probes", description="Ask the real server what people ask.")
    parser.add_argument("words", nargs="*", metavar="WORDS", help="only questions that hold one of these")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    arguments = parser.parse_args(argv)
    chosen = [replace(each, questions=_chosen(each.questions, arguments.words)) for each in ASKED]
    if not any(each.questions for each in chosen):
        parser.error("no question holds these words")
    findings = anyio.run(probe, [each for each in chosen if each.questions])
    print(findings.as_json() if arguments.json else findings.as_text())
    return 1 if findings.wrong else 0


def _chosen(questions: Sequence[Question], words: Sequence[str]) -> Sequence[Question]:
    return [each for each in questions if not words or any(word.lower() in each.text.lower() for word in words)]


async def probe(platforms: Sequence[Asked]) -> Findings:
    """Ask about all platforms side by side, each of a server of its own; what is found stands in their order."""
    found: dict[str, Findings] = {}

    async def ask_about(asked: Asked) -> None:
        found[asked.name] = await _probe(asked)

    with anyio.fail_after(_LONGEST_S):
        async with anyio.create_task_group() as tasks:
            for each in platforms:
                tasks.start_soon(ask_about, each)
    return together([found[each.name] for each in platforms])


async def _probe(asked: Asked) -> Findings:
    platform = asked.platform()
    with serve_in_thread(platform.app) as url:
        truth = asked.true(platform, url)
        with _settings({**truth.environment, **asked.settings}) as settings:
            server = StdioServerParameters(command=sys.executable, args=_SERVE, env=settings)
            async with Client(server) as client:
                definitions = (await client.list_tools()).tools
                outcomes = [
                    await ask(client, each, truth, clock=time.perf_counter, platform=asked.name)
                    for each in asked.questions
                ]
    return Findings(outcomes, {asked.name: sum(map(_definition_tokens, definitions))})


def _definition_tokens(tool: Tool) -> int:
    return tokens(json.dumps(tool.model_dump(mode="json", by_alias=True, exclude_none=True), separators=(",", ":")))


@contextmanager
def _settings(environment: Mapping[str, str]) -> Generator[dict[str, str]]:
    """The environment of a server that keeps what it fetches in a folder of this run."""
    with TemporaryDirectory(prefix="unique-analytics-probes-") as folder:
        exports = Path(folder, "exports")
        exports.mkdir()
        yield {
            **environment,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "UNIQUE_ANALYTICS_DATA_DIR": folder,
            "UNIQUE_ANALYTICS_EXPORT_DIR": str(exports),
            "UNIQUE_ANALYTICS_POLL_SECONDS": "0.02",
        }


if __name__ == "__main__":
    raise SystemExit(main())

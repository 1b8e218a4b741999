"""`python -m probes [WORDS ...] [--json]`: asks the real server over stdio; ends with 1 for a wrong answer.

The server is a process of its own, as a host would start it; the simulated platform it talks to is served from here,
so that the truth can be read from it as well.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import Tool

from probes.asking import Question, ask
from probes.questions import QUESTIONS
from probes.report import Findings
from probes.truth import Truth
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.render import tokens
from unique_analytics_mcp.simulator import SimulatorSettings, serve_in_thread
from unique_analytics_mcp.simulator.unique.reports import REPORTS

_SERVE: Final = ["-m", "unique_analytics_mcp", "serve"]
_LONGEST_S: Final = 600.0
"""Seconds after which a run is given up."""


def main(argv: Sequence[str] | None = None) -> int:
    """Ask what was chosen, or everything; 0 when every answer is right."""
    parser = argparse.ArgumentParser(prog="python -m probes", description="Ask the real server what people ask.")
    parser.add_argument("words", nargs="*", metavar="WORDS", help="only questions that hold one of these")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    arguments = parser.parse_args(argv)
    chosen = [each for each in QUESTIONS if _is_chosen(each, arguments.words)]
    if not chosen:
        parser.error("no question holds these words")
    findings = anyio.run(probe, chosen)
    print(findings.as_json() if arguments.json else findings.as_text())
    return 1 if findings.wrong else 0


def _is_chosen(question: Question, words: Sequence[str]) -> bool:
    return not words or any(each.lower() in question.text.lower() for each in words)


async def probe(questions: Sequence[Question]) -> Findings:
    """Ask a server of its own, one question after the other."""
    platform = UniquePlatform(SimulatorSettings(delay_s=0))
    with serve_in_thread(platform.app) as url:
        truth = Truth(platform.environment(url), platform.tenant.today)
        with _settings(truth) as settings, anyio.fail_after(_LONGEST_S):
            server = StdioServerParameters(command=sys.executable, args=_SERVE, env=settings)
            async with Client(server) as client:
                definitions = (await client.list_tools()).tools
                outcomes = [await ask(client, each, truth, clock=time.perf_counter) for each in questions]
    return Findings(outcomes, sum(map(_definition_tokens, definitions)))


def _definition_tokens(tool: Tool) -> int:
    return tokens(json.dumps(tool.model_dump(mode="json", by_alias=True, exclude_none=True), separators=(",", ":")))


@contextmanager
def _settings(truth: Truth) -> Generator[dict[str, str]]:
    """The environment of a server that serves every report and keeps what it fetches in a folder of this run."""
    with TemporaryDirectory(prefix="unique-analytics-probes-") as folder:
        exports = Path(folder, "exports")
        exports.mkdir()
        yield {
            **truth.environment,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "UNIQUE_ANALYTICS_DATA_DIR": folder,
            "UNIQUE_ANALYTICS_EXPORT_DIR": str(exports),
            "UNIQUE_ANALYTICS_POLL_SECONDS": "0.02",
            "UNIQUE_ANALYTICS_REPORT_TYPES": ",".join(REPORTS),
        }


if __name__ == "__main__":
    raise SystemExit(main())

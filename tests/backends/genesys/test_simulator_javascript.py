"""The vendor's own JavaScript SDK, unchanged, against the pretend Genesys Cloud: a second reader of the same wire.

`make vendor` installs it into a folder of the virtual environment, and runs this.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import anyio
import pytest

from organisation import NOW, WEEK
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform
from unique_analytics_mcp.backends.genesys.simulator_periods import Interval
from unique_analytics_mcp.simulator import SimulatorSettings, serve

pytestmark = pytest.mark.vendor

FOLDER = Path(sys.prefix) / "vendor"


async def test_the_sdk_reads_aggregates_and_follows_a_job_to_its_deletion(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    platform = GenesysPlatform(SimulatorSettings(users=40, delay_s=0.0), now=lambda: NOW)
    async with serve(platform.app) as url:
        for name, value in {**platform.environment(url), "INTERVAL": WEEK, "HOME": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        visit = await anyio.run_process(["node", "visit.mjs"], cwd=FOLDER, stderr=None)
    seen = json.loads(visit.stdout)

    window = Interval.parse(WEEK)
    raw = list(platform.archive.active_in(window))
    assert (seen["state"], seen["gone"]) == ("FULFILLED", 404)
    assert seen["ids"] == [conversation.conversation_id for conversation in raw]
    handled = Counter[str]()
    for session in (session for conversation in raw for _, session in conversation.sessions()):
        for metric in session.metrics:
            if metric.name == "tHandle" and window.start_ms <= metric.emitted_ms < window.end_ms:
                handled[session.media_type] += metric.value
    results = seen["aggregates"]["results"]
    sums = {result["group"]["mediaType"]: result["data"][0]["metrics"][0]["stats"]["sum"] for result in results}
    assert sums == handled

"""A whole server process at its most talkative, walked from end to end: what it writes anywhere holds no secret.

Its answers are for the caller, who may see people; log lines, figures, errors, audit file and traces are for others.
"""

import re
import signal
import threading
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from collector import collecting
from fakes import HANGS_S
from processes import serving_process
from tenant import MARCH, tenant
from unique_analytics_mcp.__main__ import main
from walking import everything_said, orders_of

SHARED = "the-shared-secret-of-this-test"
TYPES = ("CHAT_INTERACTION", "NPS")
FAULTS = "500@list,403@get,429@get"


@pytest.mark.thorough
async def test_a_whole_walk_leaves_no_secret_in_logs_figures_errors_audit_or_traces(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audit = tmp_path / "audit.jsonl"
    with tenant(monkeypatch, tmp_path / "store", faults=FAULTS) as pretended, collecting() as collector:
        environment = {
            **pretended.environment,
            "UNIQUE_ANALYTICS_AUTH": "token",
            "UNIQUE_ANALYTICS_AUTH_TOKEN": SHARED,
            "UNIQUE_ANALYTICS_LOG_LEVEL": "DEBUG",
            "UNIQUE_ANALYTICS_LOG_FORMAT": "json",
            "UNIQUE_ANALYTICS_AUDIT_FILE": str(audit),
            "UNIQUE_ANALYTICS_EXPORT_DIR": str(tmp_path),
            "UNIQUE_ANALYTICS_CALLS_PER_MINUTE": "0",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        }
        logged: list[str] = []
        with serving_process(environment) as (address, process), anyio.fail_after(HANGS_S):
            reader = threading.Thread(target=lambda: logged.extend(process.stderr or ()))
            reader.start()
            headers = {"authorization": f"Bearer {SHARED}"}
            async with httpx2.AsyncClient(trust_env=False, verify=False, headers=headers, timeout=HANGS_S) as web:
                await web.post(address, json={}, headers={"authorization": f"Bearer {SHARED} and more"})
                async with Client(streamable_http_client(address, http_client=web)) as client:
                    said = await everything_said(client, await orders_of(client, TYPES, MARCH))
                figures = (await web.get(address.replace("/mcp", "/metrics"))).text
            process.send_signal(signal.SIGTERM)
            await anyio.to_thread.run_sync(process.wait)
            reader.join()
    answers = "\n".join(each.text for each in said)
    errors = "\n".join(each.text for each in said if each.is_error)
    log, noted = "".join(logged), await anyio.Path(audit).read_text()
    traced = "\n".join(collector.texts)
    people = set(re.findall(r"[\w.]+@[\w.]+\.example", answers))
    secrets = {pretended.environment["UNIQUE_API_KEY"], SHARED}
    assert people
    assert '"level": "debug"' in log
    assert "unique_analytics_upstream_requests_total" in figures
    assert main(["audit", "verify", str(audit)]) == 0
    assert {"tools/call run_analytics_report", "download report"} <= collector.names
    for where in (log, figures, noted, errors, traced):
        assert [word for word in {*secrets, *people} if word in where] == []
    assert [word for word in {*secrets, str(tmp_path)} if word in answers] == []

"""The official suite: what each revision of the protocol demands of a server; `make prove` runs this."""

from pathlib import Path

import pytest

from programs import Run

pytestmark = pytest.mark.prove

HERE = Path(__file__).parent


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_a_revision_is_met_but_for_what_only_an_example_server_has(run: Run, address: str, revision: str) -> None:
    baseline = str(HERE / f"{revision}.yml")
    ended = run("conformance", "server", "--url", address, "--requirements", revision, "--expected-failures", baseline)
    assert ended.returncode == 0, ended.stdout.partition("=== SUMMARY ===")[2]

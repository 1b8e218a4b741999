"""The whole loop of a real host, Claude Code, but for the model, whose part a script plays; `make prove` runs these."""

import pytest

from hosts import CLAUDE, QUIET, TOKEN, TOKEN_NAME, equip, values_of
from programs import Workplace
from scripted_model import ScriptedModel, Step, modelled
from tenant import MARCH, Tenant

pytestmark = pytest.mark.prove

OURS = "mcp__unique-analytics__"
SEARCH = Step("ToolSearch", {"query": "analytics who used which assistant most", "max_results": 5})
ASK = Step(f"{OURS}run_analytics_report", {"type": "CHAT_INTERACTION", **MARCH})
MISTAKE = Step(f"{OURS}run_analytics_report", {"type": "CHAT_INTERACTION_DETAILED", **MARCH})
CATALOGUE = Step("ReadMcpResourceTool", {"server": "unique-analytics", "uri": "analytics://reports"})


def followed(place: Workplace, model: ScriptedModel, **variables: str) -> None:
    """Claude Code asked a question, with nothing but our file and this model."""
    ended = place.run(
        *("claude", "-p", "Who used which assistant most in March 2025?"),
        *("--mcp-config", ".mcp.json", "--strict-mcp-config"),
        *("--allowedTools", "mcp__unique-analytics", "ReadMcpResourceTool"),
        ANTHROPIC_BASE_URL=model.url,
        ANTHROPIC_API_KEY="sk-nobody",
        **QUIET,
        **variables,
    )
    assert ended.returncode == 0, ended.stdout


def test_the_model_is_shown_the_right_number_by_a_process(place: Workplace, platform: Tenant, truth: str) -> None:
    equip(place, CLAUDE, "clients", values_of(platform))
    with modelled(SEARCH, ASK) as model:
        followed(place, model)
    found, answered = model.shown
    assert ASK.tool in found
    assert truth in answered


def test_the_model_is_shown_the_right_number_at_an_address_with_a_token(
    place: Workplace, guarded_address: str, truth: str
) -> None:
    equip(place, CLAUDE, "clients/token", url=guarded_address)
    with modelled(ASK) as model:
        followed(place, model, **{TOKEN_NAME: TOKEN})
    assert truth in model.shown[0]


def test_the_model_is_told_how_to_mend_its_mistake_and_may_read_the_catalogue(
    place: Workplace, platform: Tenant
) -> None:
    equip(place, CLAUDE, "clients", values_of(platform))
    with modelled(MISTAKE, CATALOGUE) as model:
        followed(place, model)
    refused, read = model.shown
    assert "14 days" in refused
    assert "2025-03-01..2025-03-14" in refused
    assert "CHAT_INTERACTION_DETAILED" in read

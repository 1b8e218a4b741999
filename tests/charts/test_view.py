"""The interactive view as a file: what it may do is decided by its own content policy."""

import base64
import hashlib
import re

import pytest

from unique_analytics_mcp.charts import view_html

VIEW = view_html()


def between(tag: str) -> str:
    (found,) = re.findall(rf"<{tag}>(.*?)</{tag}>", VIEW, flags=re.DOTALL)
    return found


def test_the_view_asks_for_nothing_outside_itself() -> None:
    addresses = set(re.findall(r"\w+://[^\s\"'`]+", VIEW))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import|localStorage|cookie)\b|@import|url\(", VIEW)
    assert len(VIEW) < 20_000


@pytest.mark.parametrize("tag", ["script", "style"])
def test_its_policy_allows_its_own_script_and_style_and_nothing_else(tag: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', VIEW)
    digest = base64.b64encode(hashlib.sha256(between(tag).encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"{tag}-src 'sha256-{digest}'" in policy, f"{tag} was changed: its hash is now sha256-{digest}"
    assert "unsafe" not in policy


def test_what_people_wrote_never_becomes_markup() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|srcdoc", VIEW)
    assert not re.search(r"\son\w+=|style=", VIEW)
    assert "source !== window.parent" in between("script")

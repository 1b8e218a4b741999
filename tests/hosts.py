"""Real hosts that run without a window: where each finds the file we make for it, and what it says of our servers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from manifests.making import files
from manifests.making.facts import facts
from programs import Ended, Workplace
from tenant import Tenant

FILES = files()
TOKEN_NAME, TOKEN = "UNIQUE_ANALYTICS_AUTH_TOKEN", "a-secret-that-all-callers-share"


@dataclass(frozen=True, slots=True)
class Host:
    """A program that lists its servers after it has connected to each."""

    program: str
    file: str
    """Ours for it, below `manifests/clients`."""
    found_at: str
    """Where it looks for that file, below the folder of a workplace."""


CLAUDE = Host("claude", "claude-code.json", "project/.mcp.json")
HOSTS = {
    "Claude Code": CLAUDE,
    "Gemini CLI": Host("gemini", "gemini.json", "project/.gemini/settings.json"),
    "opencode": Host("opencode", "opencode.json", "project/opencode.json"),
}
CODEX = Host("codex", "codex.toml", "home/.codex/config.toml")

TRUSTING = {"home/.claude/settings.json": '{"enableAllProjectMcpServers": true}'}
"""What a person agrees to in a window: to use the servers of a project."""
QUIET = {"GEMINI_CLI_TRUST_WORKSPACE": "true", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}


def equip(place: Workplace, host: Host, folder: str, values: Mapping[str, str] | None = None, url: str = "") -> None:
    """Give a host our file out of `clients/`, `clients/remote/` or `clients/token/`, filled in as its user would."""
    place.put(host.found_at, filled(FILES[f"{folder}/{host.file}"], values or {}, url))
    for path, text in TRUSTING.items():
        place.put(path, text)


def filled(text: str, values: Mapping[str, str], url: str) -> str:
    """Our examples replaced: settings by their names, and our address."""
    for name, value in values.items():
        text = re.sub(rf'(\b{name}"?\s*[:=]\s*)"[^"]*"', rf'\g<1>"{value}"', text)
    return text.replace(facts().url, url)


def values_of(platform: Tenant) -> dict[str, str]:
    """The settings that our files ask for."""
    known = platform.environment
    return {
        "UNIQUE_API_BASE_URL": known["UNIQUE_API_BASE"].removesuffix("/public/chat"),
        "UNIQUE_APP_KEY": known["UNIQUE_API_KEY"],
        "UNIQUE_APP_ID": known["UNIQUE_APP_ID"],
        "UNIQUE_AUTH_COMPANY_ID": known["UNIQUE_COMPANY_ID"],
        "UNIQUE_AUTH_USER_ID": known["UNIQUE_USER_ID"],
    }


def listed(place: Workplace, host: Host, **variables: str) -> Ended:
    return place.run(host.program, "mcp", "list", **QUIET, **variables)


def standings(ended: Ended) -> dict[str, bool]:
    """Whether the host is connected, by the name of each server."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", ended.stdout)
    said = re.findall(r"^\W*(unique-analytics(?:-demo)?):?\s(.*)", plain, flags=re.MULTILINE)
    return {name: re.search(r"\bconnected\b", words, re.IGNORECASE) is not None for name, words in said}

"""How each host is told of the server: as a process of its own, and at an address.

Formats as read and tried on 2026-11-21 (mcp.md 6.3); Unique's own form takes an address without a query
(unique-api.md 7).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from manifests.making.facts import EXAMPLES, TITLE, Facts

NAME: Final = "unique-analytics"
DEMO: Final = f"{NAME}-demo"

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Process:
    """How a server is started by its host."""

    command: str
    args: tuple[str, ...]
    env: Mapping[str, str]

    @property
    def entry(self) -> Entry:
        """In the words that most hosts share."""
        env = {"env": dict(self.env)} if self.env else {}
        return {"command": self.command, "args": list(self.args), **env}


Written = Callable[[Mapping[str, Process]], str]
WrittenUrl = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Client:
    """One host."""

    title: str
    file: str
    """Its name below `clients/`."""
    place: str
    """Where its user puts it."""
    processes: Written
    url: WrittenUrl | None
    """None where an address is entered in the host's own window."""


def client_files(facts: Facts) -> dict[str, str]:
    """Every client's file by its path."""
    processes = {
        DEMO: Process(facts.name, ("serve", "--demo"), {}),
        NAME: Process(facts.name, ("serve",), {facts.named(field).name: EXAMPLES[field] for field in EXAMPLES}),
    }
    local = {f"clients/{client.file}": client.processes(processes) for client in CLIENTS}
    remote = {f"clients/remote/{client.file}": client.url(facts.url) for client in CLIENTS if client.url}
    return {**local, **remote, "clients/unique-connector.md": _connector(facts)}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _under(key: str, **more: str) -> Written:
    """Entries in the common words under this key, with `more` in each."""
    return lambda processes: _json({key: {name: {**more, **process.entry} for name, process in processes.items()}})


def _url_under(key: str, word: str = "url", **more: str) -> WrittenUrl:
    return lambda url: _json({key: {NAME: {**more, word: url}}})


def _vscode(processes: Mapping[str, Process]) -> str:
    """The key is asked for and kept by the editor."""
    asked = {"type": "promptString", "id": "unique-key", "description": "Unique API key", "password": True}
    servers = json.loads(_under("servers", type="stdio")(processes))["servers"]
    for server in servers.values():
        for name, value in server.get("env", {}).items():
            if value == EXAMPLES["api_key"]:
                server["env"][name] = "${input:unique-key}"
    return _json({"inputs": [asked], "servers": servers})


def _codex(processes: Mapping[str, Process]) -> str:
    tables = [f"[mcp_servers.{name}]\n{_toml(process.entry)}" for name, process in processes.items()]
    return "\n".join(tables)


def _toml(entry: Entry) -> str:
    return "".join(f"{key} = {_toml_value(value)}\n" for key, value in entry.items())


def _toml_value(value: object) -> str:
    """Strings and lists are written as in JSON, tables in one line."""
    if isinstance(value, dict):
        pairs = cast("dict[str, str]", value)
        return f"{{ {', '.join(f'{key} = {_toml_value(text)}' for key, text in pairs.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def _opencode(processes: Mapping[str, Process]) -> str:
    entries = {name: _opencode_entry(process) for name, process in processes.items()}
    return _json({"$schema": "https://opencode.ai/config.json", "mcp": entries})


def _opencode_entry(process: Process) -> Entry:
    environment = {"environment": dict(process.env)} if process.env else {}
    return {"type": "local", "command": [process.command, *process.args], **environment}


def _opencode_url(url: str) -> str:
    return _json({"$schema": "https://opencode.ai/config.json", "mcp": {NAME: {"type": "remote", "url": url}}})


def _connector(facts: Facts) -> str:
    return f"""# {TITLE} in Unique AI: the MCP connector

| field | value |
|---|---|
| Name | {TITLE} |
| URL | `{facts.url}` |

The form takes an address without a query, so nothing about the caller stands in it. Unique's chat reads the text of an
answer alone; each answer of this server is complete as text.
"""


CLIENTS: Final = (
    Client("Claude Desktop", "claude-desktop.json", "`claude_desktop_config.json`", _under("mcpServers"), None),
    Client(
        "Claude Code",
        "claude-code.json",
        "`.mcp.json` in the project",
        _under("mcpServers", type="stdio"),
        _url_under("mcpServers", type="http"),
    ),
    Client("VS Code", "vscode.json", "`.vscode/mcp.json`", _vscode, _url_under("servers", type="http")),
    Client("Cursor", "cursor.json", "`.cursor/mcp.json`", _under("mcpServers"), _url_under("mcpServers")),
    Client(
        "Windsurf",
        "windsurf.json",
        "`~/.codeium/windsurf/mcp_config.json`",
        _under("mcpServers"),
        _url_under("mcpServers", "serverUrl"),
    ),
    Client("Zed", "zed.json", "`settings.json`", _under("context_servers"), _url_under("context_servers")),
    Client(
        "Gemini CLI",
        "gemini.json",
        "`.gemini/settings.json`",
        _under("mcpServers"),
        _url_under("mcpServers", "httpUrl"),
    ),
    Client(
        "Codex CLI",
        "codex.toml",
        "`~/.codex/config.toml`",
        _codex,
        lambda url: f"[mcp_servers.{NAME}]\n{_toml({'url': url})}",
    ),
    Client("opencode", "opencode.json", "`opencode.json`", _opencode, _opencode_url),
)

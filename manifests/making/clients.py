"""How each host is told of the server: as a process of its own, and at an address.

Formats as read and tried on 2026-11-21 (mcp.md 6.3); those of programs that run without a window are proven by
`make prove`. Unique's own form takes an address without a query (unique-api.md 7).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from manifests.making.facts import EXAMPLES, TITLE, Facts, as_json

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a company's own server is, and what it is told about the caller."""

    url: str
    secret: str | None = None
    """Name of the variable with the secret that callers share; None where the host asks its user to log in."""


Written = Callable[[Mapping[str, Process]], str]
WrittenUrl = Callable[[Address], str]


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
    shown_by: str = "its list of servers"
    """Where its user sees that it is connected."""


def client_files(facts: Facts) -> dict[str, str]:
    """Every client's file by its path."""
    processes = {
        DEMO: Process(facts.name, ("serve", "--demo"), {}),
        NAME: Process(facts.name, ("serve",), {facts.named(field).name: EXAMPLES[field] for field in EXAMPLES}),
    }
    login, token = Address(url=facts.url), Address(url=facts.url, secret=facts.named("auth_token").name)
    local = {f"clients/{client.file}": client.processes(processes) for client in CLIENTS}
    remote = {f"clients/remote/{client.file}": client.url(login) for client in CLIENTS if client.url}
    shared = {f"clients/token/{client.file}": client.url(token) for client in CLIENTS if client.url}
    return {**local, **remote, **shared, "clients/unique-connector.md": _connector(facts)}


def _under(key: str, **more: str) -> Written:
    """Entries in the common words under this key, with `more` in each."""
    return lambda processes: as_json({key: _entries(processes, **more)})


def _entries(processes: Mapping[str, Process], **more: str) -> dict[str, Entry]:
    return {name: {**more, **process.entry} for name, process in processes.items()}


def _url_under(key: str, *, reads: str, word: str = "url", **more: str) -> WrittenUrl:
    """`reads` is how the host is told to read the variable NAME of its environment."""
    return lambda address: as_json({key: {NAME: {**more, word: address.url, **_headers(address, reads)}}})


def _headers(address: Address, reads: str) -> Entry:
    if address.secret is None:
        return {}
    return {"headers": {"Authorization": f"Bearer {reads.replace('NAME', address.secret)}"}}


def _vscode(processes: Mapping[str, Process]) -> str:
    """The key is asked for and kept by the editor."""
    servers = _entries(processes, type="stdio")
    for server in servers.values():
        for name, value in server.get("env", {}).items():
            if value == EXAMPLES["api_key"]:
                server["env"][name] = "${input:unique-key}"
    return as_json({"inputs": [_asked("unique-key", "Unique API key")], "servers": servers})


def _vscode_url(address: Address) -> str:
    entry = {"type": "http", "url": address.url, **_headers(address, "${input:analytics-token}")}
    asked = {"inputs": [_asked("analytics-token", "Token of the analytics server")]} if address.secret else {}
    return as_json({**asked, "servers": {NAME: entry}})


def _asked(name: str, description: str) -> Entry:
    return {"type": "promptString", "id": name, "description": description, "password": True}


def _codex(processes: Mapping[str, Process]) -> str:
    tables = [f"[mcp_servers.{name}]\n{_toml(process.entry)}" for name, process in processes.items()]
    return "\n".join(tables)


def _codex_url(address: Address) -> str:
    secret = {"bearer_token_env_var": address.secret} if address.secret else {}
    return f"[mcp_servers.{NAME}]\n{_toml({'url': address.url, **secret})}"


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
    return as_json({"$schema": "https://opencode.ai/config.json", "mcp": entries})


def _opencode_entry(process: Process) -> Entry:
    environment = {"environment": dict(process.env)} if process.env else {}
    return {"type": "local", "command": [process.command, *process.args], **environment}


def _opencode_url(address: Address) -> str:
    """With a secret it need not look for a login."""
    secret = {"oauth": False, **_headers(address, "{env:NAME}")} if address.secret else {}
    entry = {"type": "remote", "url": address.url, **secret}
    return as_json({"$schema": "https://opencode.ai/config.json", "mcp": {NAME: entry}})


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
        _url_under("mcpServers", reads="${NAME}", type="http"),
        "`claude mcp list`",
    ),
    Client("VS Code", "vscode.json", "`.vscode/mcp.json`", _vscode, _vscode_url),
    Client(
        "Cursor",
        "cursor.json",
        "`.cursor/mcp.json`",
        _under("mcpServers"),
        _url_under("mcpServers", reads="${env:NAME}"),
    ),
    Client(
        "Windsurf",
        "windsurf.json",
        "`~/.codeium/windsurf/mcp_config.json`",
        _under("mcpServers"),
        _url_under("mcpServers", reads="${env:NAME}", word="serverUrl"),
    ),
    Client(
        "Zed",
        "zed.json",
        "`settings.json`",
        _under("context_servers"),
        _url_under("context_servers", reads="…"),  # it reads no variables: the secret goes here
    ),
    Client(
        "Gemini CLI",
        "gemini.json",
        "`.gemini/settings.json`",
        _under("mcpServers"),
        _url_under("mcpServers", reads="${NAME}", word="httpUrl"),
        "`gemini mcp list`",
    ),
    Client(
        "Codex CLI",
        "codex.toml",
        "`~/.codex/config.toml`",
        _codex,
        _codex_url,
        "`/mcp`",
    ),
    Client("opencode", "opencode.json", "`opencode.json`", _opencode, _opencode_url, "`opencode mcp list`"),
)

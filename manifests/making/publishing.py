"""What catalogues of MCP servers read: the registry's `server.json` and the manifest of a Claude Desktop bundle.

The schemas are those of 2025-12-11 and of manifest version 0.4, the first that knows `uv` (mcp.md 6.1 and 6.2, read
2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from manifests.making.facts import AUTHORS, EXAMPLES, NAMESPACE, SUMMARY, TITLE, Facts, Setting, as_json

_SCHEMA: Final = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

BUNDLED: Final = ("pyproject.toml", "README.md", "LICENSE", "src")
"""What a bundle holds of the repository, beside its manifest."""


def registry_name(facts: Facts) -> str:
    """The server's name in the registry; the README must hold it too."""
    return f"{NAMESPACE}/{facts.name}"


def server_json(facts: Facts) -> str:
    """For the MCP registry."""
    return as_json(
        {
            "$schema": _SCHEMA,
            "name": registry_name(facts),
            "title": TITLE,
            "description": SUMMARY,
            "version": facts.version,
            "packages": [
                {
                    "registryType": "pypi",
                    "identifier": facts.name,
                    "version": facts.version,
                    "runtimeHint": "uvx",
                    "transport": {"type": "stdio"},
                    "environmentVariables": [_variable(setting) for setting in facts.required],
                }
            ],
        }
    )


def _variable(setting: Setting) -> dict[str, object]:
    return {
        "name": setting.name,
        "description": setting.meaning,
        "isRequired": True,
        "isSecret": setting.is_secret,
        "placeholder": EXAMPLES[setting.field],
    }


def mcpb_manifest(facts: Facts) -> str:
    """For a bundle of the repository itself, whose dependencies `uv` brings."""
    return as_json(
        {
            "manifest_version": "0.4",
            "name": facts.name,
            "display_name": TITLE,
            "version": facts.version,
            "description": SUMMARY,
            "long_description": facts.description,
            "author": {"name": AUTHORS},
            "license": facts.license,
            "keywords": list(facts.keywords),
            "server": _server(facts),
            "tools": [{"name": name, "description": text} for name, text in facts.tools.items()],
            "tools_generated": False,
            "compatibility": {"platforms": ["darwin", "win32", "linux"], "runtimes": {"python": facts.python}},
            "user_config": {setting.field: _asked(setting) for setting in facts.required},
        }
    )


def _server(facts: Facts) -> dict[str, Any]:
    return {
        "type": "uv",
        "entry_point": "src/unique_analytics_mcp/__main__.py",
        "mcp_config": {
            "command": "uv",
            "args": ["run", "--directory", "${__dirname}", facts.name, "serve"],
            "env": {setting.name: f"${{user_config.{setting.field}}}" for setting in facts.required},
        },
    }


def _asked(setting: Setting) -> dict[str, object]:
    return {
        "type": "string",
        "title": setting.name,
        "description": setting.meaning,
        "required": True,
        "sensitive": setting.is_secret,
    }

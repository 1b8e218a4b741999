"""The table: everything about the package that more than one file repeats, taken from its source where it stands there.

What is decided here, and nowhere else, are names that only a publisher or an operator can know; they are examples.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from unique_analytics_mcp import __version__
from unique_analytics_mcp.commands.telling import PROGRAM
from unique_analytics_mcp.server.http import Exposure
from unique_analytics_mcp.server.tools import tools
from unique_analytics_mcp.settings import Settings, setting_names

ROOT: Final = Path(__file__).parents[2]

TITLE: Final = "Unique Analytics"
SUMMARY: Final = "Exact answers from Unique AI analytics orders: who used which assistant most, what models cost."
"""At most 100 characters (server.json)."""
NAMESPACE: Final = "io.github.unique-analytics-mcp"
"""The publisher's, in the MCP registry."""
AUTHORS: Final = "The unique_analytics_mcp authors"

HOST: Final = "analytics.example.com"
GATEWAY: Final = "https://gateway.example.unique.app"
ISSUER: Final = "https://id.example.com"
BUCKET: Final = "s3://reports-example-com/unique-analytics"
EXAMPLES: Final[Mapping[str, str]] = {
    "api_base_url": GATEWAY,
    "api_key": "ukey_…",
    "app_id": "app_…",
    "company_id": "…",
    "user_id": "…",
}
"""By field of `Settings`: what a server cannot do without, and how it looks."""
IDENTITY: Final = ("company_id", "user_id")
"""Those that each caller brings where they have a login of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of the server."""

    field: str
    name: str
    """Of its environment variable, the preferred one."""
    meaning: str
    is_secret: bool
    is_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the files are made of."""

    name: str
    version: str
    description: str
    license: str
    python: str
    """Versions that will do, as in pyproject.toml."""
    keywords: tuple[str, ...]
    port: int
    drain_s: int
    """Seconds that running calls get after SIGTERM."""
    settings: tuple[Setting, ...]
    tools: Mapping[str, str]
    """Name to what it does, in one sentence; those that are there unless an operator allows more."""

    def named(self, field: str) -> Setting:
        """The setting of that field."""
        return next(setting for setting in self.settings if setting.field == field)

    @property
    def required(self) -> tuple[Setting, ...]:
        """The settings that a server cannot do without, in the order in which they are asked for."""
        return tuple(map(self.named, EXAMPLES))

    @property
    def url(self) -> str:
        """Where a company's own server is reached, as an example."""
        return f"https://{HOST}/mcp"


def facts() -> Facts:
    """The facts as they are in the source now."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Facts(
        name=PROGRAM,
        version=__version__,
        description=project["description"],
        license=project["license"],
        python=project["requires-python"],
        keywords=tuple(project["keywords"]),
        port=Exposure().port,
        drain_s=int(Settings.model_fields["drain_seconds"].default),
        settings=_settings(),
        tools={tool.name: _first_sentence(tool.description) for tool in tools(allow_delete=False)},
    )


def _settings() -> tuple[Setting, ...]:
    meanings = setting_meanings()
    return tuple(
        Setting(
            field=field,
            name=names[0],
            meaning=meanings[field],
            is_secret="SecretStr" in str(Settings.model_fields[field].annotation),
            is_required=field in EXAMPLES,
        )
        for field, names in setting_names().items()
    )


def setting_meanings() -> dict[str, str]:
    """The text under each field of `Settings`, on one line."""
    (found,) = ast.parse(inspect.getsource(Settings)).body
    meanings: dict[str, str] = {}
    for field, text in pairwise(found.body if isinstance(found, ast.ClassDef) else ()):
        match (field, text):
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words)))):
                meanings[name] = " ".join(words.split())
            case _:
                pass
    return meanings


def _first_sentence(text: str) -> str:
    """The text up to its first full stop, that included."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def as_json(value: object) -> str:
    """The value as the files hold it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

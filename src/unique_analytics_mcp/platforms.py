"""The pretend platforms: one for each backend, for `simulate`, `demo` and `--demo`.

A table of names and of how to build what they name; nothing is imported before it is built. Knows no settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from unique_analytics_mcp.simulator import Platform, SimulatorSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretence:
    """A backend's pretend platform."""

    title: str
    prefixes: tuple[str, ...]
    """How the paths of its API begin; no two platforms share one."""
    build: Callable[[SimulatorSettings], Platform]
    stands_in: bool = False
    """True when its settings take the place of those of another."""


def _unique(settings: SimulatorSettings) -> Platform:
    from unique_analytics_mcp.backends.unique.simulator import UniquePlatform

    return UniquePlatform(settings)


def _unique_legacy(settings: SimulatorSettings) -> Platform:
    from unique_analytics_mcp.backends.unique_legacy.simulator import LegacyPlatform

    return LegacyPlatform(settings)


def _genesys(settings: SimulatorSettings) -> Platform:
    from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform

    return GenesysPlatform(settings)


PLATFORMS: Final[Mapping[str, Pretence]] = {
    "unique": Pretence(title="Unique AI, public API", prefixes=("/public",), build=_unique),
    "unique-legacy": Pretence(
        title="Unique AI, older API", prefixes=("/chat", "/chat-gen2"), build=_unique_legacy, stands_in=True
    ),
    "genesys": Pretence(title="Genesys Cloud", prefixes=("/oauth", "/api"), build=_genesys),
}
"""By backend, in the order they are shown."""


def environment_lines(platforms: Mapping[str, Platform], base_url: str) -> list[str]:
    """The settings that point at these platforms, as lines of a `.env` file.

    Those that stand in for others are commented out, so that the file can be used as it is; so is, below each, what is
    other for those who may do less.
    """
    lines: list[str] = []
    for name, platform in platforms.items():
        pretence = PLATFORMS[name]
        mark = "# " if pretence.stands_in else ""
        lines.append(f"# {pretence.title}{', instead' if pretence.stands_in else ''}")
        lines += [f"{mark}{setting}={value}" for setting, value in platform.environment(base_url).items()]
        for meaning, settings in platform.others.items():
            lines += [f"# {meaning}", *(f"# {setting}={value}" for setting, value in settings.items())]
    return lines

"""`simulate`: the simulated platforms alone, side by side on one port, with the settings that point at them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from unique_analytics_mcp.commands.telling import BAD_INPUT, DONE, PROGRAM, tell_serving, told
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.platforms import PLATFORMS, environment_lines

if TYPE_CHECKING:
    from argparse import Namespace

    from unique_analytics_mcp.simulator import Platform, SimulatorSettings


def simulate(arguments: Namespace) -> int:
    """Serve the platforms until Ctrl-C; `BAD_INPUT` for a port that cannot be used."""
    import anyio

    from unique_analytics_mcp.simulator import serve, side_by_side

    async def until_interrupted(platforms: Mapping[str, Platform]) -> None:
        apps = {prefix: each.app for name, each in platforms.items() for prefix in PLATFORMS[name].prefixes}
        async with serve(side_by_side(apps), port=arguments.port) as url:
            sys.stdout.writelines(f"{line}\n" for line in environment_lines(platforms, url))
            sys.stdout.flush()
            tell_serving(url)
            await anyio.sleep_forever()

    settings = _simulator_settings(arguments)
    try:
        anyio.run(until_interrupted, {name: pretence.build(settings) for name, pretence in PLATFORMS.items()})
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "the system refuses it"
        return told(f"Port {arguments.port} cannot be used: {reason}. Choose another --port.", BAD_INPUT)
    return DONE


def _simulator_settings(arguments: Namespace) -> SimulatorSettings:
    from unique_analytics_mcp.simulator import SimulatorSettings, parse_faults

    try:
        return SimulatorSettings(
            seed=arguments.seed,
            today=arguments.today,
            users=arguments.users,
            delay_s=arguments.delay,
            faults=parse_faults(arguments.faults),
        )
    except ValueError as error:
        raise InvalidRequest(f"There is no such platform: {error}.", hint=f"See {PROGRAM} simulate --help.") from None

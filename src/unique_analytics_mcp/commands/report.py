"""`report`: one report for a person at a terminal, from arguments to an exit code. `run/` does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unique_analytics_mcp.commands.chosen import chosen_settings
from unique_analytics_mcp.commands.telling import DONE, INTERRUPTED, TIMED_OUT, told
from unique_analytics_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from argparse import Namespace


def report(arguments: Namespace) -> int:
    """Order, wait, show."""
    import anyio

    from unique_analytics_mcp.run.finishing import OrderTimedOut, csv_target
    from unique_analytics_mcp.run.reporting import Reporting, Wanted

    if not (arguments.period or arguments.start or arguments.end):
        raise InvalidRequest("No days are given.", hint="Add --period P, or --start D and --end D.")
    wanted = Wanted(
        type=arguments.type,
        period=arguments.period,
        start_date=arguments.start,
        end_date=arguments.end,
        assistant_id=arguments.assistant_id,
        target=csv_target(arguments.save_csv_to) if arguments.save_csv_to else None,
        max_wait_s=arguments.max_wait,
        poll_interval_s=arguments.poll_interval,
        form=arguments.format,
        compare=arguments.compare_to is not None,
        split=arguments.split,
    )
    reporting = Reporting(wanted)
    try:
        with chosen_settings(arguments) as settings:
            anyio.run(reporting.run, settings)
    except OrderTimedOut as late:
        return told(f"{late} Run the same command again to go on with it.", TIMED_OUT)
    except KeyboardInterrupt:
        return told(reporting.farewell, INTERRUPTED)
    return DONE

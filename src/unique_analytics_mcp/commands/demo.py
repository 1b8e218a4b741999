"""`demo`: the main job on a simulated platform, through a real MCP client, and counted a second time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unique_analytics_mcp.commands.telling import DONE, TROUBLE, told

if TYPE_CHECKING:
    from argparse import Namespace


def demo(arguments: Namespace) -> int:
    """Ask, show, count again; `TROUBLE` where the two counts differ."""
    import anyio

    from unique_analytics_mcp.server.demo import SCENES, connections, demonstrate
    from unique_analytics_mcp.terminal import Terminal

    terminal, backend = Terminal(), arguments.backend or "unique"
    terminal.note("A simulated platform, a real MCP server and client; no account, no network.")
    terminal.heading(SCENES[backend].question)
    with terminal.waiting("run_analytics_report") as show:
        shown = anyio.run(demonstrate, show, backend)
    terminal.summary(shown.summary)
    terminal.heading(f"A plain count over all {shown.rows} rows of the CSV, read over MCP {shown.protocol}")
    for recount in shown.recounts:
        verdict = "checked" if recount.agrees else f"DIFFERS, the CSV says {recount.counted}"
        terminal.say(f"{verdict}: {recount.of} is {recount.shown}")
    if not all(recount.agrees for recount in shown.recounts):
        return told("The summary and the CSV differ.", TROUBLE)
    if shown.chart:
        terminal.heading("The same as a picture")
        terminal.say(str(_kept_picture(shown.chart)))
    terminal.heading("Now ask it yourself")
    terminal.say("Connect an agent to the demo server, and ask in your own words.")
    terminal.examples(connections(backend))
    return DONE


def _kept_picture(png: bytes) -> Path:
    """A new file in the folder for temporary ones, which nobody else can read."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(prefix="unique-analytics-", suffix=".png", delete=False) as kept:
        kept.write(png)
    return Path(kept.name)

"""What claims about simulated platforms share: a clock for them, and reports as bytes without a platform."""

from datetime import date
from functools import cache

from unique_analytics_mcp.simulator.firm import build_firm
from unique_analytics_mcp.simulator.unique.reports import REPORTS, Extract, Pseudonyms, csv_chunks

FIRM = build_firm(seed=7, users=30)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@cache
def simulated_csv(
    type_: str,
    start: date = date(2026, 10, 1),
    end: date = date(2026, 10, 31),
    *,
    shows_prompts: bool = True,
    pseudonyms: Pseudonyms = "off",
) -> bytes:
    """The report of a small invented firm over some days."""
    extract = Extract(
        firm=FIRM, order_id="order", start=start, end=end, shows_prompts=shows_prompts, pseudonyms=pseudonyms
    )
    return b"".join(csv_chunks(REPORTS[type_], extract))

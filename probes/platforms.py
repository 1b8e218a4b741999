"""The pretend platforms that are asked about: how each is built, what is true of it, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from probes.asking import Question
from probes.centre import Centre
from probes.older import OlderTruth
from probes.questions import QUESTIONS
from probes.questions.centre import CENTRE
from probes.questions.older import OLDER
from probes.truth import Truth
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.backends.unique_legacy.simulator import LegacyPlatform
from unique_analytics_mcp.settings import BackendName
from unique_analytics_mcp.simulator import Platform, SimulatorSettings, utc_now
from unique_analytics_mcp.simulator.calendar import ZURICH
from unique_analytics_mcp.simulator.unique.reports import REPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One platform with its questions."""

    name: BackendName

    questions: Sequence[Question]
    build: Callable[[SimulatorSettings], Platform]
    truth: type[Truth] = Truth
    users: int = SimulatorSettings().users
    """Of the platform; fewer where no question needs a crowd."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the server, beside address and credentials."""

    def platform(self) -> Platform:
        """A platform of its own, which finishes orders at once."""
        return self.build(SimulatorSettings(delay_s=0, users=self.users))

    def true(self, platform: Platform, url: str) -> Truth:
        """What is true of the platform that is served at this address."""
        return self.truth(platform.environment(url), utc_now().astimezone(ZURICH).date())


ASKED: Final = (
    Asked(
        name="unique",
        questions=QUESTIONS,
        build=UniquePlatform,
        settings={"UNIQUE_ANALYTICS_REPORT_TYPES": ",".join(REPORTS)},
    ),
    Asked(name="unique-legacy", questions=OLDER, build=LegacyPlatform, truth=OlderTruth, users=100),
    Asked(name="genesys", questions=CENTRE, build=GenesysPlatform, truth=Centre, users=60),
)
"""All of them, in the order they are asked about."""

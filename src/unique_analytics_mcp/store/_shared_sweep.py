"""What of a shared store is to be removed: pure decisions over a list of its objects.

A list alone is enough, because the names of reports' bytes say when they were fetched. Several replicas may decide at
once: each object has one name for ever, so removing it twice is removing it once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from unique_analytics_mcp.store._layout import fetched_at_of
from unique_analytics_mcp.store._objects import Listed
from unique_analytics_mcp.store._records import Rules


@dataclass(frozen=True, slots=True)
class SharedReport:
    """All objects of one report."""

    folder: str
    objects: Sequence[Listed]

    @property
    def size_bytes(self) -> int:
        """Of all of them."""
        return sum(each.size_bytes for each in self.objects)

    @property
    def since(self) -> datetime:
        """When the newest of its bytes were fetched; without any, when it changed last."""
        fetched = [moment for each in self.objects if (moment := fetched_at_of(each.key))]
        return max(fetched or [each.changed_at for each in self.objects])


def shared_reports(objects: Iterable[Listed]) -> list[SharedReport]:
    """The reports among all objects of a store."""
    folders: dict[str, list[Listed]] = defaultdict(list)
    for each in objects:
        folder = each.key.rpartition("/")[0]
        if "/reports/" in folder:
            folders[folder].append(each)
    return [SharedReport(folder, found) for folder, found in folders.items()]


def overdue(reports: Iterable[SharedReport], rules: Rules, *, spared: str) -> list[SharedReport]:
    """The reports that have expired, and the oldest until the rest fits; the one in the folder `spared` stays."""
    by_age = sorted(reports, key=lambda report: report.since)
    excess_bytes = sum(report.size_bytes for report in by_age) - rules.max_bytes
    found: list[SharedReport] = []
    for report in by_age:
        is_expired = rules.now() - report.since > rules.retention
        if (is_expired or excess_bytes > 0) and report.folder != spared:
            found.append(report)
            excess_bytes -= report.size_bytes
    return found


def old_attempts(objects: Iterable[Listed], rules: Rules) -> list[str]:
    """The keys of attempts nobody will ask for again, by the object store's clock."""
    return [each.key for each in objects if "/attempts/" in each.key and not rules.keep_unreadable(each.changed_at)]

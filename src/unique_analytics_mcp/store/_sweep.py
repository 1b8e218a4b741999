"""Cleaning up: what has expired, what dead processes left behind, and what is over the size limit.

Safe beside other processes at work: a download or a report that somebody is changing is left alone, and what cannot
be removed now is left for the next time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from unique_analytics_mcp.store._files import changed_at, discard, entries
from unique_analytics_mcp.store._layout import SIDECAR, Layout
from unique_analytics_mcp.store._locks import held_if_free
from unique_analytics_mcp.store._records import AttemptRecord, OrderRecord, ReportRecord, Rules


@dataclass(frozen=True, slots=True)
class _Kept:
    """A report's folder as the size limit sees it."""

    layout: Layout
    folder: Path
    since: datetime
    size_bytes: int
    """Of all its files."""
    is_expired: bool


def sweep(library: Path, rules: Rules) -> None:
    """Clean up after all principals, whose folders lie in `library`; blocks."""
    layouts = [Layout(folder) for folder in entries(library)]
    for layout in layouts:
        _drop_dead_downloads(layout)
        _drop_notes(layout.attempts, AttemptRecord, rules)
        _drop_notes(layout.orders, OrderRecord, rules)
        _drop_idle_locks(layout, rules)
        _drop_workplaces(layout, rules)
    _drop_reports(layouts, rules)


def make_room(library: Path, rules: Rules) -> None:
    """Do of `sweep` what a new report needs: that all fit together. Where they do none is read; blocks."""
    layouts = [Layout(folder) for folder in entries(library)]
    if sum(size_bytes for layout in layouts for size_bytes in _sizes_bytes(layout)) > rules.max_bytes:
        _drop_reports(layouts, rules)


def drop_copies(library: Path, *, but: AbstractSet[str]) -> None:
    """Remove the reports in `library` whose folders, named from the library's parent, are not among these; blocks."""
    for layout in map(Layout, entries(library)):
        for folder in entries(layout.reports):
            if folder.relative_to(library.parent).as_posix() not in but:
                with suppress(OSError), held_if_free(layout.change_lock(folder)):
                    discard(folder, passing=layout.incoming)


def _drop_dead_downloads(layout: Layout) -> None:
    for path in entries(layout.incoming):
        with suppress(OSError), held_if_free(layout.change_lock(path)):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _drop_notes(folder: Path, kind: type[AttemptRecord | OrderRecord], rules: Rules) -> None:
    for path in (path for path in entries(folder) if not path.name.startswith(".")):
        with suppress(OSError):
            record = kind.read(path)
            is_kept = rules.keep_unreadable(changed_at(path)) if record is None else rules.keep(record)
            if not is_kept:
                _remove(path)


def _drop_idle_locks(layout: Layout, rules: Rules) -> None:
    for path in entries(layout.locks):
        with suppress(OSError):
            if not rules.keep_unreadable(changed_at(path)):
                # A waiter that has the file open already notices: filelock refuses a lock whose file is unlinked.
                with held_if_free(path):
                    path.unlink()


def _drop_workplaces(layout: Layout, rules: Rules) -> None:
    """Remove what a writer or a computation makes for itself, and leaves only when it is killed."""
    folders = (layout.folder, layout.attempts, layout.orders, *entries(layout.reports))
    for path in (path for folder in folders for path in entries(folder) if path.name.startswith(".")):
        with suppress(OSError):
            if not rules.keep_workplace(changed_at(path)):
                _remove(path)


def _kept_reports(layout: Layout, rules: Rules) -> Iterator[_Kept]:
    for folder in entries(layout.reports):
        with suppress(OSError):
            yield _kept_report(layout, folder, rules)


def _sizes_bytes(layout: Layout) -> Iterator[int]:
    for folder in entries(layout.reports):
        with suppress(OSError):
            yield _size_bytes(folder)


def _size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in entries(folder))


def _kept_report(layout: Layout, folder: Path, rules: Rules) -> _Kept:
    size_bytes = _size_bytes(folder)
    record = ReportRecord.read(folder / SIDECAR)
    if record is None:
        since = changed_at(folder)
        return _Kept(layout, folder, since, size_bytes, not rules.keep_unreadable(since))
    return _Kept(layout, folder, record.fetched_at, size_bytes, not rules.keep(record))


def _drop_reports(layouts: Sequence[Layout], rules: Rules) -> None:
    """Remove what has expired, then the oldest until the rest fits."""
    reports = [kept for layout in layouts for kept in _kept_reports(layout, rules)]
    excess_bytes = sum(report.size_bytes for report in reports) - rules.max_bytes
    for report in sorted(reports, key=lambda report: (not report.is_expired, report.since)):
        if (report.is_expired or excess_bytes > 0) and _drop_report(report, rules):
            excess_bytes -= report.size_bytes


def _drop_report(report: _Kept, rules: Rules) -> bool:
    """Remove a report unless somebody changes it or has changed it since it was looked at."""
    with suppress(OSError), held_if_free(report.layout.change_lock(report.folder)):
        if _kept_report(report.layout, report.folder, rules) == report:
            discard(report.folder, passing=report.layout.incoming)
            return True
    return False

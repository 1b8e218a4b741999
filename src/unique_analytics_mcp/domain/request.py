"""From a window and what else a caller wrote to an `OrderRequest`: every check of it that needs no call.

Pure: the limits come from the catalogue, and which days are meant is read by `period`. Nothing that passes here can be
refused by a rule we know of; nothing that fails here costs a byte on the network.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from zoneinfo import available_timezones

from unique_analytics_mcp.domain.order import OrderRequest, OrderState
from unique_analytics_mcp.domain.report import Catalogue, Option, ReportType
from unique_analytics_mcp.domain.window import Window, check_limit
from unique_analytics_mcp.errors import InvalidRequest


def in_any_case(word: str, known: Collection[str]) -> str | None:
    """The known word that this is, whatever its capitals, as it is known; None when it is none."""
    return next((each for each in known if each.casefold() == word.casefold()), None)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`Did you mean X? ` when one known word is near, whatever its capitals; otherwise nothing."""
    by_folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return f"Did you mean {by_folded[near[0]]}? " if near else ""


def comma_separated(written: str) -> list[str]:
    """`a, b,` gives `a` and `b`."""
    return [word.strip() for word in written.split(",") if word.strip()]


def find_report_type(name: str, *, catalogue: Catalogue, enabled: Collection[str]) -> ReportType:
    """The literal for a type's name in any case.

    Raises:
        InvalidRequest: no such type, or one the operator has not switched on.
    """
    wanted = name.strip().upper()
    report = catalogue.get(wanted)
    if report is not None and wanted in enabled:
        return report
    allowed = ", ".join(enabled)
    if report is not None:
        raise InvalidRequest(
            f"Report type {wanted} is switched off on this server.",
            hint=f"The operator can name it in UNIQUE_ANALYTICS_REPORT_TYPES. Switched on: {allowed}.",
        )
    raise InvalidRequest(
        f"There is no report type {name.strip()[:60]!r}.",
        hint=f"{did_you_mean(wanted, enabled)}The report types are: {allowed}.",
    )


def known_state(word: str) -> OrderState:
    """The state of that name in any case.

    Raises:
        InvalidRequest: there is no such state.
    """
    try:
        return OrderState(word.strip().upper())
    except ValueError:
        raise InvalidRequest(
            f"There is no order state {word.strip()[:60]!r}.", hint=f"The states are: {', '.join(OrderState)}."
        ) from None


def order_request(report: ReportType, window: Window, options: Mapping[str, str]) -> OrderRequest:
    """The legal request for a report.

    Raises:
        InvalidRequest: a window that is too long, or an option this report does not take, or that is blank.
    """
    check_limit(window, report.max_days, report_type=report.name)
    given = checked_options(report, window, options)
    return OrderRequest(backend=report.backend, type=report.name, window=window, options=given)


def zone_of(report: ReportType, options: Mapping[str, str], *, default: str) -> str:
    """The zone whose midnights bound the window: the option `time_zone` of a report that takes one, or the default.

    Raises:
        InvalidRequest: there is no such zone.
    """
    name = options.get("time_zone", "").strip()
    if not name or all(option.name != "time_zone" for option in report.options):
        return default
    zones = available_timezones()
    if zone := in_any_case(name, zones):
        return zone
    raise InvalidRequest(
        f"There is no time zone {name[:60]!r}.",
        hint=f"{did_you_mean(name, zones)}Give an IANA name such as {default}, or leave it out.",
    )


def checked_options(report: ReportType, window: Window, options: Mapping[str, str]) -> dict[str, str]:
    """The options that were given, without blanks around them, a choice as the catalogue spells it.

    A blank one is refused wherever it comes from: without it the question would be another. Hosts that cannot leave a
    parameter out are understood at the server's door.

    Raises:
        InvalidRequest: one that this report does not take, a blank, a value that is no choice, or what does not go
            together.
    """
    known = {option.name: option for option in report.options}
    given: dict[str, str] = {}
    for name, value in sorted(options.items()):
        if name not in known:
            raise InvalidRequest(
                f"Report type {report.name} does not take {name}.",
                hint=f"Leave it out. {report.name} takes: {', '.join(known) or 'no options'}.",
            )
        if not value.strip():
            raise InvalidRequest(f"{name} is blank.", hint="Give it a value, or leave it out.")
        given[name] = _choice(known[name], value.strip())
    if report.check is not None:
        report.check(window, given)
    return given


def _choice(option: Option, value: str) -> str:
    if not option.choices:
        return value
    if choice := in_any_case(value, option.choices):
        return choice
    raise InvalidRequest(
        f"{option.name} cannot be {value[:60]!r}.",
        hint=f"{did_you_mean(value, option.choices)}It may be: {', '.join(option.choices)}.",
    )

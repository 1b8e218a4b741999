"""`serve`: MCP for an agent, over stdio or HTTP, until the host hangs up or a signal comes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from unique_analytics_mcp.commands.chosen import demo_folder, operator_settings
from unique_analytics_mcp.commands.telling import DONE, tell_serving, tell_waiting
from unique_analytics_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from argparse import Namespace

    from unique_analytics_mcp.server import AnalyticsServer
    from unique_analytics_mcp.server.http import Exposure
    from unique_analytics_mcp.server.limits import Limits
    from unique_analytics_mcp.server.opening import OpenService
    from unique_analytics_mcp.settings import Settings
    from unique_analytics_mcp.store import SharedStore, Store


def serve(arguments: Namespace) -> int:
    """Serve until the host leaves or a signal ends it."""
    with ExitStack() as opened:
        opened.enter_context(leaving_on_signals(opened))
        with _uncollected():
            from unique_analytics_mcp.app import enabled_catalogue, gate_of, grants_of, ledger_of, store_of
            from unique_analytics_mcp.server import build_server
            from unique_analytics_mcp.server.http import check_host, serve_http
            from unique_analytics_mcp.server.limits import Grants, Limits
            from unique_analytics_mcp.settings import telemetry_variables
            from unique_analytics_mcp.tracing.exporting import exporting
            from unique_analytics_mcp.watching import Tally
        over_http = _is_over_http(arguments)
        settings = operator_settings(arguments)
        gate = gate_of(settings) if over_http else None
        exposure = _exposure(arguments, settings)
        if over_http:
            check_host(exposure.host, is_guarded=gate is not None)
        tally = Tally()
        limits = Limits(grants_of(settings) if over_http else Grants(), tally=tally)
        store = store_of(settings) if over_http and not arguments.demo else None
        audit = ledger_of(settings)
        server = build_server(
            _service_opener(
                settings,
                limits,
                demo=arguments.demo,
                opened=opened,
                callers=gate is not None and gate.names_callers,
                store=store,
            ),
            catalogue=enabled_catalogue(settings),
            allow_delete=settings.allow_delete,
            time_zone=settings.time_zone,
            log_level=settings.log_level,
            gate=gate,
            log_format=settings.log_format,
            audit=audit,
        )
        opened.enter_context(exporting(telemetry_variables()))
        if over_http:
            serve_http(
                server,
                exposure,
                ready=tell_serving,
                limits=limits,
                tally=tally,
                systems={name: look for each in (store, audit) if each for name, look in each.systems.items()},
            )
        else:
            _serve_host(server)
    return DONE


def _serve_host(server: AnalyticsServer) -> None:
    """Over stdio, until the host leaves: also one that is killed, or does not wait for its answer.

    Raises:
        OSError: stdout takes no answer, as on a full disk.
    """
    if sys.stdin.isatty():
        tell_waiting()
    unwritten: OSError | None = None
    try:
        server.run("stdio")
    except* BrokenPipeError:
        pass
    except* OSError as troubles:
        unwritten = _first_of(troubles)
    if unwritten is not None:
        raise unwritten


def _first_of(trouble: OSError | BaseExceptionGroup[OSError]) -> OSError:
    """The error itself, out of all groups around it."""
    return trouble if isinstance(trouble, OSError) else _first_of(trouble.exceptions[0])


def _is_over_http(arguments: Namespace) -> bool:
    """Whether an address is served, and not stdio, which has none.

    Raises:
        InvalidRequest: `--host` or `--port` without `--transport http`.
    """
    if arguments.transport == "http":
        return True
    if arguments.host is None and arguments.port is None:
        return False
    raise InvalidRequest("--host and --port go with --transport http only.", hint="Add it, or leave them out.")


def _exposure(arguments: Namespace, settings: Settings) -> Exposure:
    from unique_analytics_mcp.server.http import Exposure

    usual = Exposure()
    return Exposure(
        host=arguments.host or usual.host,
        port=usual.port if arguments.port is None else arguments.port,
        allowed_hosts=settings.allowed_hosts,
        public_url=settings.public_url,
        drain_s=settings.drain_seconds,
        keep_alive_s=settings.keep_alive_seconds,
    )


def _service_opener(
    settings: Settings,
    limits: Limits,
    *,
    demo: bool,
    opened: ExitStack,
    callers: bool,
    store: Store | SharedStore | None,
) -> OpenService:
    """What opens a service, watched by `limits`, with the first call; missing settings are told now.

    With `callers` each of them brings an identity, so the operator needs none; all use the one `store`, where several
    can come.
    """
    from unique_analytics_mcp.app import open_demo_service, open_service
    from unique_analytics_mcp.credentials import check_access

    if demo:
        folder = opened.enter_context(demo_folder())
        return lambda caller: open_demo_service(settings, folder, caller, watch=limits.watch_of(caller))
    check_access(settings, callers=callers)
    return lambda caller: open_service(settings, caller, watch=limits.watch_of(caller), store=store)


@contextmanager
def leaving_on_signals(opened: ExitStack) -> Generator[None]:
    """End at once: over stdio a thread sits in a read of stdin that nothing can interrupt, and exit would wait for it.

    Nothing is lost: what the store keeps it keeps even through a kill.
    """

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        opened.close()
        os._exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _uncollected() -> Generator[None]:
    """Imports of the block stay for good: looking for garbage among them costs 7 % of the start (mcp.md 2)."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()

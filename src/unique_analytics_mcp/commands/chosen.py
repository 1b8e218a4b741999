"""The settings a command runs with: the operator's, or those of a simulated platform that its arguments ask for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from unique_analytics_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from argparse import Namespace

    from unique_analytics_mcp.settings import BackendName, Settings


@contextmanager
def chosen_settings(arguments: Namespace) -> Generator[Settings]:
    """The operator's settings, or those of a simulated platform that runs as long as the block."""
    from unique_analytics_mcp.app import demo_settings

    settings = operator_settings(arguments)
    if arguments.demo:
        with demo_folder() as folder, demo_settings(settings, folder) as pretended:
            yield pretended
    else:
        yield settings


def operator_settings(arguments: Namespace) -> Settings:
    """The operator's settings; for a demonstration those of the one service that it names.

    Raises:
        ConfigurationError: a setting or the file of `--env-file` cannot be.
        InvalidRequest: `--backend` without `--demo`.
    """
    from unique_analytics_mcp.settings import read_settings

    settings = read_settings(arguments.env_file)
    if arguments.demo:
        return _of_one_service(settings, arguments.backend or settings.backend)
    if arguments.backend is not None:
        raise InvalidRequest("--backend goes with --demo only.", hint="Set UNIQUE_ANALYTICS_BACKEND instead.")
    return settings


def _of_one_service(settings: Settings, backend: BackendName) -> Settings:
    """The settings without a second service, and without report types in the allow list that only others have."""
    from unique_analytics_mcp.app import catalogue_of
    from unique_analytics_mcp.credentials import OF_GENESYS
    from unique_analytics_mcp.settings import BackendName

    own, every = catalogue_of(backend, settings), (catalogue_of(name, settings) for name in get_args(BackendName))
    elsewhere = {name for catalogue in every for name in catalogue} - own.keys()
    allowed = tuple(name for name in settings.report_types if name not in elsewhere)
    return settings.model_copy(update={**dict.fromkeys(OF_GENESYS), "backend": backend, "report_types": allowed})


@contextmanager
def demo_folder() -> Generator[Path]:
    """A folder for what a demonstration keeps, gone with the block."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="unique-analytics-demo-") as folder:
        yield Path(folder)

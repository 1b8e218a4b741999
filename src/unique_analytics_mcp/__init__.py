"""Answers from Unique AI analytics orders, for agents and for people.

Importing the package loads nothing else: its public names are fetched when they are first used. What they are is
written for type checkers in the stub beside.
"""

__version__ = "0.1.0"

__all__ = ["OrderTimedOut", "RunAnalyticsOrderResult", "run_analytics_order"]  # pyright: ignore[reportUnsupportedDunderAll] - see __getattr__


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.run"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]

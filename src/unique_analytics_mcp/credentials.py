"""Which analytics services the settings ask for, and the credentials for each.

Reads settings, connects to nothing and loads nothing heavy, so that what is missing is told at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, assert_never

from unique_analytics_mcp.errors import ConfigurationError
from unique_analytics_mcp.settings import BackendName, Settings, revealed, setting_names

if TYPE_CHECKING:
    from unique_analytics_mcp.backends.genesys.access import GenesysAccess
    from unique_analytics_mcp.backends.unique.access import UniqueAccess
    from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess


_OF_UNIQUE: Final = ("api_base_url", "api_base", "api_key", "app_id")

OF_GENESYS: Final = tuple(
    f"genesys_{each}" for each in ("client_id", "client_secret", "region", "api_base", "login_base")
)
"""Fields that say that an analytics service is wanted; who asks, a caller or a program, does not say of whom."""


def backend_names(settings: Settings) -> tuple[BackendName, ...]:
    """The analytics services the settings ask for: Genesys Cloud beside the other, or alone where no other is set."""
    if settings.backend == "genesys" or not _is_any_set(settings, OF_GENESYS):
        return (settings.backend,)
    return (settings.backend, "genesys") if _is_any_set(settings, _OF_UNIQUE) else ("genesys",)


def _is_any_set(settings: Settings, fields: Sequence[str]) -> bool:
    return any(getattr(settings, field) is not None for field in fields)


def check_access(settings: Settings, *, callers: bool) -> None:
    """Let settings pass that say where the platforms are and who asks; nothing heavy is loaded for it.

    With `callers` each of them brings a user and a company of their own.

    Raises:
        ConfigurationError: credentials or address are missing or impossible.
    """
    for name in backend_names(settings):
        address_of(name, settings, callers=callers)


def address_of(name: BackendName, settings: Settings, *, callers: bool) -> str:
    """Where an analytics service is, when its settings are enough; errors as in `check_access`."""
    match name:
        case "unique":
            return read_access(settings, needs_identity=not callers).base_url
        case "unique-legacy" if callers:
            raise ConfigurationError(
                "UNIQUE_ANALYTICS_AUTH=oidc cannot go with the older Unique API: its login token is one user's.",
                hint="Use UNIQUE_ANALYTICS_AUTH=token, or the public API.",
            )
        case "unique-legacy":
            return read_legacy_access(settings).base_url
        case "genesys":
            return read_genesys_access(settings).hosts.api
        case _:
            assert_never(name)


def has_identity(name: BackendName, settings: Settings) -> bool:
    """Whether the operator's settings say who asks, and not only the callers themselves."""
    return name != "unique" or not missing_settings(settings, "user_id", "company_id")


def read_access(settings: Settings, *, needs_identity: bool = True) -> UniqueAccess:
    """Where the public API is and who asks; a user and a company are needed unless callers bring their own.

    Raises:
        ConfigurationError: credentials or address are missing or impossible.
    """
    from unique_analytics_mcp.backends.unique.access import UniqueAccess, public_base

    _require_credentials(settings, "api_key", "app_id", *(("company_id", "user_id") if needs_identity else ()))
    return UniqueAccess(
        base_url=public_base(settings.api_base, settings.api_base_url),
        api_key=revealed(settings.api_key),
        app_id=settings.app_id or "",
        user_id=settings.user_id or "",
        company_id=settings.company_id or "",
        api_version=settings.api_version,
    )


def read_legacy_access(settings: Settings) -> LegacyAccess:
    """Where the older API is and who asks; errors as in `read_access`."""
    from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess, internal_base

    _require_credentials(settings, "access_token")
    return LegacyAccess(
        base_url=internal_base(settings.api_base, settings.api_base_url),
        token=revealed(settings.access_token),
        graphql_path=settings.legacy_graphql_path,
    )


def read_genesys_access(settings: Settings) -> GenesysAccess:
    """Where the Genesys Cloud organisation is and which client asks.

    Raises:
        ConfigurationError: credentials or region are missing or impossible.
    """
    from unique_analytics_mcp.backends.genesys.access import GenesysAccess
    from unique_analytics_mcp.backends.genesys.regions import explicit_hosts, hosts_of

    bases = (settings.genesys_api_base, settings.genesys_login_base)
    missing = missing_settings(settings, "genesys_client_id", "genesys_client_secret")
    if any(bases):
        missing += missing_settings(settings, "genesys_api_base", "genesys_login_base")
    elif not settings.genesys_region:
        missing.append("GENESYS_REGION, or GENESYS_API_BASE and GENESYS_LOGIN_BASE")
    _refuse_missing(missing)
    return GenesysAccess(
        hosts=explicit_hosts(bases[0] or "", bases[1] or "") if any(bases) else hosts_of(settings.genesys_region or ""),
        client_id=settings.genesys_client_id or "",
        client_secret=revealed(settings.genesys_client_secret),
        personal=settings.genesys_personal,
    )


def _require_credentials(settings: Settings, *fields: str) -> None:
    """Name all that is missing of these fields and the platform's address."""
    missing = missing_settings(settings, *fields)
    if not settings.api_base and not settings.api_base_url:
        missing.insert(0, "UNIQUE_API_BASE_URL or UNIQUE_API_BASE")
    _refuse_missing(missing)


def missing_settings(settings: Settings, *fields: str) -> list[str]:
    """Those of these fields of `Settings` that are not set, by all their names in the environment."""
    names = setting_names()
    return [" or ".join(names[field]) for field in fields if not getattr(settings, field)]


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        raise ConfigurationError(
            f"Missing settings: {'; '.join(missing)}.",
            hint="Set them in the environment or in a file named with --env-file, or try --demo without an account.",
        )

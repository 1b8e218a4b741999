"""Settings and the composition root.

The only module that reads the environment, the only one that knows which classes make up a running service, and the
home of the real clock. Everything heavy is imported when a service is opened, not before.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
from collections.abc import AsyncGenerator, Collection, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, assert_never, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from unique_analytics_mcp.domain.caller import Caller, Scope
from unique_analytics_mcp.domain.order import Pace
from unique_analytics_mcp.domain.people import KEY_BYTES, Pseudonyms
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import ConfigurationError
from unique_analytics_mcp.polling import Clock
from unique_analytics_mcp.watching import Figure, Watch

if TYPE_CHECKING:
    from unique_analytics_mcp.audit import Ledger
    from unique_analytics_mcp.backends import Backend
    from unique_analytics_mcp.backends.genesys.access import GenesysAccess
    from unique_analytics_mcp.backends.unique.access import UniqueAccess
    from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess
    from unique_analytics_mcp.server.gate import Gate
    from unique_analytics_mcp.server.limits import Grants
    from unique_analytics_mcp.service import Service
    from unique_analytics_mcp.store import SharedStore, Shelf, Store

BackendName = Literal["unique", "unique-legacy", "genesys"]
"""What a backend is called in settings and answers."""

OURS: Final = "UNIQUE_ANALYTICS_"
"""Prefix of the settings that are this package's own."""

_CURRENCY: Final = re.compile("[A-Za-z]{3}")
_HOST_NAME: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


class Settings(BaseSettings):
    """What the operator decides; both of the vendor's name families are read (unique-api.md 2.5)."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True)

    api_base_url: str | None = Field(None, validation_alias="UNIQUE_API_BASE_URL")
    """Address of the gateway; the path prefix is derived from the host."""
    api_base: str | None = Field(None, validation_alias="UNIQUE_API_BASE")
    """Full base with its prefix, used untouched; wins over `UNIQUE_API_BASE_URL`."""
    api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("UNIQUE_APP_KEY", "UNIQUE_API_KEY"))
    """API key of the app, or a personal one."""
    app_id: str | None = Field(None, validation_alias="UNIQUE_APP_ID")
    """Id of the app the key belongs to."""
    user_id: str | None = Field(None, validation_alias=AliasChoices("UNIQUE_AUTH_USER_ID", "UNIQUE_USER_ID"))
    """Whose roles decide what may be ordered; never a tool argument."""
    company_id: str | None = Field(None, validation_alias=AliasChoices("UNIQUE_AUTH_COMPANY_ID", "UNIQUE_COMPANY_ID"))
    """The company on the platform; never a tool argument."""
    api_version: Literal["2023-12-06", "2026-03-01"] = Field("2023-12-06", validation_alias="UNIQUE_API_VERSION")
    """Dialect of the platform's API: camelCase, or snake_case from 2026-03-01."""
    backend: BackendName = Field("unique", validation_alias="UNIQUE_ANALYTICS_BACKEND")
    """Which analytics service to use, Genesys Cloud beside it where its client is set; `unique-legacy` is the older
    Unique API, for platforms older than 2026.20."""
    access_token: SecretStr | None = Field(None, validation_alias="UNIQUE_ACCESS_TOKEN")
    """Login token of a user, for the older Unique API only."""
    legacy_graphql_path: Literal["/graphql", "/grqphql"] = Field(
        "/graphql", validation_alias="UNIQUE_ANALYTICS_LEGACY_GRAPHQL_PATH"
    )
    """Where the older Unique API lists orders; its page once prints `/grqphql`."""
    genesys_client_id: str | None = Field(None, validation_alias="GENESYS_CLIENT_ID")
    """Id of an OAuth client of Genesys Cloud with the grant type Client Credentials; adds its report types."""
    genesys_client_secret: SecretStr | None = Field(None, validation_alias="GENESYS_CLIENT_SECRET")
    """Secret of that client."""
    genesys_region: str | None = Field(None, validation_alias="GENESYS_REGION")
    """Region of the organisation, such as `eu_central_1`, or its domain, such as `mypurecloud.de`."""
    genesys_api_base: str | None = Field(None, validation_alias="GENESYS_API_BASE")
    """Address of the API instead of a region's; needs `GENESYS_LOGIN_BASE` too."""
    genesys_login_base: str | None = Field(None, validation_alias="GENESYS_LOGIN_BASE")
    """Address of the login instead of a region's; needs `GENESYS_API_BASE` too."""
    genesys_personal: bool = Field(False, validation_alias="UNIQUE_ANALYTICS_GENESYS_PERSONAL")
    """Whether callers' numbers and names, agents' notes and attributes are in Genesys reports."""
    time_zone: str = Field("Europe/Zurich", validation_alias="UNIQUE_ANALYTICS_TIMEZONE")
    """Zone whose midnights bound the days of a window."""
    data_dir: Path | None = Field(None, validation_alias="UNIQUE_ANALYTICS_DATA_DIR")
    """Folder of reports and noted orders, or of copies from a shared store; the user's data folder when not set."""
    store: str | None = Field(None, pattern=r"^s3://[^/]+", validation_alias="UNIQUE_ANALYTICS_STORE")
    """`s3://bucket/prefix` that replicas share; endpoint and credentials by the usual AWS variables. With Redis."""
    redis: SecretStr | None = Field(None, validation_alias="UNIQUE_ANALYTICS_REDIS")
    """`redis://…` or `rediss://…` that replicas share; only with `UNIQUE_ANALYTICS_STORE`."""
    export_dir: Path | None = Field(None, validation_alias="UNIQUE_ANALYTICS_EXPORT_DIR")
    """The only folder `save_csv_to` of a tool may write into; without it no tool writes files."""
    retention_hours: float = Field(168, gt=0, le=8760, validation_alias="UNIQUE_ANALYTICS_RETENTION_HOURS")
    """Hours a fetched report is kept."""
    max_store_bytes: int = Field(5_368_709_120, gt=0, validation_alias="UNIQUE_ANALYTICS_MAX_STORE_BYTES")
    """Bytes all kept reports may take; the oldest make room."""
    report_types: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="UNIQUE_ANALYTICS_REPORT_TYPES")
    """Comma-separated allow list; without it every type but `USER_CHAT_EXPORT`."""
    max_split: int = Field(8, ge=1, le=60, validation_alias="UNIQUE_ANALYTICS_MAX_SPLIT")
    """Orders that one call may place to cover a window beyond the limits."""
    allow_delete: bool = Field(False, validation_alias="UNIQUE_ANALYTICS_ALLOW_DELETE")
    """Whether orders may be deleted on the platform."""
    people: Literal["as_delivered", "pseudonyms"] = Field("as_delivered", validation_alias="UNIQUE_ANALYTICS_PEOPLE")
    """`pseudonyms` replaces names, mail addresses and what people wrote, before anything is kept or shown."""
    people_key: SecretStr | None = Field(None, min_length=16, validation_alias="UNIQUE_ANALYTICS_PEOPLE_KEY")
    """At least 16 characters: equal keys give equal pseudonyms everywhere; without it each store makes its own."""
    currency: str | None = Field(None, validation_alias="UNIQUE_ANALYTICS_CURRENCY")
    """Three letters of the currency that models are paid in, such as CHF; unknown without it, for no file names it."""
    poll_seconds: float = Field(10, ge=0.01, le=300, validation_alias="UNIQUE_ANALYTICS_POLL_SECONDS")
    """Seconds between two checks of an order at first; the vendor asks for at least 10."""
    auth: Literal["none", "token", "oidc"] = Field("none", validation_alias="UNIQUE_ANALYTICS_AUTH")
    """Whom the server asks over HTTP who they are: `none` only on this machine's own addresses."""
    auth_token: SecretStr | None = Field(None, min_length=24, validation_alias="UNIQUE_ANALYTICS_AUTH_TOKEN")
    """With `token`: the secret of at least 24 characters that callers send; all ask with the operator's identity."""
    public_url: str | None = Field(None, validation_alias="UNIQUE_ANALYTICS_PUBLIC_URL")
    """Where callers reach the server over HTTP, such as `https://analytics.example.com/mcp`."""
    oidc_issuer: str | None = Field(None, validation_alias="UNIQUE_ANALYTICS_OIDC_ISSUER")
    """With `oidc`: the provider whose tokens are taken, as they name it in `iss`."""
    oidc_audience: str | None = Field(None, validation_alias="UNIQUE_ANALYTICS_OIDC_AUDIENCE")
    """What tokens must name in `aud`; the public URL when not set."""
    oidc_jwks_url: str | None = Field(None, validation_alias="UNIQUE_ANALYTICS_OIDC_JWKS_URL")
    """Where the provider's keys are; found by OpenID discovery when not set."""
    oidc_user_claim: str = Field("sub", validation_alias="UNIQUE_ANALYTICS_OIDC_USER_CLAIM")
    """The claim that becomes the platform's `x-user-id`."""
    oidc_company_claim: str = Field(
        "urn:zitadel:iam:user:resourceowner:id", validation_alias="UNIQUE_ANALYTICS_OIDC_COMPANY_CLAIM"
    )
    """The claim that becomes the platform's `x-company-id`; Zitadel's by default."""
    oidc_scopes: Annotated[tuple[Scope, ...], NoDecode] = Field((), validation_alias="UNIQUE_ANALYTICS_OIDC_SCOPES")
    """Comma-separated: what every valid token may do, beside the scopes and roles it names."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", validation_alias="UNIQUE_ANALYTICS_LOG_LEVEL"
    )
    """Least severity of log lines on stderr."""
    log_format: Literal["text", "json"] = Field("text", validation_alias="UNIQUE_ANALYTICS_LOG_FORMAT")
    """Form of log lines: for people, or for collectors, with the id of the request."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="UNIQUE_ANALYTICS_ALLOWED_HOSTS")
    """Comma-separated host names, besides loopback, by which callers may reach the server over HTTP."""
    drain_seconds: float = Field(25, ge=0, le=3600, validation_alias="UNIQUE_ANALYTICS_DRAIN_SECONDS")
    """Seconds that running calls get to end after SIGTERM, over HTTP."""
    audit_file: Path | None = Field(None, validation_alias="UNIQUE_ANALYTICS_AUDIT_FILE")
    """File that gets a line for each access to data; what cannot be noted there is not given out."""
    calls_per_minute: int = Field(300, ge=0, validation_alias="UNIQUE_ANALYTICS_CALLS_PER_MINUTE")
    """Requests that each caller over HTTP may make in a minute; 0 for any number, as with the next two."""
    calls_at_once: int = Field(100, ge=0, validation_alias="UNIQUE_ANALYTICS_CALLS_AT_ONCE")
    """Requests of each caller over HTTP that may run at the same time, waits included."""
    orders_per_hour: int = Field(100, ge=0, validation_alias="UNIQUE_ANALYTICS_ORDERS_PER_HOUR")
    """Orders that each caller over HTTP may place in an hour; reused ones do not count."""

    @field_validator("redis")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("not an address such as redis://host:6379/0")
        return value

    @model_validator(mode="after")
    def _shared_as_a_whole(self) -> Self:
        if bool(self.store) != bool(self.redis):
            raise ConfigurationError(
                "UNIQUE_ANALYTICS_STORE and UNIQUE_ANALYTICS_REDIS belong together, and only one of them is set.",
                hint="Set both where several replicas share a store, and neither for a folder on this machine.",
            )
        return self

    @field_validator("report_types", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`A, b` gives `("A", "B")`."""
        if isinstance(value, str):
            return tuple(word.strip().upper() for word in value.split(",") if word.strip())
        return value

    @field_validator("oidc_scopes", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        """`a.example, B.example` gives `("a.example", "b.example")`."""
        return tuple(word.strip().lower() for word in value.split(",")) if isinstance(value, str) else value

    @field_validator("allowed_hosts")
    @classmethod
    def _host_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_HOST_NAME.fullmatch, value)):
            raise ValueError("not host names without scheme, port and path, such as analytics.example.com")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not an IANA time zone such as Europe/Zurich") from None
        return value

    @field_validator("currency")
    @classmethod
    def _three_letters(cls, value: str | None) -> str | None:
        """`chf` gives `CHF`."""
        if value is not None and not _CURRENCY.fullmatch(value):
            raise ValueError("not the three letters of a currency such as CHF")
        return value and value.upper()

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


_OF_UNIQUE: Final = ("api_base_url", "api_base", "api_key", "app_id", "user_id", "company_id")
_OF_GENESYS: Final = tuple(
    f"genesys_{each}" for each in ("client_id", "client_secret", "region", "api_base", "login_base")
)
"""Fields that say that an analytics service is wanted."""


def read_settings(env_file: Path | None = None) -> Settings:
    """The settings from the environment, and from a `.env` file under it.

    Raises:
        ConfigurationError: a value that cannot be, a setting of ours that does not exist, or no such file.
    """
    if env_file is not None and not env_file.is_file():
        raise ConfigurationError(
            f"There is no settings file {env_file}.", hint="Name an existing file with --env-file."
        )
    _refuse_unknown([*os.environ, *_names_in(env_file)])
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue] - a documented argument of its own
    except ValidationError as error:
        raise _explained(error) from None


def _names_in(env_file: Path | None) -> Collection[str]:
    if env_file is None:
        return ()
    from dotenv import dotenv_values

    return dotenv_values(env_file)


def setting_names() -> dict[str, tuple[str, ...]]:
    """The environment names of each field of `Settings`, the preferred one first."""
    names: dict[str, tuple[str, ...]] = {}
    for field_name, info in Settings.model_fields.items():
        alias = info.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        names[field_name] = tuple(str(choice) for choice in choices)
    return names


def _refuse_unknown(names: Collection[str]) -> None:
    """A misspelt setting must not be ignored: it may be the one that keeps something switched off."""
    known = [name for group in setting_names().values() for name in group if name.startswith(OURS)]
    for name in names:
        if name.startswith(OURS) and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"The settings are: {', '.join(known)}."
            raise ConfigurationError(f"There is no setting {name}.", hint=hint)


def _explained(error: ValidationError) -> ConfigurationError:
    """The first fault in one line, without the value: it may be a secret."""
    fault = error.errors(include_input=False, include_url=False)[0]
    name = str(fault["loc"][0]) if fault["loc"] else "a setting"
    name = setting_names().get(name, (name,))[0]
    return ConfigurationError(f"The setting {name} is wrong: {fault['msg']}.", hint="Correct it and start again.")


def enabled_types(settings: Settings, catalogue: Catalogue) -> tuple[str, ...]:
    """The report types that may be ordered, in the catalogue's order.

    Raises:
        ConfigurationError: the allow list names a type that does not exist.
    """
    unknown = [name for name in settings.report_types if name not in catalogue]
    if unknown:
        raise ConfigurationError(
            f"UNIQUE_ANALYTICS_REPORT_TYPES names {', '.join(unknown)}, which does not exist.",
            hint=f"The report types are: {', '.join(catalogue)}.",
        )
    wanted = settings.report_types or [name for name, report in catalogue.items() if report.on_by_default]
    return tuple(name for name in catalogue if name in wanted)


def enabled_catalogue(settings: Settings) -> Catalogue:
    """The literals of the report types that may be ordered."""
    catalogues = (catalogue_of(backend, settings) for backend in backend_names(settings))
    catalogue = {name: report for each in catalogues for name, report in each.items()}
    return {name: catalogue[name] for name in enabled_types(settings, catalogue)}


def backend_names(settings: Settings) -> tuple[BackendName, ...]:
    """The analytics services the settings ask for: Genesys Cloud beside the other, or alone where no other is set."""
    if settings.backend == "genesys" or not _is_any_set(settings, _OF_GENESYS):
        return (settings.backend,)
    return (settings.backend, "genesys") if _is_any_set(settings, _OF_UNIQUE) else ("genesys",)


def _is_any_set(settings: Settings, fields: Sequence[str]) -> bool:
    return any(getattr(settings, field) is not None for field in fields)


def catalogue_of(name: BackendName, settings: Settings) -> Catalogue:
    """All report types of a backend, as the settings allow them to be."""
    match name:
        case "unique":
            from unique_analytics_mcp.backends.unique.reports import unique_reports

            return unique_reports(settings.currency)
        case "unique-legacy":
            from unique_analytics_mcp.backends.unique_legacy.catalogue import legacy_catalogue

            return legacy_catalogue(catalogue_of("unique", settings))
        case "genesys":
            from unique_analytics_mcp.backends.genesys.reports import genesys_reports

            return genesys_reports(personal=settings.genesys_personal)
        case _:
            assert_never(name)


def load_backend(name: BackendName, settings: Settings, watch: Watch | None = None) -> Backend:
    """A backend as the settings describe it; no connection is made yet. `watch` counts its requests.

    Raises:
        ConfigurationError: credentials or address are missing or impossible.
    """
    now, catalogue = real_clock().now, catalogue_of(name, settings)
    told = watch and partial(watch.tally.add, Figure.UPSTREAM)
    match name:
        case "unique":
            from unique_analytics_mcp.backends.unique.client import UniqueClient

            return UniqueClient(read_access(settings), catalogue=catalogue, now=now, told=told)
        case "unique-legacy":
            from unique_analytics_mcp.backends.unique_legacy.client import LegacyClient

            return LegacyClient(read_legacy_access(settings), catalogue=catalogue, now=now, told=told)
        case "genesys":
            from unique_analytics_mcp.backends.genesys.client import GenesysClient

            return GenesysClient(read_genesys_access(settings), catalogue=catalogue, now=now, told=told)
        case _:
            assert_never(name)


def load_backends(settings: Settings, watch: Watch | None = None) -> tuple[Backend, ...]:
    """All backends the settings ask for; errors as in `load_backend`."""
    return tuple(load_backend(name, settings, watch) for name in backend_names(settings))


def check_access(settings: Settings, *, callers: bool = False) -> None:
    """Let settings pass that say where the platforms are and who asks; nothing heavy is loaded for it.

    With `callers` each of them brings a user and a company of their own.

    Raises:
        ConfigurationError: credentials or address are missing or impossible.
    """
    for name in backend_names(settings):
        match name:
            case "unique":
                read_access(settings, needs_identity=not callers)
            case "unique-legacy" if callers:
                raise ConfigurationError(
                    "UNIQUE_ANALYTICS_AUTH=oidc cannot go with the older Unique API: its login token is one user's.",
                    hint="Use UNIQUE_ANALYTICS_AUTH=token, or the public API.",
                )
            case "unique-legacy":
                read_legacy_access(settings)
            case "genesys":
                read_genesys_access(settings)
            case _:
                assert_never(name)


def read_access(settings: Settings, *, needs_identity: bool = True) -> UniqueAccess:
    """Where the public API is and who asks; a user and a company are needed unless callers bring their own.

    Raises:
        ConfigurationError: credentials or address are missing or impossible.
    """
    from unique_analytics_mcp.backends.unique.access import UniqueAccess, public_base

    _require_credentials(settings, "api_key", "app_id", *(("company_id", "user_id") if needs_identity else ()))
    return UniqueAccess(
        base_url=public_base(settings.api_base, settings.api_base_url),
        api_key=settings.api_key.get_secret_value() if settings.api_key else "",
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
        token=settings.access_token.get_secret_value() if settings.access_token else "",
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
    missing = _missing(settings, "genesys_client_id", "genesys_client_secret")
    if any(bases):
        missing += _missing(settings, "genesys_api_base", "genesys_login_base")
    elif not settings.genesys_region:
        missing.append("GENESYS_REGION, or GENESYS_API_BASE and GENESYS_LOGIN_BASE")
    _refuse_missing(missing)
    return GenesysAccess(
        hosts=explicit_hosts(bases[0] or "", bases[1] or "") if any(bases) else hosts_of(settings.genesys_region or ""),
        client_id=settings.genesys_client_id or "",
        client_secret=settings.genesys_client_secret.get_secret_value() if settings.genesys_client_secret else "",
        personal=settings.genesys_personal,
    )


def _require_credentials(settings: Settings, *fields: str) -> None:
    """Name all that is missing of these fields and the platform's address."""
    missing = _missing(settings, *fields)
    if not settings.api_base and not settings.api_base_url:
        missing.insert(0, "UNIQUE_API_BASE_URL or UNIQUE_API_BASE")
    _refuse_missing(missing)


def _missing(settings: Settings, *fields: str) -> list[str]:
    names = setting_names()
    return [" or ".join(names[field]) for field in fields if not getattr(settings, field)]


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        raise ConfigurationError(
            f"Missing settings: {'; '.join(missing)}.",
            hint="Set them in the environment or in a file named with --env-file, or try --demo without an account.",
        )


def gate_of(settings: Settings) -> Gate | None:
    """How callers over HTTP are asked for credentials; None where nobody is.

    Raises:
        ConfigurationError: a setting for it is missing or cannot be.
    """
    match settings.auth:
        case "none":
            return None
        case "token":
            from unique_analytics_mcp.server.gate import shared_gate

            _require(settings, "auth_token")
            return shared_gate(settings.auth_token.get_secret_value() if settings.auth_token else "")
        case "oidc":
            from unique_analytics_mcp.backends._trust import shared_trust
            from unique_analytics_mcp.server.gate import issuer_gate
            from unique_analytics_mcp.server.tokens import Issuer

            _require(settings, "oidc_issuer", "public_url")
            issuer, public_url = settings.oidc_issuer or "", settings.public_url or ""
            return issuer_gate(
                Issuer(
                    url=issuer,
                    audience=settings.oidc_audience or public_url,
                    user_claim=settings.oidc_user_claim,
                    company_claim=settings.oidc_company_claim,
                    granted=settings.oidc_scopes,
                    jwks_url=settings.oidc_jwks_url,
                ),
                public_url=public_url,
                trust=shared_trust,
            )
        case _:
            assert_never(settings.auth)


def _require(settings: Settings, *fields: str) -> None:
    names = setting_names()
    missing = [names[field][0] for field in fields if not getattr(settings, field)]
    if missing:
        raise ConfigurationError(
            f"UNIQUE_ANALYTICS_AUTH={settings.auth} needs {' and '.join(missing)}.", hint="Set it and start again."
        )


def grants_of(settings: Settings) -> Grants:
    """What each caller over HTTP may ask for."""
    from unique_analytics_mcp.server.limits import Grants

    return Grants(
        calls_per_minute=settings.calls_per_minute,
        calls_at_once=settings.calls_at_once,
        orders_per_hour=settings.orders_per_hour,
    )


def ledger_of(settings: Settings) -> Ledger | None:
    """The audit file, where the operator wants one."""
    from unique_analytics_mcp.audit import Ledger

    return settings.audit_file and Ledger(settings.audit_file, now=real_clock().now)


def real_clock() -> Clock:
    """The computer's clock, with up to a tenth more on every delay."""
    return Clock(now=lambda: datetime.now(UTC), jitter=lambda seconds: seconds * random.uniform(1.0, 1.1))


@asynccontextmanager
async def open_service(
    settings: Settings,
    caller: Caller | None = None,
    *,
    backends: Sequence[Backend] = (),
    pace: Pace | None = None,
    watch: Watch | None = None,
) -> AsyncGenerator[Service]:
    """A running service for these settings; `backends` and `pace` stand in for what they ask for.

    `watch` is told what happens. A `caller` asks with their own identity, never with the operator's, and sees nothing
    of anybody else.

    Raises:
        ConfigurationError: the settings are not enough.
    """
    from unique_analytics_mcp.desks import Place
    from unique_analytics_mcp.service import Service

    if caller is not None:
        settings = settings.model_copy(update={"user_id": caller.user_id, "company_id": caller.company_id})
    backends = backends or load_backends(settings, watch)
    clock = real_clock()
    async with _store_of(settings, clock) as store:
        await store.sweep()
        owner = f" {caller.company_id} {caller.user_id}" if caller else ""
        people = await _pseudonyms(settings, store.shelf(f"{backends[0].principal}{owner}"))
        protection = f" {people.identity}" if people else ""
        places = [
            Place(
                backend=backend,
                # Nothing that was kept with names is on the shelf of those who must not see any.
                shelf=store.shelf(f"{backend.principal}{owner}{protection}"),
                pace=pace or pace_of(backend.name, settings),
            )
            for backend in backends
        ]
        catalogue = {name: report for backend in backends for name, report in backend.catalogue.items()}
        async with Service(
            *places,
            clock=clock,
            time_zone=settings.time_zone,
            enabled=enabled_types(settings, catalogue),
            export_dir=settings.export_dir,
            people=people,
            most_orders=settings.max_split,
            own_orders_only=caller is not None,
            watch=watch,
        ) as service:
            yield service


def _store_of(settings: Settings, clock: Clock) -> Store | SharedStore:
    from unique_analytics_mcp.store import SharedStore, Store

    folder = settings.data_dir or default_data_dir()
    retention, max_bytes = timedelta(hours=settings.retention_hours), settings.max_store_bytes
    if settings.store is None or settings.redis is None:
        return Store(folder, retention=retention, max_bytes=max_bytes, now=clock.now)
    return SharedStore(
        folder / "copies",
        url=settings.store,
        redis_url=settings.redis.get_secret_value(),
        retention=retention,
        max_bytes=max_bytes,
        now=clock.now,
    )


def pace_of(backend: str, settings: Settings) -> Pace:
    """How often a backend's platform may be asked: Genesys Cloud every three seconds at first (genesys-api.md 6.1)."""
    gap_s = min(3.0, settings.poll_seconds) if backend == "genesys" else settings.poll_seconds
    return Pace(gap_s=gap_s, first_s=min(2.0, gap_s))


async def _pseudonyms(settings: Settings, shelf: Shelf) -> Pseudonyms | None:
    """The pseudonyms the settings ask for, by their key or one that is kept on the shelf; None for none."""
    match settings.people:
        case "as_delivered":
            return None
        case "pseudonyms" if settings.people_key is not None:
            return Pseudonyms(hashlib.sha256(settings.people_key.get_secret_value().encode()).digest())
        case "pseudonyms":
            return Pseudonyms(await shelf.secret(KEY_BYTES))
        case _:
            assert_never(settings.people)


def default_data_dir() -> Path:
    """The user's data folder for this package, by the habits of the operating system."""
    import platformdirs

    return platformdirs.user_data_path("unique-analytics-mcp", appauthor=False)


@contextmanager
def demo_settings(base: Settings, folder: Path) -> Generator[Settings]:
    """Settings that point at a simulated platform of this process, which runs as long as the context.

    Only where the platform of `base.backend` lives, who asks and where reports are kept, in `folder`, are changed.
    """
    from unique_analytics_mcp.platforms import PLATFORMS
    from unique_analytics_mcp.simulator import SimulatorSettings, serve_in_thread

    platform = PLATFORMS[base.backend].build(SimulatorSettings())
    with serve_in_thread(platform.app) as url:
        read = _read_environment(platform.environment(url))
        yield base.model_copy(
            update={
                "api_version": "2023-12-06",
                **dict.fromkeys(_OF_GENESYS),
                **read,
                "data_dir": folder,
                "store": None,
                "redis": None,
            }
        )


def _read_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The fields of `Settings` that these variables set, none of which needs more reading than a secret's wrapping."""
    fields = {name: field for field, names in setting_names().items() for name in names}
    secret = {field for field, info in Settings.model_fields.items() if SecretStr in get_args(info.annotation)}
    return {fields[name]: SecretStr(value) if fields[name] in secret else value for name, value in environment.items()}


@asynccontextmanager
async def open_demo_service(
    base: Settings, folder: Path, caller: Caller | None = None, *, watch: Watch | None = None
) -> AsyncGenerator[Service]:
    """A running service on a simulated platform of its own, which keeps what it fetches in `folder`."""
    with demo_settings(base, folder) as settings:
        async with open_service(settings, caller, watch=watch) as service:
            yield service

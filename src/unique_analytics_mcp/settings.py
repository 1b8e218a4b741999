"""Settings: what the operator decides, read from the environment.

The only module that reads the environment. It knows names, kinds and ranges of values, and nothing of what is made of
them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AliasChoices,
    AnyHttpUrl,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from unique_analytics_mcp.domain.caller import Scope
from unique_analytics_mcp.domain.request import comma_separated, did_you_mean
from unique_analytics_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BackendName = Literal["unique", "unique-legacy", "genesys"]
"""What a backend is called in settings and answers."""

OURS: Final = "UNIQUE_ANALYTICS_"
"""Prefix of the settings that are this package's own."""

_TELEMETRY: Final = "OTEL_"
"""Prefix of OpenTelemetry's variables, which belong to all programs of a machine."""

_CURRENCY: Final = re.compile("[A-Za-z]{3}")

_HOST_NAME: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")

_SENDABLE: Final = re.compile("[!-~]([ -~]*[!-~])?")
"""The value of an HTTP header."""

_SCOPE: Final = re.compile(r"[!#-\[\]-~]+")
"""RFC 6749, 3.3."""

_ADDRESS: Final = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))
"""Reads an address as the MCP SDK does for the metadata of a protected resource."""


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
    """At least 16 characters: equal keys give equal pseudonyms everywhere; without it each identity has its own."""
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
    oidc_ask_for: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="UNIQUE_ANALYTICS_OIDC_ASK_FOR")
    """Comma-separated scopes that clients are told to ask the provider for; those the tools need when not set."""
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
    keep_alive_seconds: int = Field(75, ge=1, le=3600, validation_alias="UNIQUE_ANALYTICS_KEEP_ALIVE_SECONDS")
    """Seconds for which an idle connection over HTTP is kept: longer than what is in front keeps its end."""
    audit_file: Path | None = Field(None, validation_alias="UNIQUE_ANALYTICS_AUDIT_FILE")
    """File that gets a line for each access to data; what cannot be noted there is not given out."""
    calls_per_minute: int = Field(300, ge=0, validation_alias="UNIQUE_ANALYTICS_CALLS_PER_MINUTE")
    """Requests that each caller over HTTP may make in a minute; 0 for any number, as with the next two."""
    calls_at_once: int = Field(100, ge=0, validation_alias="UNIQUE_ANALYTICS_CALLS_AT_ONCE")
    """Requests of each caller over HTTP that may run at the same time, waits included."""
    orders_per_hour: int = Field(100, ge=0, validation_alias="UNIQUE_ANALYTICS_ORDERS_PER_HOUR")
    """Orders that each caller over HTTP may place in an hour; reused ones do not count."""

    @field_validator(
        *("api_key", "app_id", "user_id", "company_id", "access_token", "auth_token"),
        *("genesys_client_id", "genesys_client_secret"),
    )
    @classmethod
    def _can_be_sent(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        """A secret read from a file often ends with its line: no caller could ever send that one."""
        plain = revealed(value) if isinstance(value, SecretStr) else value
        if plain and not _SENDABLE.fullmatch(plain):
            raise ValueError("a blank or a line break is around it, or a character in it that cannot be sent")
        return value

    @field_validator("data_dir", "export_dir", "audit_file")
    @classmethod
    def _whole(cls, value: Path | None) -> Path | None:
        """`~/reports` gives `/home/ada/reports`, since no shell does it; `reports` lies where the server begins."""
        try:
            return value and _expanded(value).absolute()
        except FileNotFoundError:
            raise ValueError("a relative path, and the folder it begins in is gone") from None

    @field_validator("redis")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not _is_redis(value.get_secret_value()):
            raise ValueError("not an address such as redis://host:6379/0; in a password / # ? [ are %2F %23 %3F %5B")
        return value

    @model_validator(mode="after")
    def _shared_as_a_whole(self) -> Self:
        if bool(self.store) != bool(self.redis):
            raise ConfigurationError(
                "UNIQUE_ANALYTICS_STORE and UNIQUE_ANALYTICS_REDIS belong together, and only one of them is set.",
                hint="Set both where several replicas share a store, and neither for a folder on this machine.",
            )
        return self

    @field_validator("oidc_issuer", "oidc_jwks_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        """As it was written: issuers are compared letter by letter."""
        if value is not None:
            _canonical(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _canonical_address(cls, value: str | None) -> str | None:
        return value if value is None else _canonical(value)

    @field_validator("report_types", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`A, b` gives `("A", "B")`; a list of nothing must not allow what there is without one."""
        if not isinstance(value, str):
            return value
        named = tuple(map(str.upper, comma_separated(value)))
        if not named:
            raise ValueError("it names no report type")
        return named

    @field_validator("oidc_scopes", "oidc_ask_for", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("oidc_ask_for")
    @classmethod
    def _scopes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_SCOPE.fullmatch, value)):
            raise ValueError("not scopes: they have neither quotes nor backslashes, and letters of ASCII alone")
        return value

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


def read_settings(env_file: Path | None = None) -> Settings:
    """The settings from the environment, and from a `.env` file under it.

    Raises:
        ConfigurationError: a value that cannot be, a setting of ours that does not exist, no such file, or one with
            variables that are read from the environment alone.
    """
    env_file = env_file and _expanded(env_file)
    if env_file is not None and not _is_file(env_file):
        raise ConfigurationError(
            f"There is no settings file {env_file}.",
            hint="Name one that is there and may be read with --env-file; a pipe will not do, for it is read twice.",
        )
    named = _names_in(env_file)
    _refuse_unknown([*os.environ, *named])
    _refuse_telemetry(named, env_file)
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue] - a documented argument of its own
    except ValidationError as error:
        raise _explained(error) from None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder above it may not be looked into, or its name is too long
        return False


def telemetry_variables() -> Mapping[str, str]:
    """What the environment says to OpenTelemetry, whose own SDK reads it too: all `OTEL_…` that are not empty."""
    return {name: value for name, value in os.environ.items() if name.startswith(_TELEMETRY) and value}


def _refuse_telemetry(names: Collection[str], env_file: Path | None) -> None:
    """Nobody would read such a variable from a file: it must not seem to be set."""
    for name in names:
        if name.startswith(_TELEMETRY):
            raise ConfigurationError(
                f"{name} stands in {env_file}, where OpenTelemetry does not read it.", hint="Set it in the environment."
            )


def _names_in(env_file: Path | None) -> Collection[str]:
    """The variables of the file; a line that says nothing must not be passed over, for the reason of a misspelt one.

    Raises:
        ConfigurationError: not text, not readable for this user, or a line that is no variable with a value.
    """
    if env_file is None:
        return ()
    from dotenv.parser import parse_stream

    try:
        with env_file.open(encoding="utf-8") as text:
            lines = list(parse_stream(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The settings file {env_file} cannot be read as text.",
            hint="Save it as UTF-8, readable for the user who starts this.",
        ) from error
    for line in lines:
        if line.error or (line.key is not None and line.value is None):
            raise ConfigurationError(
                f"Line {line.original.line} of {env_file} is no setting.",
                hint="Write NAME=value, or # in front of a comment.",
            )
    return [line.key for line in lines if line.key is not None]


def setting_names() -> dict[str, tuple[str, ...]]:
    """The environment names of each field of `Settings`, the preferred one first."""
    names: dict[str, tuple[str, ...]] = {}
    for field_name, info in Settings.model_fields.items():
        alias = info.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        names[field_name] = tuple(str(choice) for choice in choices)
    return names


def fields_of(environment: Mapping[str, str]) -> dict[str, object]:
    """What these variables give the fields of `Settings`; none needs more reading than a secret's wrapping."""
    fields = {name: field for field, names in setting_names().items() for name in names}
    secret = {field for field, info in Settings.model_fields.items() if SecretStr in get_args(info.annotation)}
    return {fields[name]: SecretStr(value) if fields[name] in secret else value for name, value in environment.items()}


def revealed(secret: SecretStr | None) -> str:
    """What the secret is; empty for none."""
    return secret.get_secret_value() if secret else ""


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # nobody of that name, or nobody's home is known
        return path


def _is_redis(address: str) -> bool:
    """A sign in a password that ends an address leaves what is no host or no port before it."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _canonical(address: str) -> str:
    """`https://A.example:443/mcp` gives `https://a.example/mcp`, for which clients then ask their tokens."""
    try:
        return str(_ADDRESS.validate_python(address))
    except ValidationError:
        raise ValueError("not an address such as https://id.example.com") from None


def _refuse_unknown(names: Collection[str]) -> None:
    """A misspelt setting must not be ignored, in any case: it may be the one that keeps something switched off."""
    known = [name for group in setting_names().values() for name in group if name.startswith(OURS)]
    for name in names:
        meant = name.upper()
        if meant.startswith(OURS) and meant not in known:
            near = did_you_mean(meant, known).strip()
            raise ConfigurationError(
                f"There is no setting {name}.", hint=near or f"The settings are: {', '.join(known)}."
            )


def _explained(error: ValidationError) -> ConfigurationError:
    """The first fault in one line, without the value: it may be a secret."""
    fault = error.errors(include_input=False, include_url=False)[0]
    name = str(fault["loc"][0]) if fault["loc"] else "a setting"
    names = next((group for field, group in setting_names().items() if name in (field, *group)), (name,))
    return ConfigurationError(
        f"The setting {' or '.join(names)} is wrong: {_said(fault)}.", hint="Correct it and start again."
    )


def _said(fault: ErrorDetails) -> str:
    """What is wrong, in our own words where pydantic's speak of its insides."""
    match fault["type"]:
        case "value_error":
            return fault["msg"].removeprefix("Value error, ")
        case "too_short":
            return f"it needs at least {fault.get('ctx', {}).get('min_length')} characters"
        case _:
            return fault["msg"]

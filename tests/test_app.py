"""Settings and the composition root: what the environment says, what is refused, what is never shown."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from fakes import FakeBackend
from tenant import forget_environment, tenant
from unique_analytics_mcp.app import (
    default_data_dir,
    demo_settings,
    enabled_catalogue,
    gate_of,
    load_backend,
    open_demo_service,
    open_service,
    pace_of,
    real_clock,
    store_of,
)
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.credentials import backend_names, check_access
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.errors import ConfigurationError
from unique_analytics_mcp.server.tokens import IssuedTokens
from unique_analytics_mcp.settings import Settings, read_settings, setting_names, telemetry_variables
from unique_analytics_mcp.watching import Counted, Tally, Watch

SECRET = "ukey_never_to_be_shown"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)


@pytest.mark.parametrize(
    ("field", "name"),
    [(field, name) for field in ("api_key", "user_id", "company_id") for name in setting_names()[field]],
)
def test_both_name_families_of_the_vendor_are_read(monkeypatch: pytest.MonkeyPatch, field: str, name: str) -> None:
    monkeypatch.setenv(name, "value")
    found = getattr(read_settings(), field)
    assert (found.get_secret_value() if field == "api_key" else found) == "value"


def test_a_settings_file_is_read_and_the_environment_wins_over_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env_file = tmp_path / "unique.env"
    env_file.write_text("UNIQUE_APP_ID=from_file\nUNIQUE_USER_ID=from_file\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("UNIQUE_USER_ID", "from_environment")
    settings = read_settings(env_file)
    assert (settings.app_id, settings.user_id) == ("from_file", "from_environment")


@pytest.mark.parametrize("field", ["data_dir", "export_dir", "audit_file"])
def test_a_path_may_begin_at_home_for_hosts_start_a_server_without_a_shell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "unique.env").write_text(f"{setting_names()[field][0]}=~/analytics/here\n")
    assert getattr(read_settings(Path("~/unique.env")), field) == tmp_path / "analytics" / "here"


@pytest.mark.parametrize("path", ["analytics/here", "~nobody.of.this.name/here"])
@pytest.mark.parametrize("field", ["data_dir", "export_dir", "audit_file"])
def test_a_relative_path_is_meant_from_where_the_server_begins_for_its_queries_run_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(setting_names()[field][0], path)
    assert getattr(read_settings(), field) == tmp_path / path


def test_a_relative_path_from_a_folder_that_is_gone_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("UNIQUE_ANALYTICS_DATA_DIR", "analytics/here")
    with pytest.raises(ConfigurationError, match=r"UNIQUE_ANALYTICS_DATA_DIR is wrong: .* is gone"):
        read_settings()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_TIMEZONE", "")
    assert read_settings().time_zone == "Europe/Zurich"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("UNIQUE_ANALYTICS_TIMEZONE", "Mars/Base", "IANA"),
        ("UNIQUE_ANALYTICS_POLL_SECONDS", "0", "0.01"),
        ("UNIQUE_ANALYTICS_RETENTION_HOURS", "-1", "0"),
        ("UNIQUE_ANALYTICS_LOG_LEVEL", "chatty", "WARNING"),
        ("UNIQUE_API_VERSION", "1999-01-01", "2026-03-01"),
        ("UNIQUE_ANALYTICS_CURRENCY", "franken", "three letters"),
        ("UNIQUE_ANALYTICS_ALLOW_DELETE", "perhaps", "boolean"),
        ("UNIQUE_ANALYTICS_STORE", "https://bucket.example", "s3://"),
        ("UNIQUE_ANALYTICS_STORE", "s3://", "s3://"),
        ("UNIQUE_ANALYTICS_REDIS", "cache.example:6379", "redis://host"),
        ("UNIQUE_ANALYTICS_REDIS", "redis://:pass/word@cache.example", "/ # .* are %2F %23"),
        ("UNIQUE_ANALYTICS_REDIS", "redis://:12#34@cache.example", "redis://host"),
        ("UNIQUE_ANALYTICS_ALLOWED_HOSTS", "https://analytics.example.com", "host names without scheme"),
        ("UNIQUE_ANALYTICS_ALLOWED_HOSTS", "*", "host names"),
        ("UNIQUE_ANALYTICS_DRAIN_SECONDS", "-1", "0"),
        ("UNIQUE_ANALYTICS_LOG_FORMAT", "xml", "json"),
        ("UNIQUE_ANALYTICS_OIDC_ISSUER", "id.example.com", "not an address"),
        ("UNIQUE_ANALYTICS_OIDC_JWKS_URL", "file:///keys", "not an address"),
        ("UNIQUE_ANALYTICS_PUBLIC_URL", "https://", "not an address"),
        ("UNIQUE_ANALYTICS_OIDC_ASK_FOR", 'openid, "roles"', "not scopes"),
        ("UNIQUE_ANALYTICS_AUTH_TOKEN", f"{'s' * 24}\n", "a line break is around it"),
        ("UNIQUE_API_KEY", "ukey_…", "cannot be sent"),
        ("UNIQUE_AUTH_COMPANY_ID", " company", "a blank"),
        ("GENESYS_CLIENT_SECRET", "secret\n", "a line break is around it"),
    ],
)
def test_an_impossible_value_is_refused_by_the_name_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=says) as refused:
        read_settings()
    assert name in refused.value.message


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("https://Analytics.Example.com:443/mcp", "https://analytics.example.com/mcp"),
        ("https://analytics.example.com", "https://analytics.example.com"),
    ],
    ids=["as nobody else writes it", "without a path"],
)
def test_a_token_must_be_for_the_address_that_clients_are_told_however_it_was_written(
    monkeypatch: pytest.MonkeyPatch, written: str, named: str
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUTH", "oidc")
    monkeypatch.setenv("UNIQUE_ANALYTICS_OIDC_ISSUER", "https://id.example.com")
    monkeypatch.setenv("UNIQUE_ANALYTICS_PUBLIC_URL", written)
    gate = gate_of(read_settings())
    assert gate is not None
    assert isinstance(gate.verifier, IssuedTokens)
    assert gate.verifier._issuer.audience == str(gate.settings.resource_server_url) == named


@pytest.mark.parametrize(
    ("name", "value"),
    [("UNIQUE_ANALYTICS_STORE", "s3://bucket/prefix"), ("UNIQUE_ANALYTICS_REDIS", "redis://cache.example")],
)
def test_half_a_shared_store_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="belong together") as refused:
        read_settings()
    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["UNIQUE_ANALYTICS_REPORT_TYPE", "unique_analytics_report_type"])
def test_a_misspelt_setting_of_ours_is_refused_with_the_right_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "NPS")
    with pytest.raises(ConfigurationError, match="Did you mean UNIQUE_ANALYTICS_REPORT_TYPES"):
        read_settings()


def test_a_misspelt_setting_in_a_file_is_refused_too(tmp_path: Path) -> None:
    env_file = tmp_path / "unique.env"
    env_file.write_text("UNIQUE_ANALYTICS_ALLOW_DELETES=true\n")
    with pytest.raises(ConfigurationError, match="Did you mean UNIQUE_ANALYTICS_ALLOW_DELETE"):
        read_settings(env_file)


TELEMETRY = {
    "the switch": "OTEL_TRACES_EXPORTER=otlp",
    "a secret of the collector": "export OTEL_EXPORTER_OTLP_HEADERS='x-key=ukey_of_the_collector'",
    "an empty one": "OTEL_SERVICE_NAME=",
    "off": "OTEL_SDK_DISABLED=true",
}


@pytest.mark.parametrize("line", TELEMETRY.values(), ids=TELEMETRY)
def test_a_variable_of_opentelemetry_in_a_settings_file_is_refused_for_its_sdk_would_not_read_it_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    env_file = tmp_path / "unique.env"
    env_file.write_text(f"UNIQUE_ANALYTICS_TIMEZONE=UTC\n{line}\n")
    name, _, value = line.removeprefix("export ").partition("=")
    with pytest.raises(ConfigurationError, match=f"^{name} stands in .*Set it in the environment") as refused:
        read_settings(env_file)
    assert "ukey" not in str(refused.value)
    monkeypatch.setenv(name, value)
    assert read_settings().time_zone == "Europe/Zurich"
    assert telemetry_variables().get(name, "") == value


def test_a_settings_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--env-file"):
        read_settings(tmp_path / "nowhere.env")


def test_a_wrong_value_is_never_repeated_for_it_may_be_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_API_VERSION", SECRET)
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    assert SECRET not in str(refused.value)


def test_the_key_is_in_no_repr_and_no_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_API_KEY", SECRET)
    settings = read_settings()
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_every_type_but_the_chat_export_may_be_ordered_without_an_allow_list() -> None:
    assert set(UNIQUE_REPORTS) - set(enabled_catalogue(read_settings())) == {"USER_CHAT_EXPORT"}


def test_the_allow_list_is_the_whole_list_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_REPORT_TYPES", "user_chat_export, NPS,")
    assert set(enabled_catalogue(read_settings())) == {"NPS", "USER_CHAT_EXPORT"}


@pytest.mark.parametrize("nothing", [" ", ",", " , ,"])
def test_an_allow_list_that_names_nothing_does_not_allow_what_there_is_without_one(
    monkeypatch: pytest.MonkeyPatch, nothing: str
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_REPORT_TYPES", nothing)
    with pytest.raises(ConfigurationError, match="UNIQUE_ANALYTICS_REPORT_TYPES is wrong: it names no report type"):
        read_settings()


def test_host_names_are_a_list_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_ALLOWED_HOSTS", "Analytics.example.com, mcp")
    assert read_settings().allowed_hosts == ("analytics.example.com", "mcp")


def test_an_allow_list_with_a_type_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_REPORT_TYPES", "NPS,NSP")
    with pytest.raises(ConfigurationError, match="NSP"):
        enabled_catalogue(read_settings())


def test_callers_with_identities_of_their_own_cannot_share_one_users_login_token() -> None:
    with pytest.raises(ConfigurationError, match="its login token is one user's"):
        check_access(read_settings().model_copy(update={"backend": "unique-legacy"}), callers=True)


def test_the_currency_is_named_in_any_case_and_reaches_every_literal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_CURRENCY", "chf")
    column = enabled_catalogue(read_settings())["MODEL_USAGE"].column("spent")
    assert column is not None
    assert column.unit == "CHF"


def test_all_missing_settings_are_named_at_once_with_the_way_to_try_without() -> None:
    with pytest.raises(ConfigurationError, match="--demo") as refused:
        load_backend("unique", read_settings())
    for name in ("UNIQUE_API_BASE_URL", "UNIQUE_APP_KEY", "UNIQUE_APP_ID", "UNIQUE_AUTH_USER_ID", "UNIQUE_COMPANY_ID"):
        assert name in refused.value.message


async def test_a_full_base_wins_over_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UNIQUE_API_KEY", "UNIQUE_APP_ID", "UNIQUE_USER_ID", "UNIQUE_COMPANY_ID"):
        monkeypatch.setenv(name, "value")
    monkeypatch.setenv("UNIQUE_API_BASE_URL", "https://gateway.acme.example")
    monkeypatch.setenv("UNIQUE_API_BASE", "https://other.example/inner/prefix")
    backend = load_backend("unique", read_settings())
    assert "other.example" in repr(backend)
    await backend.aclose()


async def test_a_service_closes_its_backend_and_offers_only_what_is_enabled(tmp_path: Path) -> None:
    backend = FakeBackend()
    settings = read_settings().model_copy(update={"data_dir": tmp_path, "report_types": ("NPS",)})
    async with open_service(settings, backends=[backend]) as service:
        assert list(service.catalogue) == ["NPS"]
        assert not backend.closed
    assert backend.closed


async def test_a_caller_asks_the_platform_as_themselves_and_each_request_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    caller, tally = Caller(user_id="user_demo_analyst", company_id="company_demo"), Tally()
    with tenant(monkeypatch, tmp_path) as served:
        operator = read_settings().model_copy(update={"user_id": "user-operator", "company_id": "company-nordwind"})
        async with open_service(operator, caller, watch=Watch(tally=tally)) as service:
            await service.create(service.request(type="CHAT_INTERACTION", period="2025-03"))
        asked = [request.headers for request in served.platform.requests]
    assert {(each["x-user-id"], each["x-company-id"]) for each in asked} == {("user_demo_analyst", "company_demo")}
    assert sum(tally.of(Counted.UPSTREAM).values()) == len(asked)


async def test_all_callers_of_a_process_have_its_store_swept_once(tmp_path: Path) -> None:
    left_by_a_kill = tmp_path / "v1" / "anybody" / ".0123456789abcdef.tmp"
    left_by_a_kill.parent.mkdir(parents=True)
    settings = read_settings().model_copy(update={"data_dir": tmp_path})
    store, found = store_of(settings), list[bool]()
    async with AsyncExitStack() as opened:
        for name in ("ada", "ben"):
            left_by_a_kill.touch()
            os.utime(left_by_a_kill, (0, 0))
            caller = Caller(user_id=name, company_id="nordwind")
            await opened.enter_async_context(open_service(settings, caller, backends=[FakeBackend()], store=store))
            found.append(left_by_a_kill.exists())
    assert found == [False, True]


GENESYS = {
    "GENESYS_CLIENT_ID": "client",
    "GENESYS_CLIENT_SECRET": "never_to_be_shown_either",
    "GENESYS_REGION": "eu_central_1",
}


@pytest.mark.parametrize(
    ("names", "services"),
    [
        ([], ("unique",)),
        ([*GENESYS], ("genesys",)),
        (["GENESYS_REGION"], ("genesys",)),
        ([*GENESYS, "UNIQUE_USER_ID", "UNIQUE_COMPANY_ID"], ("genesys",)),
        ([*GENESYS, "UNIQUE_APP_ID"], ("unique", "genesys")),
    ],
    ids=["nothing set", "genesys alone", "a part of it", "genesys and who asks", "both"],
)
def test_genesys_comes_beside_unique_or_alone(
    names: list[str], services: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in names:
        monkeypatch.setenv(name, GENESYS.get(name, "value"))
    settings = read_settings()
    assert backend_names(settings) == services
    has_genesys = "GENESYS_CONVERSATION_DETAILS" in enabled_catalogue(settings)
    assert has_genesys is ("genesys" in services)


async def test_a_caller_who_logs_in_needs_nothing_of_unique_for_genesys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {**GENESYS, "UNIQUE_ANALYTICS_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    async with open_service(read_settings(), Caller(user_id="ada", company_id="nordwind")) as service:
        assert {report.backend for report in service.catalogue.values()} == {"genesys"}


@pytest.mark.parametrize("name", GENESYS)
def test_each_missing_part_of_genesys_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in GENESYS.keys() - {name}:
        monkeypatch.setenv(other, GENESYS[other])
    with pytest.raises(ConfigurationError, match=name):
        load_backend("genesys", read_settings())


def test_one_explicit_genesys_address_needs_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**GENESYS, "GENESYS_API_BASE": "http://127.0.0.1:8787"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="GENESYS_LOGIN_BASE"):
        load_backend("genesys", read_settings())


async def test_the_genesys_backend_is_where_its_region_is_and_hides_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GENESYS.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    backend = load_backend("genesys", settings)
    assert "api.mypurecloud.de" in repr(backend)
    assert GENESYS["GENESYS_CLIENT_SECRET"] not in f"{settings!r} {backend!r} {backend.principal}"
    await backend.aclose()


def test_genesys_is_asked_every_three_seconds_at_first_and_every_thirty_at_last() -> None:
    pace = pace_of("genesys", read_settings())
    assert [pace.delay(polls) for polls in (0, 1, 100)] == [2.0, 3.0, 30.0]
    assert pace_of("unique", read_settings()).delay(1) == 10.0


def test_demo_settings_change_the_platform_the_identity_and_the_store_only(tmp_path: Path) -> None:
    real = {"api_base": "https://real.example", "user_id": "real", "data_dir": tmp_path, "time_zone": "Asia/Tokyo"}
    base = read_settings().model_copy(update=real)
    with demo_settings(base, tmp_path / "demo") as demo:
        changed = {name for name in Settings.model_fields if getattr(demo, name) != getattr(base, name)}
        assert demo.api_base is not None
        assert demo.api_base.startswith("http://127.0.0.1:")
        assert demo.data_dir == tmp_path / "demo"
    assert changed == {"api_base", "api_key", "app_id", "user_id", "company_id", "data_dir"}


@pytest.mark.parametrize("backend", ["unique", "genesys"])
async def test_whoever_logs_in_to_a_demo_may_order_there_and_sees_no_order_of_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, backend: str
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_BACKEND", backend)
    base, company = read_settings(), "company-nordwind"
    async with (
        open_demo_service(base, tmp_path, Caller(user_id="user-ada", company_id=company)) as ada,
        open_demo_service(base, tmp_path, Caller(user_id="user-ben", company_id=company)) as ben,
    ):
        type_ = next(iter(enabled_catalogue(base)))
        order = await ada.create(ada.request(type=type_, period="yesterday"))
        assert [each.order_id for each in (await ada.orders()).orders] == [order.order_id]
        assert (await ben.orders()).orders == []


def test_the_real_clock_is_aware_and_stretches_delays_by_a_tenth_at_most() -> None:
    clock = real_clock()
    assert clock.now().tzinfo is not None
    assert all(10 <= clock.jitter(10) <= 11 for _ in range(100))


def test_the_data_folder_belongs_to_this_package() -> None:
    assert default_data_dir().name == "unique-analytics-mcp"


def test_a_user_without_a_home_is_told_which_setting_names_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)  # as in a container that is run under a number of its own
    with pytest.raises(ConfigurationError, match=r"has no home.* UNIQUE_ANALYTICS_DATA_DIR"):
        default_data_dir()

"""Real hosts with the files we make for them, as processes, at an address and with a token; `make prove` runs these."""

import pytest

from codex import CodexRefused, app_server
from hosts import CODEX, HOSTS, TOKEN, TOKEN_NAME, Host, equip, listed, standings, values_of
from programs import Workplace
from tenant import MARCH, Tenant

pytestmark = pytest.mark.prove

each_host = pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)

NAME = "unique-analytics"


@each_host
def test_a_host_starts_the_servers_of_its_file(place: Workplace, platform: Tenant, host: Host) -> None:
    equip(place, host, "clients", values_of(platform))
    ended = listed(place, host)
    assert standings(ended) == {f"{NAME}-demo": True, NAME: True}, ended.stdout


@each_host
def test_a_host_connects_to_the_address_of_its_file(place: Workplace, open_address: str, host: Host) -> None:
    equip(place, host, "clients/remote", url=open_address)
    ended = listed(place, host)
    assert standings(ended) == {NAME: True}, ended.stdout


@each_host
@pytest.mark.parametrize(("token", "comes_in"), [(TOKEN, True), ("another", False)], ids=["the token", "another"])
def test_a_host_comes_in_with_the_token_of_its_environment_alone(
    place: Workplace, guarded_address: str, host: Host, token: str, comes_in: bool
) -> None:
    equip(place, host, "clients/token", url=guarded_address)
    ended = listed(place, host, **{TOKEN_NAME: token})
    assert standings(ended) == {NAME: comes_in}, ended.stdout


def asked_by_codex(place: Workplace, **variables: str) -> str:
    with app_server(place, **variables) as codex:
        answer = codex.call(NAME, "run_analytics_report", type="CHAT_INTERACTION", **MARCH)
    [text] = [block["text"] for block in answer["content"] if block["type"] == "text"]
    return text


def test_codex_is_told_the_right_number_by_a_process(place: Workplace, platform: Tenant, truth: str) -> None:
    equip(place, CODEX, "clients", values_of(platform))
    assert truth in asked_by_codex(place)


def test_codex_is_told_the_right_number_at_an_address(place: Workplace, open_address: str, truth: str) -> None:
    equip(place, CODEX, "clients/remote", url=open_address)
    assert truth in asked_by_codex(place)


def test_codex_is_told_the_right_number_with_the_token(place: Workplace, guarded_address: str, truth: str) -> None:
    equip(place, CODEX, "clients/token", url=guarded_address)
    assert truth in asked_by_codex(place, **{TOKEN_NAME: TOKEN})


def test_codex_is_told_nothing_with_another_token(place: Workplace, guarded_address: str) -> None:
    equip(place, CODEX, "clients/token", url=guarded_address)
    with pytest.raises(CodexRefused, match="Auth required"):
        asked_by_codex(place, **{TOKEN_NAME: "another"})

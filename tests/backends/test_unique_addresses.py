"""From what an operator wrote to the address of the API."""

import pytest

from unique_analytics_mcp.backends._unique_addresses import base_url, full_base
from unique_analytics_mcp.errors import ConfigurationError


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://gateway.acme.unique.app", "https://gateway.acme.unique.app/public/chat"),
        ("gateway.acme.unique.app", "https://gateway.acme.unique.app/public/chat"),
        ("https://api.acme.unique.app/", "https://api.acme.unique.app/public/chat"),
        ("https://gateway.us.unique.app", "https://gateway.us.unique.app/public/chat"),
        ("https://gateway.unique.app", "https://gateway.unique.app/public/chat-gen2"),
        ("https://Gateway.QA.unique.app:443", "https://gateway.qa.unique.app:443/public/chat-gen2"),
        ("https://gateway.acme.unique.app/some/path", "https://gateway.acme.unique.app/public/chat"),
        (" 'https://gateway.acme.unique.app/' ", "https://gateway.acme.unique.app/public/chat"),
        ("http://localhost:8092/", "http://localhost:8092/public"),
        ("localhost:8092", "http://localhost:8092/public"),
        ("http://localhost:8096", "http://localhost:8096"),
        ("http://127.0.0.1:8096", "http://127.0.0.1:8096"),
        ("127.0.0.1:8787", "http://127.0.0.1:8787/public/chat"),
        ("http://[::1]:8787", "http://[::1]:8787/public/chat"),
        ("http://node-chat.unique.svc.cluster.local", "http://node-chat.unique.svc.cluster.local/public"),
        ("node-chat.unique.svc", "http://node-chat.unique.svc/public"),
        ("http://unique-api.unique.svc.cluster.local:8080", "http://unique-api.unique.svc.cluster.local:8080"),
        ("http://node-chat", "http://node-chat/public/chat"),
    ],
)
def test_the_prefix_follows_from_the_host(written: str, base: str):
    assert base_url(written) == base


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://gateway.acme.unique.app/public/chat", "https://gateway.acme.unique.app/public/chat"),
        (' "https://proxy.bank.example/Unique/V1/" ', "https://proxy.bank.example/Unique/V1"),
        ("https://gateway.acme.unique.app", "https://gateway.acme.unique.app"),
        ("http://127.0.0.1:8787/public/chat", "http://127.0.0.1:8787/public/chat"),
    ],
)
def test_a_full_base_is_left_as_it_is(written: str, base: str):
    assert full_base(written) == base


@pytest.mark.parametrize(
    "written",
    [
        "",
        "https://",
        "ftp://gateway.acme.unique.app",
        "https://gateway acme",
        "https://gateway..unique.app",
        "https://gateway.acme.unique.app:port",
        "https://gateway.acme.unique.app:99999",
        "https://[::1",
        "https://user:pass@gateway.acme.unique.app",
        "https://gateway.acme.unique.app?apiKey=ukey",
        "https://gateway.acme.unique.app#part",
        "http://gateway.acme.unique.app",
        "http://10.0.0.7",
        "http://localhost.example.org",
    ],
)
def test_what_is_no_usable_address_is_refused_by_the_name_of_its_setting(written: str):
    with pytest.raises(ConfigurationError, match=r"UNIQUE_API_BASE_URL .* https://"):
        base_url(written)
    with pytest.raises(ConfigurationError, match=r"UNIQUE_API_BASE .* https://"):
        full_base(written)


def test_a_full_base_needs_its_scheme():
    with pytest.raises(ConfigurationError, match="not a whole URL"):
        full_base("gateway.acme.unique.app/public/chat")


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ConfigurationError) as caught:
        base_url("https://ada:hunter2@gateway.acme.unique.app")
    assert "hunter2" not in str(caught.value)

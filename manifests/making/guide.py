"""Which file is for whom, and what to change in it: a page for people."""

from __future__ import annotations

from manifests.making.clients import CLIENTS, Client
from manifests.making.cluster import CREDENTIALS, NOTICE_S, PLACE
from manifests.making.facts import BUCKET, GATEWAY, HOST, ISSUER, Facts
from manifests.making.image import USER
from manifests.making.publishing import BUNDLED


def guide(facts: Facts) -> str:
    """The README of the folder."""
    kept = [setting for setting in facts.required if setting.field != "api_base_url"]
    secret = " \\\n  ".join(f"--from-literal={setting.name}=…" for setting in kept)
    rows = "\n".join(map(_row, CLIENTS))
    token, auth, redis = (facts.named(field).name for field in ("auth_token", "auth", "redis"))
    place, endpoint = PLACE
    keys = " \\\n  ".join(f"--from-literal={name}=…" for name in (place, *CREDENTIALS))
    return f"""# Manifests

Made by `make manifests` from the package itself; a test keeps them equal, so change the makers in `making/`.

**Container.** `docker build --file manifests/Containerfile --tag {facts.name}:{facts.version} .` in the root of the
repository. It runs without rights, as user {USER}, on a root that may be read-only, writes to `/data` and `/tmp` alone,
and asks callers for `{token}`, a secret of at least 24 characters.

**Kubernetes**, 1.30 or newer. In `manifests/kubernetes.yaml` replace `registry.example.com`, `{HOST}`, `{GATEWAY}`,
`{ISSUER}` and `{BUCKET}`, add what else you set, such as Genesys Cloud's client and region, to its `env`, then:

```sh
kubectl create secret generic {facts.name} \\
  {secret} \\
  --from-literal={token}="$(openssl rand -hex 32)" \\
  --from-literal={redis}=rediss://… \\
  {keys}
kubectl apply --filename manifests/kubernetes.yaml
```

With that token all callers ask as the one user of the secret. For a login of each person change `{auth}`
to `oidc`: user and company then come from the token, and the secret needs neither. What a provider wants besides is in
[docs/operating.md](../docs/operating.md#with-zitadel-step-by-step).

The replicas share orders and reports by Redis and a bucket that you bring; `emptyDir` only holds copies. Leave the keys
of AWS out where the service account has a role for the bucket (read, write, list, delete), and name the address of
another S3-compatible store as `{endpoint}` in the same secret. Their ports are let through if they are 443
and 6379; add others to the NetworkPolicy.

Callers come from the same namespace, such as a gateway there, which ends TLS, does not buffer, and lets an answer
take ten minutes. For a gateway or a Prometheus elsewhere name its namespace in the NetworkPolicy. A pod leaves the
Service {NOTICE_S} seconds before it is told to end; its running calls have {facts.drain_s} more.

**Catalogues.** `server.json` is for the MCP registry. This makes a bundle for Claude Desktop:

```sh
mkdir bundle && cp -r {" ".join(BUNDLED)} manifests/mcpb/manifest.json bundle
npx @anthropic-ai/mcpb pack bundle {facts.name}.mcpb
```

**Clients.** One file each: a process of the host's own, an address where the host asks its user to log in, and an
address with the secret that callers share, which most hosts read from `{token}` in their environment.

| client | goes into | process | address | with a token |
|---|---|---|---|---|
{rows}
| Unique AI | MCP Hub | | [`unique-connector.md`](clients/unique-connector.md) | |
"""


def connecting() -> str:
    """How each client is connected, in two lines each, for the README of the project."""
    return "\n".join(_told(client) for client in CLIENTS)


def _told(client: Client) -> str:
    folder = "manifests/clients"
    file = f"[`{client.file}`]({folder}/{client.file})"
    first = f"- **{client.title}**: {file} goes into {client.place}; {client.shown_by} shows it."
    if not client.url:
        return f"{first}\n  At an address: Settings, Connectors."
    login, token = f"{folder}/remote/{client.file}", f"{folder}/token/{client.file}"
    return f"{first}\n  At an address: [with a login]({login}), or [with a token]({token})."


def _row(client: Client) -> str:
    file = client.file
    urls = f"{_link(f'remote/{file}')} | {_link(f'token/{file}')}" if client.url else "Settings, Connectors |"
    return f"| {client.title} | {client.place} | {_link(file)} | {urls} |"


def _link(file: str) -> str:
    return f"[`{file}`](clients/{file})"

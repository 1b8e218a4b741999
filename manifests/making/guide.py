"""Which file is for whom, and what to change in it: a page for people."""

from __future__ import annotations

from manifests.making.clients import CLIENTS
from manifests.making.cluster import NOTICE_S
from manifests.making.facts import GATEWAY, HOST, Facts


def guide(facts: Facts) -> str:
    """The README of the folder."""
    secret = " \\\n  ".join(f"--from-literal={setting.name}=…" for setting in facts.required if _is_kept(setting.field))
    rows = "\n".join(_row(client.title, client.place, client.file, has_url=bool(client.url)) for client in CLIENTS)
    return f"""# Manifests

Made by `make manifests` from the package itself; a test keeps them equal, so change the makers in `making/`.

**Container.** `docker build --file manifests/Containerfile --tag {facts.name}:{facts.version} .` in the root of the
repository. It runs as nobody, on a root that may be read-only, and writes to `/data` and `/tmp` alone.

**Kubernetes.** In `kubernetes.yaml` replace `registry.example.com`, `{HOST}` and `{GATEWAY}`, then:

```sh
kubectl create secret generic {facts.name} \\
  {secret}
kubectl apply --filename kubernetes.yaml
```

Callers come from the same namespace, such as a gateway there, which ends TLS, does not buffer, and lets an answer
take ten minutes. A pod leaves the Service {NOTICE_S} seconds before it is told to end; its running calls have
{facts.drain_s} more.

**Not yet.** Until there is a login, the server refuses every address but loopback: container and pod end at once, and
say so.

**Catalogues.** `server.json` is for the MCP registry. `mcpb/manifest.json`, put into the root of a copy of the
repository and packed with `npx @anthropic-ai/mcpb pack`, makes a bundle for Claude Desktop.

**Clients.** One file each: a process of the host's own, and an address.

| client | goes into | process | address |
|---|---|---|---|
{rows}
| Unique AI | MCP Hub | | [`unique-connector.md`](clients/unique-connector.md) |
"""


def _is_kept(field: str) -> bool:
    return field != "api_base_url"


def _row(title: str, place: str, file: str, *, has_url: bool) -> str:
    url = f"[`remote/{file}`](clients/remote/{file})" if has_url else "Settings, Connectors"
    return f"| {title} | {place} | [`{file}`](clients/{file}) | {url} |"

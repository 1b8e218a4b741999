"""The container: two stages, locked packages, compiled bytecode, a user without rights, nothing to write but `/data`.

The packages for traces are among them: whoever runs a container switches traces on by its environment, and should not
have to build another image for that. They are a fourteenth of all packages' bytes and are not loaded until then.
"""

from __future__ import annotations

from typing import Final

from manifests.making.facts import Facts

BASE: Final = "python:3.13.14-slim-trixie@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6"
"""By the digest of its index, so for every platform (docker-library/repo-info, read 2026-11-21)."""

USER: Final = 1000
DATA: Final = "/data"
FOREVER: Final = "0.0.0.0"  # noqa: S104 - inside a container every address is the container's own


def containerfile(facts: Facts) -> str:
    """The Containerfile, which is built from the root of the repository."""
    return f"""# docker build --file manifests/Containerfile --tag {facts.name}:{facts.version} .
# docker run --read-only --tmpfs /tmp --volume analytics:{DATA} --publish {facts.port}:{facts.port} \\
#   --env-file unique.env {facts.name}:{facts.version}
# In unique.env, beside the settings of the platform: {facts.named("auth_token").name}, or
# {facts.named("auth").name}=oidc with {facts.named("oidc_issuer").name} and {facts.named("public_url").name}.

FROM {BASE} AS build
WORKDIR /build
RUN python -m venv /opt/app
ENV PATH=/opt/app/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements-otel.txt ./
RUN pip install --no-compile --require-hashes --requirement requirements-otel.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip install --no-compile --no-deps --no-build-isolation . \\
    && pip uninstall --yes --quiet hatchling editables pip \\
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/app/lib

FROM {BASE}
LABEL org.opencontainers.image.title="{facts.name}" \\
      org.opencontainers.image.version="{facts.version}" \\
      org.opencontainers.image.licenses="{facts.license}"
RUN groupadd --gid {USER} app && useradd --uid {USER} --gid app --no-create-home --shell /usr/sbin/nologin app \\
    && install --directory --owner=app --group=app --mode=0700 {DATA}
COPY --from=build /opt/app /opt/app
ENV PATH=/opt/app/bin:$PATH \\
    PYTHONDONTWRITEBYTECODE=1 \\
    {facts.named("data_dir").name}={DATA} \\
    {facts.named("log_format").name}=json \\
    {facts.named("auth").name}=token
USER {USER}:{USER}
VOLUME {DATA}
EXPOSE {facts.port}
STOPSIGNAL SIGTERM
ENTRYPOINT ["{facts.name}"]
CMD ["serve", "--transport", "http", "--host", "{FOREVER}", "--port", "{facts.port}"]
"""

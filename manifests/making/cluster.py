"""Kubernetes: what a platform team applies after it has named its image, its host and its secret.

Two replicas that share a store and may be moved one at a time, no rights, no secrets in sight, traffic in from the
namespace and out to name servers, HTTPS and Redis alone. Times follow from how long a drain takes.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from manifests.making.facts import BUCKET, GATEWAY, HOST, IDENTITY, ISSUER, Facts, Setting
from manifests.making.image import DATA, FOREVER, USER
from unique_analytics_mcp.analysis.sealed.child import ADDRESS_SPACE
from unique_analytics_mcp.watching import REPORTS_AT_ONCE, STATEMENTS_AT_ONCE

NOTICE_S: Final = 5
"""Between leaving the Service and SIGTERM: until then callers are still sent here."""
_MARGIN_S: Final = 5
_LEAST, _MOST = 2, 6
_IDLE_MIB: Final = 88
_REPORT_MIB: Final = 170
"""What a large report takes while it is read or summed up (docs/measurements.md)."""
_OWN_MIB: Final = _IDLE_MIB + 2 * REPORTS_AT_ONCE * _REPORT_MIB
"""Memory of the server itself: as many reports arrive as are read or summed up once they are there."""
_MOST_MIB: Final = _OWN_MIB + STATEMENTS_AT_ONCE * (ADDRESS_SPACE >> 20)
"""With all that reports and statements may take: a container beyond its limit is ended whole, not one process."""
_DNS_PORT: Final = 53
_HTTPS_PORT: Final = 443
_REDIS_PORT: Final = 6379

CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""Keys for the bucket; not there where the service account has a role for it."""
PLACE: Final = ("AWS_REGION", "AWS_ENDPOINT_URL")
"""Where the bucket is; a role brings the region, and AWS itself needs no address."""

Object = dict[str, Any]


def kubernetes(facts: Facts) -> str:
    """All objects as one stream of YAML documents."""
    objects = (
        _service_account(facts),
        _deployment(facts),
        _service(facts),
        _network_policy(facts),
        _disruption_budget(facts),
        _autoscaler(facts),
    )
    return yaml.safe_dump_all(objects, sort_keys=False, allow_unicode=True, width=120)


def _object(facts: Facts, api: str, kind: str, **content: object) -> Object:
    labels = {**_labels(facts), "app.kubernetes.io/version": facts.version}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": facts.name, "labels": labels}, **content}


def _labels(facts: Facts) -> dict[str, str]:
    return {"app.kubernetes.io/name": facts.name}


def _service_account(facts: Facts) -> Object:
    return _object(facts, "v1", "ServiceAccount", automountServiceAccountToken=False)


def _deployment(facts: Facts) -> Object:
    spec = {
        "replicas": _LEAST,
        "selector": {"matchLabels": _labels(facts)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {"metadata": {"labels": _labels(facts)}, "spec": _pod(facts)},
    }
    return _object(facts, "apps/v1", "Deployment", spec=spec)


def _pod(facts: Facts) -> Object:
    return {
        "serviceAccountName": facts.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": NOTICE_S + facts.drain_s + _MARGIN_S,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": _labels(facts)},
            }
        ],
        "containers": [_container(facts)],
        "volumes": [
            {"name": "data", "emptyDir": {"sizeLimit": "6Gi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
    }


def _container(facts: Facts) -> Object:
    return {
        "name": "server",
        "image": f"registry.example.com/{facts.name}:{facts.version}",
        "args": ["serve", "--transport", "http", "--host", FOREVER, "--port", str(facts.port)],
        "ports": [{"name": "http", "containerPort": facts.port}],
        "env": _environment(facts),
        "startupProbe": {**_probe("/health"), "periodSeconds": 1, "failureThreshold": 30},
        "livenessProbe": {**_probe("/health"), "periodSeconds": 10, "timeoutSeconds": 5},
        "readinessProbe": {**_probe("/ready"), "periodSeconds": 5, "timeoutSeconds": 5},
        "lifecycle": {"preStop": {"sleep": {"seconds": NOTICE_S}}},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": f"{_MOST_MIB}Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "data", "mountPath": DATA}, {"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - the pod's own
    }


def _probe(path: str) -> Object:
    return {"httpGet": {"path": path, "port": "http"}}


def _environment(facts: Facts) -> list[Object]:
    """Addresses in sight, everything about who asks by reference, keys of the secret named as the variables.

    What an OpenID provider needs stands there too, so that a login for each person is a change of one word.
    """
    plain = {
        "api_base_url": GATEWAY,
        "allowed_hosts": HOST,
        "auth": "token",
        "public_url": facts.url,
        "oidc_issuer": ISSUER,
        "store": BUCKET,
    }
    shown = [{"name": facts.named(field).name, "value": value} for field, value in plain.items()]
    kept = [setting for setting in facts.settings if setting.is_secret or setting.is_required]
    return [
        *shown,
        *(_by_reference(facts, each.name, needed=_is_needed(each)) for each in kept if each.field not in plain),
        *(_by_reference(facts, name, needed=False) for name in (*PLACE, *CREDENTIALS)),
    ]


def _is_needed(setting: Setting) -> bool:
    """Whatever only some ways to log in need may be missing: the server says so at its start."""
    return setting.field == "redis" or (setting.is_required and setting.field not in IDENTITY)


def _by_reference(facts: Facts, name: str, *, needed: bool) -> Object:
    reference: Object = {"name": facts.name, "key": name, **({} if needed else {"optional": True})}
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def _service(facts: Facts) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    return _object(facts, "v1", "Service", spec={"selector": _labels(facts), "ports": ports})


def _network_policy(facts: Facts) -> Object:
    dns = [{"protocol": protocol, "port": _DNS_PORT} for protocol in ("UDP", "TCP")]
    spec: Object = {
        "podSelector": {"matchLabels": _labels(facts)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": "http"}]}],
        "egress": [
            {"ports": dns},
            {"ports": [{"protocol": "TCP", "port": port} for port in (_HTTPS_PORT, _REDIS_PORT)]},
        ],
    }
    return _object(facts, "networking.k8s.io/v1", "NetworkPolicy", spec=spec)


def _disruption_budget(facts: Facts) -> Object:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": _labels(facts)}}
    return _object(facts, "policy/v1", "PodDisruptionBudget", spec=spec)


def _autoscaler(facts: Facts) -> Object:
    target = {"type": "Utilization", "averageUtilization": 70}
    load = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": facts.name},
        "minReplicas": _LEAST,
        "maxReplicas": _MOST,
        "metrics": [load],
    }
    return _object(facts, "autoscaling/v2", "HorizontalPodAutoscaler", spec=spec)

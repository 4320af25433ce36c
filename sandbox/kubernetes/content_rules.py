"""What the content of single built-in kinds must be like, beyond what their schemas say."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kubernetes import names, structural_rules
from sandbox.kubernetes.errors import Cause, invalid_value, not_supported, required, shown

Object = dict[str, Any]
_RESTARTS = {"Deployment": ("Always",), "DaemonSet": ("Always",), "ReplicaSet": ("Always",), "StatefulSet": ("Always",), "Job": ("OnFailure", "Never")}
_PULLS = ("Always", "IfNotPresent", "Never")
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_NEGATIVE = "must be greater than or equal to 0"
# What a Secret of a type must hold.
_SECRET_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def pod_spec(spec: Object, at: str) -> Iterator[Cause]:
    """Yield what is wrong with a pod spec."""
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    for key in ("initContainers", "containers"):
        seen: set[str] = set()
        for index, container in enumerate(spec.get(key) or ()):
            yield from _container(container, f"{at}.{key}[{index}]", volumes)
            name = container.get("name", "")
            if name in seen:
                yield Cause("FieldValueDuplicate", f"{at}.{key}[{index}].name", f'Duplicate value: "{name}"')
            seen.add(name)


def _container(container: Object, at: str, volumes: set[Any]) -> Iterator[Cause]:
    name = container.get("name")
    if name:
        yield from (invalid_value(f"{at}.name", name, text) for text in names.label(name))
    if not container.get("image"):
        yield required(f"{at}.image")
    if container.get("imagePullPolicy") not in _PULLS:
        yield not_supported(f"{at}.imagePullPolicy", container.get("imagePullPolicy"), _PULLS)
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            yield Cause("FieldValueNotFound", f"{at}.volumeMounts[{index}].name", f'Not found: "{mount.get("name", "")}"')


def _pod(obj: Object) -> list[Cause]:
    return list(pod_spec(obj["spec"], "spec"))


def _workload(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    if spec.get("replicas", 0) < 0:
        causes.append(invalid_value("spec.replicas", spec["replicas"], _NEGATIVE))
    template = spec.get("template") or {}
    if "selector" in spec:
        causes += _selected(spec, (template.get("metadata") or {}).get("labels") or {})
    pod = template.get("spec") or {}
    causes += pod_spec(pod, "spec.template.spec")
    allowed = _RESTARTS[obj["kind"]]
    if pod.get("restartPolicy") not in allowed:
        causes.append(not_supported("spec.template.spec.restartPolicy", pod.get("restartPolicy"), allowed))
    return causes


def _selected(spec: Object, labels: Object) -> list[Cause]:
    wanted = spec["selector"].get("matchLabels") or {}
    if not wanted and not spec["selector"].get("matchExpressions"):
        return [invalid_value("spec.selector", spec["selector"], "empty selector is invalid for deployment")]
    if wanted.items() <= labels.items():
        return []
    return [invalid_value("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]


def _keys(values: Object, at: str) -> list[Cause]:
    return [invalid_value(f"{at}[{key}]", key, text) for key in values for text in names.config_key(key)]


def _config_map(obj: Object) -> list[Cause]:
    return _keys(obj.get("data") or {}, "data") + _keys(obj.get("binaryData") or {}, "binaryData")


def _secret(obj: Object) -> list[Cause]:
    data = obj.get("data") or {}
    causes = _keys(data, "data")
    causes += [required(f"data[{key}]") for key in _SECRET_KEYS.get(obj["type"], ()) if key not in data]
    account = (obj["metadata"].get("annotations") or {}).get("kubernetes.io/service-account.name")
    if obj["type"] == "kubernetes.io/service-account-token" and not account:
        causes.append(required("metadata.annotations[kubernetes.io/service-account.name]"))
    return causes


def undecodable_data(obj: Object) -> str | None:
    """Return what Go's decoder says of data that is not base64; None when all of it is."""
    for value in (obj.get("data") or {}).values():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return "illegal base64 data at input byte " + str(len(value) - len(value) % 4)
    return None


def _service(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes: list[Cause] = []
    if not spec.get("ports") and spec["type"] != "ExternalName" and spec.get("clusterIP") != "None":
        causes.append(required("spec.ports"))
    if spec["type"] not in _SERVICE_TYPES:
        causes.append(not_supported("spec.type", spec["type"], _SERVICE_TYPES))
    ports = spec.get("ports") or []
    for index, port in enumerate(ports):
        if not 1 <= port.get("port", 0) <= 65535:
            causes.append(invalid_value(f"spec.ports[{index}].port", port.get("port", 0), "must be between 1 and 65535, inclusive"))
        if isinstance(port.get("targetPort"), int) and not 1 <= port["targetPort"] <= 65535:
            causes.append(invalid_value(f"spec.ports[{index}].targetPort", port["targetPort"], "must be between 1 and 65535, inclusive"))
        if len(ports) > 1 and not port.get("name"):
            causes.append(required(f"spec.ports[{index}].name"))
    return causes + list(_repeated_ports(ports))


def _repeated_ports(ports: list[Object]) -> Iterator[Cause]:
    """Yield the names and the pairs of port and protocol that were there before; the pair is shown as the server's internal form."""
    names_seen: set[str] = set()
    for index, port in enumerate(ports):
        if port.get("name") in names_seen:
            yield Cause("FieldValueDuplicate", f"spec.ports[{index}].name", f"Duplicate value: {shown(port['name'])}")
        names_seen |= {port["name"]} if port.get("name") else set()
    pairs: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        pair = (port.get("protocol", "TCP"), port.get("port", 0))
        if pair in pairs:
            form = {"Name": "", "Protocol": pair[0], "AppProtocol": None, "Port": pair[1], "TargetPort": 0, "NodePort": 0}
            yield Cause("FieldValueDuplicate", f"spec.ports[{index}]", f"Duplicate value: {json.dumps(form, separators=(',', ':'))}")
        pairs.add(pair)


def _rules(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    for index, rule in enumerate(obj.get("rules") or ()):
        at = f"rules[{index}]"
        if not rule.get("verbs"):
            causes.append(required(f"{at}.verbs", "verbs must contain at least one value"))
        if rule.get("nonResourceURLs"):
            if obj["kind"] == "Role":
                causes.append(invalid_value(f"{at}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs"))
            continue
        if not rule.get("apiGroups"):
            causes.append(required(f"{at}.apiGroups", "resource rules must supply at least one api group"))
        if not rule.get("resources"):
            causes.append(required(f"{at}.resources", "resource rules must supply at least one resource"))
    return causes


_SUBJECTS = ("ServiceAccount", "User", "Group")


def _binding(obj: Object) -> list[Cause]:
    allowed = ("Role", "ClusterRole") if obj["kind"] == "RoleBinding" else ("ClusterRole",)
    reference = obj.get("roleRef") or {}
    causes = [] if reference.get("kind") in allowed else [not_supported("roleRef.kind", reference.get("kind", ""), allowed, in_order=True)]
    if not reference.get("name"):
        causes.append(required("roleRef.name"))
    for index, subject in enumerate(obj.get("subjects") or ()):
        if not subject.get("name"):
            causes.append(required(f"subjects[{index}].name"))
        if subject.get("kind") not in _SUBJECTS:
            causes.append(not_supported(f"subjects[{index}].kind", subject.get("kind", ""), _SUBJECTS, in_order=True))
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            causes.append(required(f"subjects[{index}].namespace"))
    return causes


def _definition(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"
    causes: list[Cause] = []
    if obj["metadata"]["name"] != wanted:
        causes.append(invalid_value("metadata.name", obj["metadata"]["name"], 'must be spec.names.plural+"."+spec.group'))
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        causes.append(not_supported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced")))
    versions = spec.get("versions") or []
    if sum(bool(version.get("storage")) for version in versions) != 1:
        causes.append(invalid_value("spec.versions", versions, "must have exactly one version marked as storage version"))
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            causes.append(required(f"spec.versions[{index}].schema.openAPIV3Schema"))
        else:
            causes += structural_rules.check(version["schema"]["openAPIV3Schema"], _schema_path(versions, index))
    if not any(version.get("storage") for version in versions):
        causes.append(invalid_value("status.storedVersions", None, "must have at least one stored version"))
    return causes


def _schema_path(versions: list[Object], index: int) -> str:
    """Return where the server sees a version's schema: the only one it takes for that of all."""
    return "spec.validation.openAPIV3Schema" if len(versions) == 1 else f"spec.versions[{index}].schema.openAPIV3Schema"


def _budget(obj: Object) -> list[Cause]:
    if {"minAvailable", "maxUnavailable"} <= obj["spec"].keys():
        return [invalid_value("spec", obj["spec"], "minAvailable and maxUnavailable cannot be both set")]
    return []


def _cron_job(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    template = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
    causes = [] if spec.get("schedule") else [required("spec.schedule")]
    return causes + list(pod_spec(template.get("spec") or {}, "spec.jobTemplate.spec.template.spec"))


_RBAC = "rbac.authorization.k8s.io"
CHECKS: dict[tuple[str, str], Callable[[Object], list[Cause]]] = {
    **{("apps", kind): _workload for kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")},
    **{(_RBAC, kind): _rules for kind in ("Role", "ClusterRole")},
    **{(_RBAC, kind): _binding for kind in ("RoleBinding", "ClusterRoleBinding")},
    ("batch", "Job"): _workload,
    ("batch", "CronJob"): _cron_job,
    ("", "Pod"): _pod,
    ("", "ConfigMap"): _config_map,
    ("", "Secret"): _secret,
    ("", "Service"): _service,
    ("policy", "PodDisruptionBudget"): _budget,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}

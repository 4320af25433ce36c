"""What the content of single built-in kinds must be like, beyond what their schemas say."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kubernetes import go_json, names, network_rules, policy_rules, quota_rules, structural_rules, validation, workload_rules
from sandbox.kubernetes.errors import Cause, invalid_value, not_supported, required
from sandbox.kubernetes.field_rules import chosen
from sandbox.kubernetes.pod_spec_rules import pod_spec

Object = dict[str, Any]
# What a Secret of a type must hold.
_SECRET_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
# Those of which it may lack one.
_SECRET_PAIR = ("username", "password")


def _pod(obj: Object) -> list[Cause]:
    return list(pod_spec(obj["spec"], "spec", pods_own=True))


def _keys(values: Object, at: str) -> list[Cause]:
    return [invalid_value(f"{at}[{key}]", key, text) for key in values for text in names.config_key(key)]


def _config_map(obj: Object) -> list[Cause]:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    twice = [invalid_value(f"data[{key}]", key, "duplicate of key present in binaryData") for key in data if key in binary]
    return _keys(data, "data") + twice + _keys(binary, "binaryData")


def _namespace(obj: Object) -> list[Cause]:
    causes = list(validation.standard_finalizers((obj.get("spec") or {}).get("finalizers") or [], "spec.finalizers"))
    ending, phase = "deletionTimestamp" in obj["metadata"], (obj.get("status") or {}).get("phase", "")
    wanted, when = ("Terminating", "not empty") if ending else ("Active", "empty")
    if phase != wanted:
        causes.append(invalid_value("status.Phase", phase, f"may only be '{wanted}' if `deletionTimestamp` is {when}"))
    return causes


def _secret(obj: Object) -> list[Cause]:
    data = obj.get("data") or {}
    causes = _keys(data, "data")
    causes += [required(f"data[{key}]") for key in _SECRET_KEYS.get(obj["type"], ()) if key not in data]
    if obj["type"] == "kubernetes.io/basic-auth" and not data.keys() & set(_SECRET_PAIR):
        causes += [required(f"data[{key}]") for key in _SECRET_PAIR]
    causes += _docker(obj["type"], data)
    account = (obj["metadata"].get("annotations") or {}).get("kubernetes.io/service-account.name")
    if obj["type"] == "kubernetes.io/service-account-token" and not account:
        causes.append(required("metadata.annotations[kubernetes.io/service-account.name]"))
    return causes


def _docker(kind: str, data: Object) -> Iterator[Cause]:
    """Yield that the access to registries in a Secret is no JSON."""
    for key in _SECRET_KEYS.get(kind, ()) if kind.startswith("kubernetes.io/dockerc") else ():
        try:
            json.loads(base64.b64decode(data.get(key, "e30=")))
        except json.JSONDecodeError as error:
            yield invalid_value(f"data[{key}]", "<secret contents redacted>", go_json.words(error))


def undecodable_data(obj: Object) -> str | None:
    """Return what Go's decoder says of data that is not base64; None when all of it is."""
    for value in (obj.get("data") or {}).values():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return "illegal base64 data at input byte " + str(len(value) - len(value) % 4)
    return None


def _rules(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    if "aggregationRule" in obj and not obj["aggregationRule"].get("clusterRoleSelectors"):
        causes.append(required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil"))
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
        causes += _subject(subject, f"subjects[{index}]")
        if subject.get("kind") not in _SUBJECTS:
            causes.append(not_supported(f"subjects[{index}].kind", subject.get("kind", ""), _SUBJECTS, in_order=True))
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            causes.append(required(f"subjects[{index}].namespace"))
    return causes


def _subject(subject: Object, at: str) -> Iterator[Cause]:
    group = subject.get("apiGroup", "")
    if subject.get("kind") == "ServiceAccount":
        if subject.get("name"):
            yield from (invalid_value(f"{at}.name", subject["name"], text) for text in names.subdomain(subject["name"]))
        yield from chosen({"apiGroup": group}, "apiGroup", ("",), at)
    elif subject.get("kind") in _SUBJECTS and group != _RBAC:
        yield not_supported(f"{at}.apiGroup", group, (_RBAC,))


_PRESERVE = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"


def _definition(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"
    causes: list[Cause] = []
    if spec.get("preserveUnknownFields"):
        causes.append(invalid_value("spec.preserveUnknownFields", True, _PRESERVE))
    if "resourceVersion" not in obj["metadata"] and obj["metadata"]["name"] != wanted:
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


def changed_definition(live: Object, new: Object) -> Iterator[Cause]:
    """Yield what may not change of a definition, and versions that it drops although objects may be stored in them."""
    before, after = live["spec"], new["spec"]
    established = any(each["type"] == "Established" and each["status"] == "True" for each in (live.get("status") or {}).get("conditions") or ())
    if established and before["scope"] != after.get("scope"):
        yield invalid_value("spec.scope", after.get("scope"), _FIXED)
    if established and before["names"]["kind"] != after["names"].get("kind"):
        yield invalid_value("spec.names.kind", after["names"].get("kind"), _FIXED)
    if before["group"] != after.get("group"):
        yield invalid_value("spec.group", after.get("group"), _FIXED)
    if before["names"]["plural"] != after["names"].get("plural"):
        yield invalid_value("spec.names.plural", after["names"].get("plural"), _FIXED)
    named = [version.get("name") for version in after.get("versions") or ()]
    for index, version in enumerate((new.get("status") or {}).get("storedVersions") or ()):
        if version not in named:
            yield invalid_value(f"status.storedVersions[{index}]", version, _DROPPED.format(version))


_FIXED = "field is immutable"
_DROPPED = (
    "missing from spec.versions; {0} was previously a storage version, and must remain in spec.versions until a storage migration"
    " ensures no data remains persisted in {0} and removes {0} from status.storedVersions"
)


def _schema_path(versions: list[Object], index: int) -> str:
    """Return where the server sees a version's schema: the only one it takes for that of all."""
    return "spec.validation.openAPIV3Schema" if len(versions) == 1 else f"spec.versions[{index}].schema.openAPIV3Schema"


_RBAC = "rbac.authorization.k8s.io"
CHECKS: dict[tuple[str, str], Callable[[Object], list[Cause]]] = {
    ("apps", "Deployment"): workload_rules.deployment,
    ("apps", "DaemonSet"): workload_rules.daemon_set,
    ("apps", "ReplicaSet"): workload_rules.replica_set,
    ("apps", "StatefulSet"): workload_rules.stateful_set,
    **{(_RBAC, kind): _rules for kind in ("Role", "ClusterRole")},
    **{(_RBAC, kind): _binding for kind in ("RoleBinding", "ClusterRoleBinding")},
    ("batch", "Job"): workload_rules.job,
    ("batch", "CronJob"): workload_rules.cron_job,
    ("", "Pod"): _pod,
    ("", "ConfigMap"): _config_map,
    ("", "Namespace"): _namespace,
    ("", "Secret"): _secret,
    ("", "Service"): network_rules.service,
    ("", "PersistentVolumeClaim"): policy_rules.claim,
    ("", "LimitRange"): quota_rules.limit_range,
    ("", "ResourceQuota"): quota_rules.quota,
    ("autoscaling", "HorizontalPodAutoscaler"): policy_rules.autoscaler,
    ("coordination.k8s.io", "Lease"): policy_rules.lease,
    ("networking.k8s.io", "Ingress"): network_rules.ingress,
    ("networking.k8s.io", "NetworkPolicy"): network_rules.network_policy,
    ("policy", "PodDisruptionBudget"): policy_rules.budget,
    ("scheduling.k8s.io", "PriorityClass"): policy_rules.priority_class,
    ("storage.k8s.io", "StorageClass"): policy_rules.storage_class,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}

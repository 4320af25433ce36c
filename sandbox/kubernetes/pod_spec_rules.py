"""What a pod spec must be like, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.container_rules import containers
from sandbox.kubernetes.errors import Cause, forbidden_field, invalid_value, not_supported, required
from sandbox.kubernetes.field_rules import chosen
from sandbox.kubernetes.validation import labels

Object = dict[str, Any]
_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_RESTARTS = ("Always", "OnFailure", "Never")
_LONGEST = 2147483647
# In the order in which the server looks at them.
_SOURCES = (
    *("emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs", "flocker"),
    *("persistentVolumeClaim", "rbd", "cinder", "cephfs", "downwardAPI", "fc", "azureFile", "configMap", "vsphereVolume", "quobyte"),
    *("photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO", "csi", "ephemeral", "image"),
)
_ONE_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


def pod_spec(spec: Object, at: str, pods_own: bool = False) -> Iterator[Cause]:
    """Yield what is wrong with a pod spec, a pod's own or that of a template."""
    yield from _volumes(spec.get("volumes") or (), f"{at}.volumes")
    usable = set(_usable(spec.get("volumes") or ()))
    if not spec.get("containers"):
        yield required(f"{at}.containers")
    for key in ("containers", "initContainers"):
        yield from containers(spec.get(key) or [], f"{at}.{key}", usable, pods_own)
    yield from chosen(spec, "restartPolicy", _RESTARTS, at, in_order=True)
    yield from chosen(spec, "dnsPolicy", _POLICIES, at, in_order=True)
    yield from labels(spec.get("nodeSelector") or {}, f"{at}.nodeSelector")
    if "serviceAccountName" in spec:
        yield from (invalid_value(f"{at}.serviceAccountName", spec["serviceAccountName"], text) for text in names.subdomain(spec["serviceAccountName"]))
    if not 1 <= spec.get("activeDeadlineSeconds", 1) <= _LONGEST:
        yield invalid_value(f"{at}.activeDeadlineSeconds", spec["activeDeadlineSeconds"], f"must be between 1 and {_LONGEST}, inclusive")
    for key in ("hostname", "subdomain"):
        yield from (invalid_value(f"{at}.{key}", spec[key], text) for text in (names.label(spec[key]) if spec.get(key) else ()))
    for index, each in enumerate(spec.get("tolerations") or ()):
        yield from _toleration(each, f"{at}.tolerations[{index}]")


def _sources(volume: Object) -> list[str]:
    return [key for key in _SOURCES if volume.get(key) is not None]


def _volumes(volumes: Any, at: str) -> Iterator[Cause]:
    seen: set[str] = set()
    for index, volume in enumerate(volumes):
        name = volume.get("name")
        yield from (forbidden_field(f"{at}[{index}].{key}", "may not specify more than 1 volume type") for key in _sources(volume)[1:])
        if not name:
            yield required(f"{at}[{index}].name")
            continue
        yield from (invalid_value(f"{at}[{index}].name", name, text) for text in names.label(name))
        if name in seen:
            yield Cause("FieldValueDuplicate", f"{at}[{index}].name", f'Duplicate value: "{name}"')
        seen.add(name)


def _usable(volumes: Any) -> Iterator[str]:
    """Yield the names of the volumes that containers may mount: those that are right themselves."""
    for volume in volumes:
        name = volume.get("name", "")
        if name and not names.label(name) and len(_sources(volume)) < 2:
            yield name


def _toleration(given: Object, at: str) -> Iterator[Cause]:
    key, operator, value = given.get("key", ""), given.get("operator", ""), given.get("value", "")
    if key:
        yield from (invalid_value(f"{at}.key", key, text) for text in names.qualified(key))
    elif operator != "Exists":
        yield invalid_value(f"{at}.operator", operator, _ONE_KEY)
    if "tolerationSeconds" in given and given.get("effect") != "NoExecute":
        yield invalid_value(f"{at}.effect", given.get("effect", ""), "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator in ("", "Equal"):
        yield from (invalid_value(f"{at}.operator", value, text) for text in names.label_value(value))
    elif operator == "Exists":
        if value:
            yield invalid_value(f"{at}.operator", value, "value must be empty when `operator` is 'Exists'")
    else:
        yield not_supported(f"{at}.operator", operator, ("Equal", "Exists"), in_order=True)
    yield from chosen(given, "effect", ("NoSchedule", "PreferNoSchedule", "NoExecute"), at, in_order=True)

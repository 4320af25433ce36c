"""Volumes, their classes and drivers."""

from __future__ import annotations

from sandbox.kubernetes.printers.cells import AGE, CREATED, NAME, Column, Object, at, boolean, field, listed, wide

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def _modes(path: str) -> Column:
    return Column("Access Modes", lambda obj, now: ",".join(word for mode, word in _MODES.items() if mode in at(obj, path, ())))


def _phase(obj: Object, now: float) -> str:
    return "Terminating" if at(obj, "metadata.deletionTimestamp") else str(at(obj, "status.phase", ""))


def _class(obj: Object, now: float) -> str:
    return str((at(obj, "metadata.annotations") or {}).get(_CLASS_ANNOTATION) or at(obj, "spec.storageClassName", ""))


def _attributes(obj: Object, now: float) -> str:
    return str(at(obj, "spec.volumeAttributesClassName") or "<unset>")


def _bound(path: str) -> object:
    return lambda obj, now: at(obj, path, "") if at(obj, "spec.volumeName") else ""


def _claim(volume: Object, now: float) -> str:
    claim = at(volume, "spec.claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _class_name(found: Object, now: float) -> str:
    annotations = at(found, "metadata.annotations") or {}
    return found["metadata"]["name"] + (" (default)" if any(annotations.get(key) == "true" for key in _DEFAULT_CLASS) else "")


def _claim_modes(claim: Object, now: float) -> str:
    if not at(claim, "spec.volumeName"):
        return ""
    return ",".join(word for mode, word in _MODES.items() if mode in at(claim, "status.accessModes", ()))


def _token_requests(driver: Object, now: float) -> str:
    return listed(each.get("audience", "") for each in at(driver, "spec.tokenRequests", ())) or "<unset>"


TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    ("", "persistentvolumeclaims"): (
        NAME,
        Column("Status", _phase),
        Column("Volume", field("spec.volumeName")),
        Column("Capacity", lambda obj, now: at(obj, "status.capacity.storage", "") if at(obj, "spec.volumeName") else ""),
        Column("Access Modes", _claim_modes),
        Column("StorageClass", _class),
        Column("VolumeAttributesClass", _attributes),
        AGE,
        wide("VolumeMode", field("spec.volumeMode", "<unset>")),
    ),
    ("", "persistentvolumes"): (
        NAME,
        Column("Capacity", field("spec.capacity.storage")),
        _modes("spec.accessModes"),
        Column("Reclaim Policy", field("spec.persistentVolumeReclaimPolicy")),
        Column("Status", _phase),
        Column("Claim", _claim),
        Column("StorageClass", _class),
        Column("VolumeAttributesClass", _attributes),
        Column("Reason", field("status.reason")),
        AGE,
        wide("VolumeMode", field("spec.volumeMode", "<unset>")),
    ),
    ("storage.k8s.io", "csidrivers"): (
        NAME,
        boolean("AttachRequired", "spec.attachRequired", True),
        boolean("PodInfoOnMount", "spec.podInfoOnMount"),
        boolean("StorageCapacity", "spec.storageCapacity"),
        Column("TokenRequests", _token_requests),
        boolean("RequiresRepublish", "spec.requiresRepublish"),
        Column("Modes", lambda obj, now: listed(at(obj, "spec.volumeLifecycleModes", ())) or "Persistent"),
        AGE,
    ),
    ("storage.k8s.io", "csinodes"): (NAME, Column("Drivers", lambda obj, now: len(at(obj, "spec.drivers", ())), "integer"), AGE),
    ("storage.k8s.io", "csistoragecapacities"): (NAME, CREATED),
    ("storage.k8s.io", "storageclasses"): (
        Column("Name", _class_name, format="name", description=NAME.description),
        Column("Provisioner", field("provisioner")),
        Column("ReclaimPolicy", field("reclaimPolicy", "Delete")),
        Column("VolumeBindingMode", field("volumeBindingMode", "Immediate")),
        Column("AllowVolumeExpansion", lambda obj, now: bool(obj.get("allowVolumeExpansion"))),
        AGE,
    ),
    ("storage.k8s.io", "volumeattachments"): (
        NAME,
        Column("Attacher", field("spec.attacher"), format="name"),
        Column("PV", field("spec.source.persistentVolumeName")),
        Column("Node", field("spec.nodeName")),
        boolean("Attached", "status.attached"),
        AGE,
    ),
    ("storage.k8s.io", "volumeattributesclasses"): (NAME, Column("DriverName", field("driverName")), AGE),
}

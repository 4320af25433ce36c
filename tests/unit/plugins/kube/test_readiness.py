"""When an object does its work: one row for each way its status can look."""

from __future__ import annotations

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._kube.readiness import gone, readiness


def obj(kind, status=None, spec=None, **metadata):
    return {"kind": kind, "metadata": {"name": "x", **metadata}, "spec": spec or {}, "status": status or {}}


def conditions(**states):
    return {"conditions": [{"type": kind, "status": status, "reason": f"{kind}Reason"} for kind, status in states.items()]}


def rolled(**counts):
    return {"observedGeneration": 2, **counts}


ROWS = [
    ("no object", None, "pending"),
    ("ConfigMap", obj("ConfigMap"), "done"),
    ("object on its way out", obj("ConfigMap", deletionTimestamp="2026-01-01T00:00:00Z"), "pending"),
    ("Deployment rolled out", obj("Deployment", rolled(replicas=2, updatedReplicas=2, availableReplicas=2), {"replicas": 2}, generation=2), "done"),
    ("Deployment just applied", obj("Deployment", {}, {"replicas": 2}, generation=1), "pending"),
    ("Deployment not seen", obj("Deployment", rolled(replicas=2, updatedReplicas=2, availableReplicas=2), {"replicas": 2}, generation=3), "pending"),
    ("Deployment with old pods", obj("Deployment", rolled(replicas=3, updatedReplicas=2, availableReplicas=3), {"replicas": 2}, generation=2), "pending"),
    ("Deployment unavailable", obj("Deployment", rolled(replicas=2, updatedReplicas=2, availableReplicas=1), {"replicas": 2}, generation=2), "pending"),
    ("Deployment of none", obj("Deployment", rolled(), {"replicas": 0}, generation=2), "done"),
    ("Deployment with one by default", obj("Deployment", rolled(replicas=1, updatedReplicas=1), generation=2), "pending"),
    (
        "Deployment stuck",
        obj("Deployment", {**rolled(), "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}, generation=2),
        "failed",
    ),
    ("DaemonSet rolled out", obj("DaemonSet", rolled(desiredNumberScheduled=2, updatedNumberScheduled=2, numberAvailable=2), generation=2), "done"),
    ("DaemonSet rolling", obj("DaemonSet", rolled(desiredNumberScheduled=2, updatedNumberScheduled=1, numberAvailable=2), generation=2), "pending"),
    (
        "DaemonSet that rolls on delete",
        obj("DaemonSet", rolled(desiredNumberScheduled=2, numberAvailable=2), {"updateStrategy": {"type": "OnDelete"}}, generation=2),
        "done",
    ),
    ("DaemonSet without nodes", obj("DaemonSet", rolled(desiredNumberScheduled=0), generation=2), "done"),
    ("StatefulSet rolled out", obj("StatefulSet", rolled(updatedReplicas=3, readyReplicas=3), {"replicas": 3}, generation=2), "done"),
    ("StatefulSet rolling", obj("StatefulSet", rolled(updatedReplicas=2, readyReplicas=3), {"replicas": 3}, generation=2), "pending"),
    ("Job complete", obj("Job", conditions(Complete="True")), "done"),
    ("Job running", obj("Job", {"active": 1}), "pending"),
    ("Job failed", obj("Job", conditions(Failed="True")), "failed"),
    ("definition established", obj("CustomResourceDefinition", conditions(Established="True")), "done"),
    ("definition new", obj("CustomResourceDefinition"), "pending"),
    ("Node ready", obj("Node", conditions(Ready="True")), "done"),
    ("Node not ready", obj("Node", conditions(Ready="False")), "pending"),
    ("Node unheard of", obj("Node", conditions(Ready="Unknown")), "pending"),
    ("Pod ready", obj("Pod", {"phase": "Running", **conditions(Ready="True")}), "done"),
    ("Pod over", obj("Pod", {"phase": "Succeeded", **conditions(Ready="False")}), "done"),
    ("Pod failed", obj("Pod", {"phase": "Failed"}), "failed"),
    ("Namespace active", obj("Namespace", {"phase": "Active"}), "done"),
    ("Namespace ending", obj("Namespace", {"phase": "Terminating"}), "pending"),
    ("APIService available", obj("APIService", conditions(Available="True")), "done"),
    ("custom resource ready", obj("Certificate", conditions(Ready="True")), "done"),
    ("custom resource not ready", obj("Certificate", conditions(Ready="False")), "pending"),
    ("custom resource whose controller is behind", obj("Certificate", {"observedGeneration": 1, **conditions(Ready="True")}, generation=2), "pending"),
    ("custom resource without the condition", obj("EC2NodeClass"), "done"),
]


@pytest.mark.parametrize(("thing", "kind"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_readiness(thing, kind):
    assert readiness(thing).kind == kind


def test_words_say_what_is_missing():
    assert readiness(obj("Node", conditions(Ready="False"))).reason == "Ready False: ReadyReason"
    assert readiness(obj("Deployment", rolled(replicas=2, updatedReplicas=1), {"replicas": 2}, generation=2)).reason == "updatedReplicas 1 of 2"


def test_gone_names_who_holds_an_object():
    assert gone(None).kind == "done"
    assert gone(obj("Application", finalizers=["a.example/b"])).reason == "being deleted, held by a.example/b"

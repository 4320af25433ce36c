"""The kubelet, as far as a fleet looks at it: a Node that is registered, leased, and Ready once a CNI is configured. It runs no pods."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standin import kube, ssm_agent

CNI_FOLDER = "/etc/cni/net.d"
CNI_OF_CILIUM = f"{CNI_FOLDER}/05-cilium.conflist"
CILIUM_CONFLIST = {
    "cniVersion": "0.3.1",
    "name": "cilium",
    "plugins": [{"type": "cilium-cni", "enable-debug": False, "log-file": "/var/run/cilium/cilium-cni.log"}],
}
NODES, LEASES = "/api/v1/nodes", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
# Any of these says that Cilium runs here. A real API lets a node see only the pods bound to it, and what those name.
SIGNS_OF_CILIUM = (
    "/api/v1/namespaces/kube-system/pods",
    "/api/v1/namespaces/kube-system/configmaps/cilium-config",
    "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium",
)
STRATEGIC = "application/strategic-merge-patch+json"
NO_CNI = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"
PORT = 10250
INTERVAL = 5.0
LEASE_SECONDS = 40


def main(machine, argv, version):
    """Say the version, or be the kubelet until the process is ended."""
    if "--version" in argv:
        print(f"Kubernetes v{version}")
        return 0
    flags = dict(word.lstrip("-").partition("=")[::2] for word in argv if word.startswith("--"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_listen, args=(int(machine.env.get("NODEADM_KUBELET_PORT", PORT)),), daemon=True).start()
    return serve(machine, flags, version)


def serve(machine, flags, version):
    """Look after the Node object every few seconds. What fails is logged and tried again, as a kubelet does."""
    node = Registration(machine, flags, version)
    while True:
        try:
            node.sync()
        except (kube.KubeError, OSError, ValueError) as error:
            print(f"E {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            node.registered = False
        machine.sleep(INTERVAL)


class Registration:
    """One node's objects in the API."""

    def __init__(self, machine, flags, version):
        self.machine, self.flags, self.version = machine, flags, version
        self.name = flags.get("hostname-override") or socket.gethostname()
        self.registered = False
        self.client = None

    def sync(self):
        """Register when the Node is not there (a deleted Node comes back only with the kubelet's restart), patch its status, renew its lease."""
        if self.client is None:
            self.client = kube.Client(self.machine, self.flags["kubeconfig"])
        if not self.registered:
            self._register()
        _play_cni(self.machine, self.client, self.name)
        self.client.call("PATCH", f"{NODES}/{self.name}/status", {"status": self.status()}, content_type=STRATEGIC)
        self._renew()

    def _register(self):
        existing = self.client.get(f"{NODES}/{self.name}")
        if existing is None:
            self.client.call("POST", NODES, self.manifest())
        else:
            self.client.call("PATCH", f"{NODES}/{self.name}", {"metadata": {"labels": self.labels()}}, content_type=STRATEGIC)
        self.registered = True

    def labels(self):
        """Return the labels a kubelet gives its node, and those of its flags."""
        arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        own = {
            "kubernetes.io/hostname": self.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": arch,
            "beta.kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": arch,
        }
        given = dict(pair.partition("=")[::2] for pair in self.flags.get("node-labels", "").split(",") if pair)
        return {**own, **given}

    def manifest(self):
        """Return the Node to create. It starts with the not-ready taint, which the control plane takes off."""
        metadata = {"name": self.name, "labels": self.labels(), "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}}
        config = json.loads(self.machine.read(self.flags["config"]))
        return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"providerID": config.get("providerID", "")}, "status": self.status()}

    def status(self):
        """Return the node's status: Ready when a CNI is configured."""
        ready = cni_is_configured(self.machine)
        now = timestamp()
        rows = (
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status") if ready else ("Ready", "False", "KubeletNotReady", NO_CNI),
        )
        conditions = [
            {"type": kind, "status": value, "reason": reason, "message": message, "lastHeartbeatTime": now, "lastTransitionTime": self._since(kind, value, now)}
            for kind, value, reason, message in rows
        ]
        return {
            "addresses": [{"type": "InternalIP", "address": ssm_agent.address()}, {"type": "Hostname", "address": self.name}],
            "capacity": _capacity(),
            "allocatable": _capacity(),
            "conditions": conditions,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": PORT}},
            "nodeInfo": _node_info(self.machine, self.version),
        }

    def _since(self, kind, value, now):
        """Return when the condition took its value."""
        self.since = getattr(self, "since", {})
        if self.since.get(kind, (None, ""))[0] != value:
            self.since[kind] = (value, now)
        return self.since[kind][1]

    def _renew(self):
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name, "namespace": "kube-node-lease"},
            "spec": {
                "holderIdentity": self.name,
                "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": timestamp(f".{time.time_ns() // 1000 % 1_000_000:06d}Z"),
            },
        }
        if self.client.get(f"{LEASES}/{self.name}") is None:
            self.client.call("POST", LEASES, body)
        else:
            self.client.call("PATCH", f"{LEASES}/{self.name}", {"spec": body["spec"]}, content_type="application/merge-patch+json")


def cni_is_configured(machine):
    """Say whether any CNI configuration is there; a stale one counts, as with the real kubelet."""
    folder = machine.path(CNI_FOLDER)
    return folder.is_dir() and any(entry.suffix in (".conf", ".conflist", ".json") for entry in folder.iterdir())


def _play_cni(machine, client, name):
    """Write Cilium's CNI configuration when the cluster runs Cilium: in a real cluster the pod of its DaemonSet does that on each node."""
    if not machine.exists(CNI_OF_CILIUM) and any(_found(client, path, name) for path in SIGNS_OF_CILIUM):
        machine.write(CNI_OF_CILIUM, json.dumps(CILIUM_CONFLIST, indent=2), 0o600)


def _found(client, path, name):
    """Say whether the API has the object, or a pod on this node where the path lists pods. What a node may not read is not there for it."""
    query = {"labelSelector": "k8s-app=cilium", "fieldSelector": f"spec.nodeName={name}"} if path.endswith("/pods") else {}
    try:
        found = client.get(path, **query)
    except kube.KubeError as error:
        if error.status != 403:
            raise
        return False
    return bool(found and found.get("items", True))


def timestamp(fraction="Z"):
    """Return the time as the API writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + fraction


def _capacity():
    kib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    return {"cpu": str(os.cpu_count() or 1), "memory": f"{kib}Ki", "pods": "110", "ephemeral-storage": "20Gi"}


def _node_info(machine, version):
    release = ssm_agent.os_release(machine)
    identifier = machine.read("/etc/machine-id").strip() if machine.exists("/etc/machine-id") else ""
    return {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "bootID": identifier,
        "containerRuntimeVersion": "containerd://1.7.28",
        "kernelVersion": platform.release(),
        "kubeletVersion": f"v{version}",
        "kubeProxyVersion": "",
        "machineID": identifier,
        "operatingSystem": "linux",
        "osImage": release.get("PRETTY_NAME", "Linux"),
        "systemUUID": identifier,
    }


class _Api(BaseHTTPRequestHandler):
    """The kubelet's port: /healthz answers, everything else wants a client that the stand-in does not know."""

    def do_GET(self):
        """Answer."""
        known = self.path == "/healthz"
        body = b"ok" if known else b"Unauthorized"
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Keep the journal quiet."""


def _listen(port):
    ThreadingHTTPServer(("0.0.0.0", port), _Api).serve_forever()

"""A Kubernetes client of a few lines, configured by the kubelet's kubeconfig."""

from __future__ import annotations

import json
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

KUBECONFIG = "/var/lib/kubelet/kubeconfig"


class KubeError(Exception):
    """The API refused or could not be reached; `status` is 0 in the latter case."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Client:
    """Calls the API that a kubeconfig names, with the token its exec plugin prints. Tokens are kept until they expire."""

    def __init__(self, machine, kubeconfig=KUBECONFIG):
        import yaml  # only here: `kubelet --version` needs none

        config = yaml.safe_load(machine.read(kubeconfig))
        cluster = config["clusters"][0]["cluster"]
        self.machine, self.server = machine, cluster["server"].rstrip("/")
        self.plugin = config["users"][0]["user"]["exec"]
        self.tls = ssl.create_default_context(cafile=str(machine.path(cluster["certificate-authority"])))
        self.token, self.expiry = None, 0.0

    def call(self, method, path, body=None, *, content_type="application/json", query=None, timeout=15):
        """Send one request and return the answered object; raise KubeError."""
        url = f"{self.server}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": content_type, "Accept": "application/json", "User-Agent": "kubelet/stand-in"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers), timeout=timeout, context=self.tls) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise KubeError(error.code, _reason(error)) from error
        except OSError as error:
            raise KubeError(0, f"{method} {url}: {error}") from error

    def get(self, path, **query):
        """Return the object at the path, or None when there is none."""
        try:
            return self.call("GET", path, query=query)
        except KubeError as error:
            if error.status == 404:
                return None
            raise

    def _token(self):
        if time.time() >= self.expiry:
            env = {row["name"]: row["value"] for row in self.plugin.get("env") or []}
            done = self.machine.run(self.plugin["command"], *self.plugin["args"], env=env)
            if done.returncode:
                raise KubeError(0, f"getting credentials: exec: executable {os.path.basename(self.plugin['command'])} failed: {done.stderr.strip()}")
            self.token, self.expiry = json.loads(done.stdout)["status"]["token"], time.time() + 12 * 60
        return self.token


def _reason(error):
    raw = error.read()
    try:
        return json.loads(raw).get("message") or raw.decode(errors="replace")
    except ValueError:
        return raw.decode(errors="replace")[:300] or error.reason


def foreign_pods(client, node):
    """Return the names of pods that keep a node from being drained: neither finished, nor static, nor of a DaemonSet."""
    found = client.call("GET", "/api/v1/pods", query={"fieldSelector": f"spec.nodeName={node}"})
    return [
        pod["metadata"]["name"] for pod in found.get("items", []) if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed") and not _may_stay(pod)
    ]


def _may_stay(pod):
    owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences") or []}
    source = (pod["metadata"].get("annotations") or {}).get("kubernetes.io/config.source", "api")
    return bool(owners & {"DaemonSet", "Node"}) or source != "api"

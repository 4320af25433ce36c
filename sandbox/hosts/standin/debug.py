"""`debug`: checks a node and prints a tree to standard output; exit code 1 when any check fails."""

from __future__ import annotations

import os
import resource

from standin import aws, init, kube, nodeconfig, nodefiles, ssm_agent, validations
from standin import node as nodes
from standin.machine import Fatal


class Failed(Exception):
    """A check failed; carries the error and what to do."""

    def __init__(self, error, remedy):
        super().__init__(error)
        self.remedy = remedy


def run(machine, options):
    """Run every check and print its outcome."""
    config = nodeconfig.with_defaults(nodeconfig.load(machine, options["config-source"]))
    node = nodes.from_config(machine, config)
    if node.provider == "ssm":
        node.name = (ssm_agent.registration(machine) or {}).get("ManagedInstanceID", "")
    for _ in range(2):
        _describe(machine, node)
    failed = False
    for title, check in CHECKS[node.provider]:
        try:
            check(machine, node)
        except (Failed, Fatal, validations.Invalid, aws.AwsError, kube.KubeError, OSError) as error:
            failed = True
            _print(title, error)
        else:
            print(f"* {title} [Success]")
    return 1 if failed else 0


def _print(title, error):
    print(f"* {title} [Failed]\n  \u2514\u2500 Error\n     \u2514\u2500 {error}")
    remedy = getattr(error, "remedy", "")
    if remedy:
        print(f"     \u2514\u2500 Remediation\n        \u2514\u2500 {remedy}")


def _ntp(machine, _node):
    done = machine.run("/usr/bin/timedatectl", "show", "--property=NTPSynchronized", "--value") if machine.exists("/usr/bin/timedatectl") else None
    if done is None or done.stdout.strip() != "yes":
        reason = "validating NTP synchronization via timedatectl: System clock not synchronized"
        raise Failed(reason, "Ensure the hybrid node is synchronized with NTP by running `timedatectl set-ntp true`.")


def _swap(machine, _node):
    path = machine.env.get(init.SWAPS)
    if path and len(machine.read(path).splitlines()) > 1:
        raise Failed("swap is active", "Turn swap off and remove it from /etc/fstab.")


def _ulimit(_machine, _node):
    wanted = (("open files", resource.RLIMIT_NOFILE, 1024), ("processes", resource.RLIMIT_NPROC, 4096))
    low = [(name, resource.getrlimit(kind)[0], least) for name, kind, least in wanted if 0 <= resource.getrlimit(kind)[0] < least]
    if low:
        rows = [f"        {n}. max {name} limit is {has}, which is lower than the recommended value of {least}" for n, (name, has, least) in enumerate(low, 1)]
        text = "\n".join((f"ulimit configuration issues detected: {len(low)} issues found:", *rows))
        raise Failed(text, "Consider adjusting the above ulimit values for optimal Kubernetes node operation")


def _identity(machine, node):
    aws.caller_identity(machine, node.region, nodes.credentials(machine, node))


def _proxy(machine, node):
    next(check for name, _, _, check in validations.COMMON_CHECKS if name == "proxy-configuration")(machine, node, "")


def _describe(machine, node):
    """Ask EKS for the cluster; nodeadm does so twice before its first check."""
    creds = nodes.credentials(machine, node)
    try:
        answer = aws.rest(machine, "eks", "DescribeCluster", node.region, "GET", f"/clusters/{node.cluster}", creds, title="EKS")
    except aws.AwsError as error:
        raise Fatal(str(error)) from error
    node.endpoint = answer["cluster"]["endpoint"]


def _endpoint(_machine, node):
    validations.reach(node.endpoint)


def _authenticated(machine, _node):
    kube.Client(machine).call("GET", "/version")


def _node_identity(machine, node):
    if kube.Client(machine).get(f"/api/v1/nodes/{node.name}") is None:
        raise Failed(f'nodes "{node.name}" not found', "Ensure the kubelet runs and can register the node.")


def _vpc(machine, _node):
    """The simulated API has no addresses inside a VPC: its `kubernetes` endpoints, where they exist, are tried."""
    found = kube.Client(machine).get("/api/v1/namespaces/default/endpoints/kubernetes") or {}
    for subset in found.get("subsets") or []:
        for address in subset.get("addresses") or []:
            validations.reach(f"https://{address['ip']}:{subset['ports'][0]['port']}")


def _certificate(machine, _node):
    path = "/var/lib/kubelet/pki/kubelet-server-current.pem"
    if not machine.exists(path):
        reason = f"validating kubelet certificate: no certificate found: stat {path}: no such file or directory"
        raise Failed(reason, "Kubelet certificate will be created when the kubelet is able to authenticate with the API server.")


def _interface(machine, _node):
    mtus = [int(path.read_text()) for path in machine.path("/sys/class/net").glob("*/mtu") if path.parent.name != "lo"]
    bad = [mtu for mtu in mtus if not (mtu <= 1500 or 8000 <= mtu <= 9001)]
    if bad:
        raise Failed(f"network interface MTU {bad[0]} is outside the supported ranges", "Set the MTU to at most 1500, or to 8000-9001.")


def _active(machine, node):
    if not machine.exists(nodefiles.KUBELET_ENVIRONMENT) or not os.path.lexists(machine.path(kube.KUBECONFIG)):
        raise Failed(f"node {node.name} is not active", "Run `nodeadm init`.")


COMMON = (
    ("Validating NTP synchronization status", _ntp),
    ("Validating swap configuration", _swap),
    ("Validating ulimit configuration", _ulimit),
    ("Validating authentication against AWS", _identity),
    ("Validating proxy configuration on the hybrid node", _proxy),
    ("Validating access to Kubernetes API endpoint", _endpoint),
    ("Validating unauthenticated request to Kubernetes API endpoint", _endpoint),
    ("Validating authenticated request to Kubernetes API endpoint", _authenticated),
    ("Validating Kubernetes identity matches a Node identity", _node_identity),
    ("Validating access to Kube-API server through VPC IPs", _vpc),
    ("Validating kubelet server certificate", _certificate),
    ("Validating hybrid node network interface", _interface),
    ("Validating that the node is active", _active),
)


def _provider(name):
    _, _, title, check = validations.PROVIDER_CHECKS[name]
    return title, lambda machine, node: check(machine, node, "")


CHECKS = {name: (_provider(name), *COMMON) for name in validations.PROVIDER_CHECKS}

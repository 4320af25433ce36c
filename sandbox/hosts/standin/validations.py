"""The validations of `init`: all run, failures are joined. Each has the name it is logged by and the name that skips it."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import urllib.parse

from standin import aws, nodefiles, ssm_agent
from standin.machine import Fatal
from standin.node import credentials

TROUBLE = "https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-troubleshooting.html"
REMEDIES = {
    "sts-authentication": "Check your AWS configuration and make sure you can obtain valid AWS credentials.",
    "network-interface-validation": (
        "Ensure the node IP is within the configured remote network CIDR blocks. Update the remote network configuration in the EKS cluster "
        f"or adjust the node's network configuration. See {TROUBLE}"
    ),
    "kubelet-version-skew-validation": (
        "Ensure the hybrid node's Kubernetes version follows the version skew policy of the EKS cluster. Update the node's Kubernetes components "
        "using 'nodeadm upgrade' or reinstall with a compatible version. https://kubernetes.io/releases/version-skew-policy/#kubelet"
    ),
    "kubernetes-endpoint-access": "Ensure the node can resolve and reach the Kubernetes API server endpoint.",
    "proxy-configuration": f"Ensure the proxy configuration is consistent on the hybrid node. See {TROUBLE}",
    "node-inactive-validation": "Ensure the hybrid node is made inactive by running 'nodeadm uninstall' before attaching to the EKS cluster",
    "cluster-access-validation": "Ensure your EKS cluster has at least one access entry of type HYBRID_LINUX with the hybrid node IAM role as principal.",
}
WARN_ONLY = {"node-inactive-validation"}


class Invalid(Exception):
    """A validation failed; the text is what nodeadm logs."""


def run(machine, node, skip, kubelet_version):
    """Run what is not skipped; raise Fatal with every failure, one a line."""
    failures = []
    for name, skip_name, message, check in CHECKS[node.provider]:
        if skip_name in skip:
            continue
        machine.info("Starting validation", validation=name, message=message)
        try:
            check(machine, node, kubelet_version)
        except (Invalid, aws.AwsError) as error:
            text = (
                f"getting caller identity: {error}"
                if name == "cluster-access-validation" and isinstance(error, aws.AwsError) and _is_sts(error)
                else str(error)
            )
            level = "warn" if name in WARN_ONLY else "error"
            machine.log(level, "Validation failed", validation=name, error=text, remediation=REMEDIES.get(name, ""))
            failures += [] if name in WARN_ONLY else [text]
        else:
            machine.info("Validation passed", validation=name)
    if failures:
        text = "\n".join(failures)
        machine.log("error", "Hybrid node validation failures detected", error=text)
        raise Fatal(text)
    machine.info("All hybrid node validations passed successfully")


def _is_sts(error):
    return str(error).startswith("operation error STS")


def reach(url):
    """Open and close a connection to a URL's host; raise Invalid when that fails."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname, port), timeout=10).close()
    except OSError as error:
        raise Invalid(f"dialing {parts.hostname}:{port}: {error}") from error


def _provider_endpoint(service):
    def check(machine, node, _version):
        if f"AWS_ENDPOINT_URL_{service.upper()}" in machine.env or "AWS_ENDPOINT_URL" in machine.env:
            reach(aws.endpoint(machine, service, node.region))

    return check


def _identity(machine, node, _version):
    aws.caller_identity(machine, node.region, credentials(machine, node))


def node_address(machine):
    """Return the address the node will have."""
    return machine.env.get("NODEADM_NODE_IP") or ssm_agent.address()


def _address(machine, node, _version):
    """Check that the node's address is in a remote node network; without EKS's answer there is nothing to compare with."""
    if node.described is None:
        return
    blocks = [cidr for network in node.described["remoteNetworkConfig"]["remoteNodeNetworks"] for cidr in network["cidrs"]]
    address = node_address(machine)
    if not any(ipaddress.ip_address(address) in ipaddress.ip_network(block) for block in blocks):
        listed = f"[{' '.join(blocks)}]"
        raise Invalid(f"node IP {address} is not in any of the remote network CIDR blocks: {listed}. See {TROUBLE} or use --skip node-ip-validation")


def _kubelet_certificate(machine, node, _version):
    """The stand-in's kubelet has no serving certificate of its own, so one that is there comes from elsewhere and is not ours to judge."""


def _skew(_machine, node, version):
    if node.described is None:
        return
    api, kubelet = (tuple(map(int, re.findall(r"\d+", text)[:2])) for text in (node.described["version"], version))
    if kubelet > api:
        raise Invalid(f"kubelet version {version} is newer than kube-apiserver version {node.described['version']}")
    if api[1] - kubelet[1] > 3:
        raise Invalid(f"kubelet version {version} is more than 3 minor versions older than kube-apiserver version {node.described['version']}")


def _endpoint(_machine, node, _version):
    reach(node.endpoint)


def _proxy(machine, node, _version):
    """Check that the proxy of the environment is also in the files that need it; only when a proxy is set."""
    wanted = {name: machine.env.get(name) or machine.env.get(name.lower()) for name in ("HTTP_PROXY", "HTTPS_PROXY")}
    for name in wanted:
        upper, lower = machine.env.get(name), machine.env.get(name.lower())
        if upper and lower and upper != lower:
            raise Invalid(f"{name} and {name.lower()} have different values")
    if not any(wanted.values()):
        return
    family = ssm_agent.os_release(machine).get("ID")
    if family not in PROXY_PACKAGE_FILES:
        raise Invalid("unsupported operating system")
    agent = "snap.amazon-ssm-agent.amazon-ssm-agent" if family == "ubuntu" else "amazon-ssm-agent"
    files = ["/etc/systemd/system/kubelet.service.d/http-proxy.conf", "/usr/lib/systemd/system/containerd.service.d/http-proxy.conf"]
    files += [f"/etc/systemd/system/{agent}.service.d/http-proxy.conf"] if node.provider == "ssm" else []
    for path in files:
        for name, value in wanted.items():
            if value and (not machine.exists(path) or f"{name}={value}" not in machine.read(path)):
                raise Invalid(f"proxy configuration {name}={value} not found in {path}")
    package_file = PROXY_PACKAGE_FILES[family]
    if not machine.exists(package_file):
        raise Invalid(f"proxy configuration not found in {package_file}")


PROXY_PACKAGE_FILES = {"ubuntu": "/etc/apt/apt.conf.d/proxy.conf", "rhel": "/etc/yum.conf", "amzn": "/etc/dnf/dnf.conf"}


def _inactive(machine, _node, _version):
    if machine.exists(nodefiles.KUBELET_ENVIRONMENT):
        raise Invalid(f"kubelet args environment file {nodefiles.KUBELET_ENVIRONMENT} exists")


def _access(machine, node, _version):
    """Check that the node's role is among the cluster's access entries; skipped when EKS was not asked for the cluster."""
    if node.described is None:
        return
    creds = credentials(machine, node)
    role = aws.caller_identity(machine, node.region, creds).split("/")[1:2]
    if not any(os.path.basename(arn) == (role or [""])[0] for arn in access_entries(machine, node, creds)):
        raise Invalid(f"missing access entry of type HYBRID_LINUX with Hybrid Node role principal: {''.join(role)}")


def access_entries(machine, node, creds):
    """Return the principal ARNs of the cluster's access entries, all pages."""
    found, token = [], ""
    while True:
        path = f"/clusters/{node.cluster}/access-entries" + (f"?nextToken={urllib.parse.quote(token)}" if token else "")
        page = aws.rest(machine, "eks", "ListAccessEntries", node.region, "GET", path, creds, title="EKS")
        found += page["accessEntries"]
        token = page.get("nextToken")
        if not token:
            return found


# (logged name, skip name, message, check)
PROVIDER_CHECKS = {
    "iam-ra": (
        "iam-roles-anywhere-endpoint-access",
        "iam-ra-api-network",
        "Validating access to AWS IAM Roles Anywhere API endpoint",
        _provider_endpoint("rolesanywhere"),
    ),
    "ssm": ("ssm-endpoint-access", "ssm-api-network", "Validating access to AWS SSM API endpoint", _provider_endpoint("ssm")),
}
COMMON_CHECKS = (
    ("sts-authentication", "aws-auth-validation", "Validating authentication against AWS", _identity),
    ("network-interface-validation", "node-ip-validation", "Validating hybrid node network interface", _address),
    ("kubernetes-kubelet-certificate", "kubelet-cert-validation", "Validating kubelet server certificate", _kubelet_certificate),
    ("kubelet-version-skew-validation", "kubelet-version-skew-validation", "Validating kubelet version skew", _skew),
    ("kubernetes-endpoint-access", "api-server-endpoint-resolution-validation", "Validating access to Kubernetes API endpoint", _endpoint),
    ("proxy-configuration", "proxy-validation", "Validating proxy configuration on the hybrid node", _proxy),
    ("node-inactive-validation", "node-inactive-validation", "Validating that the node is inactive", _inactive),
    ("cluster-access-validation", "cluster-access-validation", "Validating cluster access through EKS access entry", _access),
)
CHECKS = {provider: (check, *COMMON_CHECKS) for provider, check in PROVIDER_CHECKS.items()}

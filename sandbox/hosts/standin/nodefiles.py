"""The texts of the files that `init` writes."""

from __future__ import annotations

import ipaddress
import json
import os
import random

CIPHERS = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
)
KUBELET_CONFIG, KUBELET_ENVIRONMENT = "/etc/kubernetes/kubelet/config.json", "/etc/eks/kubelet/environment"
KUBELET_DROP_IN = "/etc/kubernetes/kubelet/config.json.d/00-nodeadm.conf"
CA = "/etc/kubernetes/pki/ca.crt"
IMAGE_CREDENTIALS = "/etc/eks/image-credential-provider/config.json"
CONTAINERD_CONFIG, CONTAINERD_DROP_IN = "/etc/containerd/config.toml", "/etc/containerd/config.d/00-nodeadm.toml"
SYSCTL, MODULES = "/etc/sysctl.d/99-nodeadm.conf", "/etc/modules-load.d/containerd.conf"
AWS_CONFIG = "/etc/aws/hybrid/config"
SYSCTL_TEXT = "vm.overcommit_memory=1\nkernel.panic=10\nkernel.panic_on_oops=1\nnet.ipv4.ip_forward=1"
MODULES_TEXT = "overlay\nbr_netfilter"
PRIVATE_ECR = (
    "*.dkr.ecr.*.amazonaws.com",
    "*.dkr.ecr.*.amazonaws.com.cn",
    "*.dkr.ecr-fips.*.amazonaws.com",
    "*.dkr.ecr.*.c2s.ic.gov",
    "*.dkr.ecr.*.sc2s.sgov.gov",
)


def kubelet_config(node, *, cpus=None):
    """Return config.json of the kubelet. The order of keys is that of the recorded file."""
    config = {
        "address": "0.0.0.0",
        "authentication": {"x509": {"clientCAFile": CA}, "webhook": {"enabled": True, "cacheTTL": "2m0s"}, "anonymous": {"enabled": False}},
        "authorization": {"mode": "Webhook", "webhook": {"cacheAuthorizedTTL": "5m0s", "cacheUnauthorizedTTL": "30s"}},
        "cgroupDriver": "systemd",
        "cgroupRoot": "/",
        "clusterDNS": [str(ipaddress.ip_network(node.cidr, strict=False)[10])],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%"},
        "featureGates": {"RotateKubeletServerCertificate": True},
        "hairpinMode": "hairpin-veth",
        "kubeReserved": {"cpu": f"{reserved_millicores(cpus or os.cpu_count() or 1)}m", "ephemeral-storage": "1Gi", "memory": "3Gi"},
        "kubeReservedCgroup": "/runtime",
        "logging": {"verbosity": 2},
        "protectKernelDefaults": True,
        "providerID": f"eks-hybrid:///{node.region}/{node.cluster}/{node.name}",
        "readOnlyPort": 0,
        "serializeImagePulls": False,
        "serverTLSBootstrap": True,
        "systemReservedCgroup": "/system",
        "tlsCipherSuites": list(CIPHERS),
    }
    if node.ubuntu:
        config["resolvConf"] = "/run/systemd/resolve/resolv.conf"
    return json.dumps({**config, "kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1"}, indent=4)


def reserved_millicores(cpus):
    """Return what the kubelet reserves: 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest."""
    return int(60 + (10 if cpus > 1 else 0) + 5 * max(0, min(cpus, 4) - 2) + 2.5 * max(0, cpus - 4))


def kubelet_environment(node, user_flags):
    """Return the kubelet's flags, in random order as nodeadm's map gives them; the user's labels are merged with nodeadm's."""
    labels = [f"eks.amazonaws.com/compute-type=hybrid,eks.amazonaws.com/hybrid-credential-provider={node.provider}"]
    labels += [flag.partition("=")[2] for flag in user_flags if flag.startswith("--node-labels=")]
    flags = [
        f"--hostname-override={node.name}",
        f"--node-labels={','.join(labels)}",
        f"--config={KUBELET_CONFIG}",
        "--kubeconfig=/var/lib/kubelet/kubeconfig",
        "--image-credential-provider-bin-dir=/etc/eks/image-credential-provider",
        f"--image-credential-provider-config={IMAGE_CREDENTIALS}",
        "--cloud-provider=",
        *(flag for flag in user_flags if not flag.startswith("--node-labels=")),
    ]
    random.shuffle(flags)
    return f'NODEADM_KUBELET_ARGS="{" ".join(flags)}"'


def kubeconfig(node):
    """Return the kubelet's kubeconfig: its credentials come from the authenticator."""
    env = PROFILE_ENV.format(path=node.aws_config) if node.provider == "iam-ra" else ""
    return KUBECONFIG.format(server=node.endpoint, ca=CA, env=env, cluster=node.cluster, region=node.region)


PROFILE_ENV = """\
        env:
          - name: "AWS_PROFILE"
            value: "default"
          - name: "AWS_CONFIG_FILE"
            value: "{path}"
"""
KUBECONFIG = """\
---
apiVersion: v1
kind: Config
clusters:
  - name: kubernetes
    cluster:
      certificate-authority: {ca}
      server: {server}
current-context: kubelet
contexts:
  - name: kubelet
    context:
      cluster: kubernetes
      user: kubelet
users:
  - name: kubelet
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1beta1
        command: "/usr/local/bin/aws-iam-authenticator"
{env}        args:
          - "token"
          - "--cluster-id"
          - "{cluster}"
          - "--region"
          - "{region}"
"""


def image_credentials(node):
    """Return the kubelet's credential provider configuration; it matches private ECR only."""
    rows = {"AWS_SHARED_CREDENTIALS_FILE": "/eks-hybrid/.aws/credentials"}
    if node.provider == "iam-ra":
        rows = {"AWS_CONFIG_FILE": node.aws_config, "AWS_PROFILE": "default", **rows}
    provider = {
        "name": "ecr-credential-provider",
        "matchImages": list(PRIVATE_ECR),
        "defaultCacheDuration": "12h0m0s",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "env": [{"name": name, "value": value} for name, value in rows.items()],
    }
    return json.dumps({"kind": "CredentialProviderConfig", "apiVersion": "kubelet.config.k8s.io/v1", "providers": [provider]}, indent=2)


def aws_config(node, anywhere):
    """Return the AWS configuration of IAM Roles Anywhere: two profiles with one content."""
    words = (
        ("--certificate", anywhere["certificatePath"]),
        ("--private-key", anywhere["privateKeyPath"]),
        ("--trust-anchor-arn", anywhere["trustAnchorArn"]),
        ("--profile-arn", anywhere["profileArn"]),
        ("--role-arn", anywhere["roleArn"]),
        ("--role-session-name", anywhere["nodeName"]),
    )
    command = " ".join(f"{flag} {value}" for flag, value in words)
    body = f"region = {node.region}\ncredential_process = /usr/local/bin/aws_signing_helper credential-process {command}\n"
    note = "# hybrid profile is maintained for backwards compatibility, nodeadm no longer uses it"
    return f"[profile default]\n{body}\n{note}\n[profile hybrid]\n{body}"


def containerd_config(sandbox_image):
    """Return containerd's configuration."""
    return CONTAINERD.replace("{{image}}", sandbox_image)


CONTAINERD = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
# Users can use the following import directory to add additional
# configuration to containerd. The imports do not behave exactly like overrides.
# see: https://github.com/containerd/containerd/blob/main/docs/man/containerd-config.toml.5.md#format
imports = ["/etc/containerd/config.d/*.toml"]

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins]
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    discard_unpacked_layers = true
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "{{image}}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d:/etc/docker/certs.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
"""

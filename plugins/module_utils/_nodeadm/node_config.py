# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NodeConfig, the file that nodeadm joins a host by: built, fingerprinted, and free of its secret again. Pure.

nodeadm's own check proves little (it takes a wrong kind, a bad CIDR, an unknown region), so what is built here is built to be right.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

SCRUBBED_CODE = "scrubbed-after-registration"
SCRUBBED_ID = "00000000-0000-0000-0000-000000000000"
"""init of a registered host never uses them, and yet wants a code of 20 to 250 characters and a UUID."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def build(options: Mapping[str, Any], *, activation_id: str = SCRUBBED_ID, activation_code: str = SCRUBBED_CODE) -> dict[str, Any]:
    """Return the NodeConfig of a host. API endpoint, CA and service network are left out on purpose: with all three given,
    nodeadm skips its checks of node address, version skew and access entry in silence."""
    hybrid: dict[str, Any] = {"enableCredentialsFile": bool(options.get("enable_credentials_file"))}
    if options["credential_provider"] == "ssm":
        hybrid["ssm"] = {"activationCode": activation_code, "activationId": activation_id}
    else:
        hybrid["iamRolesAnywhere"] = _roles_anywhere(options.get("iam_roles_anywhere") or {})
    spec: dict[str, Any] = {"cluster": {"name": options["cluster_name"], "region": options["region"]}, "hybrid": hybrid}
    kubelet = {key: options[f"kubelet_{key}"] for key in ("config", "flags") if options.get(f"kubelet_{key}")}
    if kubelet:
        spec["kubelet"] = kubelet
    if options.get("containerd_config"):
        spec["containerd"] = {"config": options["containerd_config"]}
    return {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}


def check_activation(activation_id: str, activation_code: str) -> None:
    """Refuse what nodeadm would refuse, because it prints a malformed code in full."""
    if not _UUID.fullmatch(activation_id):
        raise Refusal("activation_id is not a UUID.", remedy="Give the ActivationId that CreateActivation answered.", fields=("activation_id",))
    if not 20 <= len(activation_code) <= 250:
        text = f"activation_code has {len(activation_code)} characters; a code has 20 to 250."
        raise Refusal(text, remedy="Give the ActivationCode that CreateActivation answered.", fields=("activation_code",))


def fingerprint(options: Mapping[str, Any], *, nodeadm: str, kubernetes: str) -> str:
    """Return what tells a joined host from one that must be initialised again; the activation is no part of it."""
    text = json.dumps({"config": build(options), "nodeadm": nodeadm, "kubernetes": kubernetes}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _roles_anywhere(options: Mapping[str, Any]) -> dict[str, Any]:
    """Paths are written out: `config check` applies no defaults."""
    names = {
        "nodeName": options.get("node_name"),
        "trustAnchorArn": options.get("trust_anchor_arn"),
        "profileArn": options.get("profile_arn"),
        "roleArn": options.get("role_arn"),
        "awsConfigPath": options.get("aws_config_path") or "/etc/aws/hybrid/config",
        "certificatePath": options.get("certificate_path") or "/etc/iam/pki/server.pem",
        "privateKeyPath": options.get("private_key_path") or "/etc/iam/pki/server.key",
    }
    missing = [name for name, value in names.items() if not value]
    if missing:
        text = f"iam_roles_anywhere lacks {', '.join(missing)}."
        raise Refusal(text, remedy="Give node_name, trust_anchor_arn, profile_arn and role_arn.", fields=("iam_roles_anywhere",))
    return names

# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The `config` of a cluster Secret: how Argo CD signs in and trusts. Pure.

Source: pkg/apis/application/v1alpha1/types.go of Argo CD v3.5: Argo writes compact JSON, leaves out what is empty or false, but always writes
tlsClientConfig.insecure. Two texts that differ in nothing else mean the same.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import HIDDEN

AWS_AUTH = {"cluster_name": "clusterName", "role_arn": "roleARN", "profile": "profile"}
"""Argo spells roleARN, not roleArn."""
TLS = {"insecure": "insecure", "server_name": "serverName", "ca_data": "caData", "cert_data": "certData", "key_data": "keyData"}
EXEC = {
    "command": "command",
    "args": "args",
    "env": "env",
    "api_version": "apiVersion",
    "install_hint": "installHint",
    "provide_cluster_info": "provideClusterInfo",
}
CONFIG_OPTIONS = (
    "aws_auth_config",
    "bearer_token",
    "exec_provider_config",
    "username",
    "password",
    "tls_client_config",
    "proxy_url",
    "disable_compression",
)
SECRET_PATHS = (("bearerToken",), ("password",), ("tlsClientConfig", "keyData"), ("execProviderConfig", "env"))
_AUTH_KINDS = (("awsAuthConfig", "aws"), ("execProviderConfig", "exec"), ("bearerToken", "bearer"), ("username", "basic"))
"""In Argo's order: the first that is there wins."""


def declared_config(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the config that the options declare; None when they mention none of it."""
    if all(params.get(name) is None for name in CONFIG_OPTIONS):
        return None
    tls = _renamed(params.get("tls_client_config"), TLS)
    _check_tls(tls)
    for name in ("caData", "certData", "keyData"):
        if name in tls:
            tls[name] = _encoded(tls[name])
    return normal(
        {
            "username": params.get("username"),
            "password": params.get("password"),
            "bearerToken": params.get("bearer_token"),
            "tlsClientConfig": tls,
            "awsAuthConfig": _renamed(params.get("aws_auth_config"), AWS_AUTH),
            "execProviderConfig": _renamed(params.get("exec_provider_config"), EXEC),
            "disableCompression": params.get("disable_compression"),
            "proxyUrl": params.get("proxy_url"),
        }
    )


def parsed(text: str | None) -> dict[str, Any] | None:
    """Return a Secret's config in its normal form; None when there is none, {} when it is no JSON (Argo cannot use it either)."""
    if not text:
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return normal(content) if isinstance(content, dict) else {}


def normal(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return config as Argo writes it: empty and false members left out at all levels, tlsClientConfig.insecure always there."""
    cleaned: dict[str, Any] = _cleaned(config)
    cleaned["tlsClientConfig"] = {"insecure": False, **cleaned.get("tlsClientConfig", {})}
    return cleaned


def written(config: Mapping[str, Any]) -> str:
    return json.dumps(config, sort_keys=True, separators=(",", ":"))


def auth_kind(config: Mapping[str, Any] | None) -> str:
    """Return how Argo CD signs in: aws, exec, bearer, basic, certificate, or none (the EKS capability, or the cluster it runs in)."""
    config = config or {}
    found = next((name for key, name in _AUTH_KINDS if config.get(key)), None)
    return found or ("certificate" if config.get("tlsClientConfig", {}).get("certData") else "none")


def masked_config(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return config with what opens doors hidden."""
    if config is None:
        return None
    shown: dict[str, Any] = json.loads(json.dumps(config))
    for *parents, leaf in SECRET_PATHS:
        node = shown
        for name in parents:
            node = node.get(name) or {}
        if leaf in node:
            node[leaf] = dict.fromkeys(node[leaf], HIDDEN) if isinstance(node[leaf], dict) else HIDDEN
    return shown


def _check_tls(tls: Mapping[str, Any]) -> None:
    if tls.get("insecure") and tls.get("caData"):
        raise Refusal(
            "tls_client_config has insecure and ca_data: Argo CD refuses both together.",
            remedy="Leave insecure out; the CA is what makes the connection safe.",
            fields=("tls_client_config",),
        )


def _renamed(options: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any]:
    return {names[name]: value for name, value in (options or {}).items() if value is not None}


def _encoded(text: str) -> str:
    """Return base64 of PEM, which is what Argo keeps; text that is base64 already stays."""
    return base64.b64encode(text.encode()).decode() if "-----BEGIN" in text else text


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        members = {key: _cleaned(item) for key, item in value.items()}
        return {key: item for key, item in members.items() if item not in (None, "", False, {}, [])}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value

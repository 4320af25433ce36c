"""The sandbox's fleet as its registrations see it: every cluster, its credentials, and the collection's modules that change them."""

from __future__ import annotations

import base64
import configparser
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._eks.token import bearer_token

from sandbox import foundation
from sandbox.argocd.api import Api, Object
from tests.support.modules import call

HUB = "prod-use1"
MANAGER = "argocd-manager"
NAMESPACE = "kube-system"
POLICY = {"policy": "AmazonEKSClusterAdminPolicy"}


@dataclass(frozen=True)
class Spoke:
    """One cluster, and the keys of whoever runs the playbook in its account."""

    name: str
    account: str
    region: str
    url: str
    access_key: str
    secret_key: str = field(repr=False)

    @property
    def options(self) -> dict[str, str]:
        """How a task reaches this AWS."""
        return {"endpoint_url": self.url, "region": self.region, "access_key": self.access_key, "secret_key": self.secret_key}

    def client(self, service: str) -> Any:
        session = boto3.Session(self.access_key, self.secret_key, region_name=self.region)
        return session.client(service, endpoint_url=self.url)

    @cached_property
    def _cluster(self) -> Object:
        found: Object = self.client("eks").describe_cluster(name=self.name)["cluster"]
        return found

    @property
    def endpoint(self) -> str:
        return str(self._cluster["endpoint"])

    @property
    def ca(self) -> str:
        return base64.b64decode(self._cluster["certificateAuthority"]["data"]).decode()

    def role(self, suffix: str = "") -> str:
        """Return the ARN of the role that Argo CD enters by; without a suffix, the one that site.yml makes."""
        return f"arn:aws:iam::{self.account}:role/{self.name}{suffix}-argocd-spoke"

    def api(self) -> Api:
        """Return its API for the playbook's user, with a fresh token."""
        return Api(self.endpoint, self.ca, bearer_token(Clients(self.options), self.name).value)

    def accepts(self, token: str) -> bool:
        """Tell whether the API takes a token for somebody's."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        status = self.api().request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)["status"]
        return bool(status.get("authenticated"))

    def run(self, module: str, **params: Any) -> Object:
        """Run a module of the collection with this cluster's options."""
        result = call(module, {**self.options, **params})
        assert not result.get("failed"), f"{module} for {self.name}: {result['msg']}"
        return result


def fleet(url: str, state: Path) -> list[Spoke]:
    """Return every cluster of both accounts, by name."""
    return sorted(_clusters(url, state), key=lambda spoke: spoke.name)


def _clusters(url: str, state: Path) -> Iterator[Spoke]:
    keys = configparser.ConfigParser()
    keys.read(state / "aws" / "credentials")
    profiles = {account: keys[profile] for profile, account in foundation.PROFILES.items()}
    for site in foundation.SITES:
        own = profiles[site.account]
        probe = Spoke("", site.account, site.region, url, own["aws_access_key_id"], own["aws_secret_access_key"])
        for name in probe.client("eks").list_clusters()["clusters"]:
            yield Spoke(name, site.account, site.region, url, probe.access_key, probe.secret_key)


def register(hub: Spoke, spoke: Spoke, **credentials: Any) -> None:
    """Register a cluster with `argocd_cluster`, twice: the second time has to find nothing to do."""
    options = {
        "hub_cluster_name": hub.name,
        "name": spoke.name,
        "server": spoke.endpoint,
        "tls_client_config": {"ca_data": spoke.ca},
        **credentials,
    }
    hub.run("argocd_cluster", **options)
    again = hub.run("argocd_cluster", **options)
    assert again["changed"] is False, f"{spoke.name}: {again['actions']}"


def deregister(hub: Spoke, spoke: Spoke, applications: str) -> None:
    hub.run("argocd_cluster", hub_cluster_name=hub.name, server=spoke.endpoint, state="absent", applications=applications, wait_timeout=120)


def rotate_role(hub: Spoke, spoke: Spoke) -> None:
    """Register another role in place of the one that site.yml made, and shut that one out."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{hub.account}:role/{hub.name}-argocd"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    role = spoke.role("-next")
    name = role.rpartition("/")[2]
    spoke.run("eks_iam_roles", roles=[{"name": name, "trust_policy": {"Version": "2012-10-17", "Statement": [trust]}}])
    spoke.run("eks_access_entry", cluster_name=spoke.name, principal_arn=role, access_policies=[POLICY])
    register(hub, spoke, aws_auth_config={"cluster_name": spoke.name, "role_arn": role})
    shut_out(spoke, spoke.role())


def shut_out(spoke: Spoke, role: str) -> None:
    spoke.run("eks_access_entry", cluster_name=spoke.name, principal_arn=role, state="absent")


def issue_token(spoke: Spoke, number: int) -> str:
    """Return a token of the ServiceAccount that `argocd cluster add` would make. It lives as long as the Secret that it is bound to."""
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    subjects = [{"kind": "ServiceAccount", "name": MANAGER, "namespace": NAMESPACE}]
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": MANAGER}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": MANAGER, "namespace": NAMESPACE}}
    resources = [account, {**binding, "roleRef": role, "subjects": subjects}, lifeline(number)]
    spoke.run("kube_objects", cluster_name=spoke.name, resources=resources)
    api = spoke.api()
    return api.token_for(NAMESPACE, MANAGER, seconds=3600, bound_to=api.get("v1", "Secret", lifeline(number)["metadata"]["name"], NAMESPACE))


def revoke_tokens(spoke: Spoke, number: int) -> None:
    spoke.api().delete(lifeline(number))


def lifeline(number: int) -> Object:
    """Return the Secret that tokens of that number are bound to."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{MANAGER}-{number}", "namespace": NAMESPACE}}


def manifest(value: str) -> str:
    """Return what lies in Git: one ConfigMap that says which commit it is of."""
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-git"}, "data": {"value": value}})

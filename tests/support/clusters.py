"""Simulated EKS clusters with their Kubernetes APIs, for tests of whatever talks to both."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.aws import testing as aws_testing
from sandbox.aws.kubernetes import Kubernetes
from sandbox.kubernetes import testing as kube_testing
from tests.support.modules import call

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
Object = dict[str, Any]


@dataclass(frozen=True)
class Lab:
    """An AWS and the Kubernetes APIs of its clusters. The identity of `options` made the clusters, and is their administrator."""

    aws: aws_testing.Running
    kubernetes: kube_testing.Running

    @property
    def options(self) -> dict[str, str]:
        """How a task reaches this AWS."""
        return {"endpoint_url": self.aws.url, "region": aws_testing.REGION, "access_key": aws_testing.ACCESS_KEY, "secret_key": "secret"}

    def environment(self) -> dict[str, str]:
        return self.aws.environment()

    def path(self, cluster: str) -> str:
        return f"{aws_testing.ACCOUNT}/{aws_testing.REGION}/{cluster}"

    def add_cluster(self, name: str) -> None:
        """Make a cluster and let it become ACTIVE."""
        role, subnets = _foundation(self.aws)
        access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
        eks = self.aws.client("eks")
        eks.create_cluster(name=name, roleArn=role, resourcesVpcConfig={"subnetIds": subnets}, accessConfig=access)
        assert eks.describe_cluster(name=name)["cluster"]["status"] == "ACTIVE"

    def call(self, module: str, params: Object, *, check_mode: bool = False) -> Object:
        """Run a module with this AWS's options."""
        return call(module, {**self.options, **params}, check_mode=check_mode)

    def system(self, cluster: str, *apply: Object) -> None:
        """Write objects into a cluster as the system itself."""
        self.kubernetes.objects(self.path(cluster), apply=apply)

    def request(self, cluster: str, method: str, path: str, body: Any = None) -> Any:
        """Make a request as somebody else would: with the admin's token and, for a PATCH, a merge patch."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self.kubernetes.admin_token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.kubernetes.endpoint(self.path(cluster)) + path, data, headers, method=method)
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(self.kubernetes.ca))) as answer:
            return json.load(answer)


@contextmanager
def lab(*clusters: str, delay: float = 0) -> Iterator[Lab]:
    """Run an AWS with these clusters and their APIs until the block ends."""
    with aws_testing.start(delay=delay) as aws, kube_testing.start(aws=aws.url) as kubernetes:
        aws.world.kubernetes = Kubernetes(kubernetes.url, kubernetes.ca, kubernetes.control_token)
        made = Lab(aws, kubernetes)
        for name in clusters:
            made.add_cluster(name)
        try:
            yield made
        finally:
            aws.world.kubernetes = None


def _foundation(aws: aws_testing.Running) -> tuple[str, list[str]]:
    """Return the ARN of a role and two subnets to make clusters with."""
    iam = aws.client("iam")
    try:
        role = iam.get_role(RoleName="fleetops-test-cluster")["Role"]
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(RoleName="fleetops-test-cluster", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    return role["Arn"], [subnet["SubnetId"] for subnet in aws.client("ec2").describe_subnets()["Subnets"]][:2]

"""Names that the parts of the model share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.aws.testing import Running
from tests.support.simulated import Tasks

ROLE = "arn:aws:iam::123456789012:role"
KEY = "AKIATEST"
SUBNETS = ["subnet-1", "subnet-2"]
NAME = {"clusterName": "edge"}
STRANGER = f"{ROLE}/stranger"
AUTO_ROLE = f"{ROLE}/auto"
POD_ROLE = f"{ROLE}/pods"
PROFILES = ("batch", "data", "web")
CAPABILITIES = {"ack": "ACK", "argo": "ARGOCD", "kro": "KRO"}
IDC = "arn:aws:sso:::instance/ssoins-1"
ISSUER = "https://login.example.com"
ROLES = ("edge-cluster", "edge-pods")
AWS_POLICY = "arn:aws:iam::aws:policy"
Declared = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """The simulated AWS, others' clients of it, and the modules."""

    aws: Running
    eks: Any
    iam: Any
    tasks: Tasks

    @classmethod
    def of(cls, aws: Running) -> Site:
        return cls(aws, aws.client("eks", access_key=KEY), aws.client("iam", access_key=KEY), Tasks(aws))

"""The simulated AWS behind both APIs, for cases of EKS: one account for each of them, whose clusters have the same names, and tokens for whoever is in it.

Two accounts, so that a case can make and delete roles and entries of the same names on one API after the other.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._eks.token import bearer_token
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sandbox.aws import testing as aws
from sandbox.kubernetes import testing as kubernetes

Object = dict[str, Any]
CLUSTER, OTHER_CLUSTER = "tokens", "other"
REGION, OTHER_REGION = aws.REGION, "eu-west-1"
HOST = f"sts.{REGION}.amazonaws.com"
HEADER = "x-k8s-aws-id"
REAL_SECONDS = 180.0


@dataclass(frozen=True)
class Keys:
    access: str
    secret: str
    session: str = ""


@dataclass
class Account:
    """An account of a simulator that runs, as its operator has it. Safe to use from many threads."""

    simulator: aws.Running
    id: str
    access_key: str
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def names(self) -> Mapping[str, str]:
        """Return what cases may say of the account."""
        place = self.simulator.url.removeprefix("http://")
        return {"account": self.id, "cluster": CLUSTER, "simulator": place, "policies": "arn:aws:eks::aws:cluster-access-policy"}

    def client(self, service: str, region: str = REGION) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self.simulator.client(service, region=region, access_key=self.access_key)
            return self._clients[service, region]

    def call(self, operation: str, parameters: Object, region: str = REGION) -> tuple[int, Any]:
        """Call `service.operation`; one of EKS is about the cluster unless it names another. Return the HTTP status and the answer."""
        service, _, name = operation.partition(".")
        about = {"clusterName": CLUSTER} if service == "eks" else {}
        try:
            answer = getattr(self.client(service, region), name)(**about | parameters)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
        return 200, answer

    def make_clusters(self) -> None:
        for name, region in ((CLUSTER, REGION), (OTHER_CLUSTER, REGION), (CLUSTER, OTHER_REGION)):
            role, network = f"arn:aws:iam::{self.id}:role/cluster", {"subnetIds": ["subnet-1", "subnet-2"]}
            self.client("eks", region).create_cluster(name=name, roleArn=role, resourcesVpcConfig=network, accessConfig={"authenticationMode": "API"})

    def token(self, wanted: Mapping[str, Any]) -> str:
        """Return a token as case.py says it, each time another one."""
        keys = self._keys(wanted)
        if wanted.get("made") == "collection":
            return self._of_the_collection(keys, wanted.get("host", ""))
        url = _Request(keys, **{name: value for name, value in wanted.items() if name not in ("role", "user", "session", "edit")}).presigned()
        for old, new in wanted.get("edit", {}).items():
            assert old in url, f"{url}: there is no {old} to replace"
            url = url.replace(old, new)
        return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")

    def _of_the_collection(self, keys: Keys, host: str) -> str:
        options = {"region": REGION, "access_key": keys.access, "secret_key": keys.secret, "session_token": keys.session}
        return bearer_token(Clients(options | ({"endpoint_url": f"http://{host}"} if host else {})), CLUSTER).value

    def _keys(self, wanted: Mapping[str, Any]) -> Keys:
        if "role" in wanted:
            role = {"RoleArn": f"arn:aws:iam::{self.id}:role/{wanted['role']}", "RoleSessionName": wanted.get("session", "ann")}
            given = self.client("sts").assume_role(**role)["Credentials"]
            return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        if "user" in wanted:
            given = self.client("iam").create_access_key(UserName=wanted["user"])["AccessKey"]
            return Keys(given["AccessKeyId"], given["SecretAccessKey"])
        return Keys(self.access_key, "secret")


@dataclass(frozen=True)
class _Request:
    """A GetCallerIdentity to sign, right or wrong as a case has it."""

    keys: Keys
    cluster: str = CLUSTER
    age: int = 0
    expires: int = 60
    region: str = REGION
    host: str = HOST
    scheme: str = "https"
    path: str = "/"
    query: Mapping[str, str | None] = field(default_factory=dict)

    @cached_property
    def _stamp(self) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - self.age))

    def _parameters(self) -> dict[str, str]:
        scope = f"{self.keys.access}/{self._stamp[:8]}/{self.region}/sts/aws4_request"
        given: dict[str, str | None] = {
            "Action": "GetCallerIdentity",
            "Version": "2011-06-15",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": scope,
            "X-Amz-Date": self._stamp,
            "X-Amz-Expires": str(self.expires),
            "X-Amz-SignedHeaders": f"host;{HEADER}" if self.cluster else "host",
            "X-Amz-Security-Token": self.keys.session or None,
            **self.query,
        }
        return {name: value for name, value in sorted(given.items()) if value is not None}

    def presigned(self) -> str:
        url = f"{self.scheme}://{self.host}{self.path}?{urlencode(self._parameters(), quote_via=quote, safe='-_.~')}"
        request = AWSRequest(method="GET", url=url, headers={HEADER: self.cluster} if self.cluster else {})
        request.context["timestamp"] = self._stamp
        auth = SigV4QueryAuth(Credentials(self.keys.access, self.keys.secret), "sts", self.region)
        return f"{url}&X-Amz-Signature={auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)}"


@dataclass(frozen=True)
class Api:
    """One of the two Kubernetes APIs of the cluster, with the account that it asks about tokens."""

    url: str
    token: str
    ca: Path
    account: Account


@contextmanager
def simulated() -> Iterator[tuple[Api, Api]]:
    """Run AWS, and the cluster of the one account on the embedded API, that of the other on a real one behind its front."""
    with aws.start() as simulator, ExitStack() as stack:
        accounts = Account(simulator, aws.ACCOUNT, aws.ACCESS_KEY), Account(simulator, aws.OTHER_ACCOUNT, aws.OTHER_ACCESS_KEY)
        for account in accounts:
            account.make_clusters()
        paths = [f"{account.id}/{REGION}/{CLUSTER}" for account in accounts]
        real = stack.enter_context(kubernetes.start([paths[1]], version="1.36", aws=simulator.url, program=("sandbox", "kubernetes-real")))
        embedded = stack.enter_context(kubernetes.start([paths[0]], version="1.36", aws=simulator.url))
        yield (
            Api(embedded.endpoint(paths[0]), embedded.admin_token, embedded.ca, accounts[0]),
            Api(_address(real, paths[1]), real.admin_token, real.ca, accounts[1]),
        )


def _address(running: kubernetes.Running, path: str) -> str:
    """Wait for a real cluster's server and return its address."""
    deadline = time.monotonic() + REAL_SECONDS
    while True:
        shown = running.control("GET", f"clusters/{path}")
        assert not shown["why"], shown["why"]
        if shown["port"]:
            return f"https://127.0.0.1:{shown['port']}"
        assert time.monotonic() < deadline, f"{path} does not answer"
        time.sleep(0.1)

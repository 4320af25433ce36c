"""TokenReview: a `k8s-aws-v1.` token, which is a presigned GetCallerIdentity, turned into a Kubernetes user.

Runs without the simulator's lock, so that a Kubernetes API may ask while it is itself being told something.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.aws import moto_side
from sandbox.aws.principals import Identity
from sandbox.aws.store import Body
from sandbox.aws.world import World

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LIFE = 900  # aws-iam-authenticator takes a token for 15 minutes from its date, and no longer X-Amz-Expires
SKEW = 300
Document = dict[str, Any]


class Refused(Exception):
    """Why the token is not accepted."""


def review(world: World, account: str, region: str, cluster: str, document: Document) -> Document:
    """Return the TokenReview with its status filled in."""
    try:
        status = _accept(world, account, region, cluster, str(document.get("spec", {}).get("token", "")))
    except Refused as refusal:
        status = {"authenticated": False, "error": str(refusal)}
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": {}, "spec": document.get("spec", {}), "status": status}


def _accept(world: World, account: str, region: str, cluster: str, token: str) -> Document:
    url = _url(token)
    query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
    _check_request(query, world.clock.now())
    identity = world.principals.identity(query.get("X-Amz-Credential", "").partition("/")[0])
    _check_signature(url, query, identity, cluster)
    held = world.regions.get((account, region))
    if held is None or held.clusters.get(cluster) is None:
        raise Refused(f"no cluster {cluster} in {account}/{region}")
    entry = held.nouns_of(cluster, "accessentry").get(identity.principal_arn) or _by_name(held.nouns_of(cluster, "accessentry").bodies(), identity)
    if entry is None:
        raise Refused(f"no access entry for {identity.principal_arn} in cluster {cluster}")
    _check_same_role(entry)
    return {"authenticated": True, "user": _user(entry, identity)}


def _url(token: str) -> str:
    if not token.startswith(PREFIX):
        raise Refused(f"the token does not begin with {PREFIX}")
    text = token.removeprefix(PREFIX)
    try:
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError as error:
        raise Refused("the token is not base64url") from error
    if urlsplit(url).scheme not in ("https", "http"):
        raise Refused("the token holds no URL")
    return url


def _check_request(query: dict[str, str], now: float) -> None:
    if query.get("Action") != "GetCallerIdentity":
        raise Refused("the token is not a GetCallerIdentity request")
    if CLUSTER_HEADER not in query.get("X-Amz-SignedHeaders", "").split(";"):
        raise Refused(f"the header {CLUSTER_HEADER} is not signed")
    try:
        made = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        lives = int(query["X-Amz-Expires"])
    except (KeyError, ValueError) as error:
        raise Refused("the token has no date") from error
    if not 0 <= lives <= LIFE:
        raise Refused(f"X-Amz-Expires is not within 0 and {LIFE}")
    if not made - SKEW <= now <= made + LIFE:
        raise Refused("the token has expired")


def _check_signature(url: str, query: dict[str, str], identity: Identity, cluster: str) -> None:
    """Sign the request again with the cluster's name, where the secret is known; else take it on trust."""
    if not identity.secret:
        return
    bare = url.partition("&X-Amz-Signature=")[0]
    if _signature(bare, query, identity.secret, cluster) != query.get("X-Amz-Signature"):
        raise Refused(f"the signature is not that of {identity.arn} for cluster {cluster}")


def _signature(url: str, query: dict[str, str], secret: str, cluster: str) -> str:
    _, _, region, service, _ = query["X-Amz-Credential"].split("/")
    auth = SigV4QueryAuth(Credentials(query["X-Amz-Credential"].partition("/")[0], secret), service, region)
    request = AWSRequest(method="GET", url=url, headers={CLUSTER_HEADER: cluster})
    request.context["timestamp"] = query["X-Amz-Date"]
    canonical = auth.canonical_request(request)
    return str(auth.signature(auth.string_to_sign(request, canonical), request))


def _by_name(entries: list[Body], identity: Identity) -> Body | None:
    """Find the entry by account and last part of the name: an assumed role's ARN does not carry the role's path."""
    name = identity.principal_arn.rpartition("/")[2]
    return next(
        (entry for entry in entries if entry["principalArn"].split(":")[4] == identity.account and entry["principalArn"].rpartition("/")[2] == name), None
    )


def _check_same_role(entry: Body) -> None:
    """An entry is bound to the role's unique id: a role deleted and made again under the name is a stranger."""
    role = moto_side.find_role(entry["principalArn"])
    if entry["_role_id"] is not None and role is not None and role.id != entry["_role_id"]:
        raise Refused(f"the role {entry['principalArn']} was made anew after its access entry; make the entry again")


def _user(entry: Body, identity: Identity) -> Document:
    session = identity.session.replace("@", "-")
    replacements = {"{{SessionName}}": session, "{{SessionNameRaw}}": identity.session, "{{AccountID}}": identity.account, "{{EC2PrivateDNSName}}": session}
    name = entry["username"]
    for template, value in replacements.items():
        name = name.replace(template, value)
    groups = [*entry["kubernetesGroups"], *_policy_groups(entry), "system:authenticated"]
    extra = {
        "accessKeyId": [""],
        "arn": [identity.arn],
        "canonicalArn": [identity.principal_arn],
        "principalId": [identity.user_id],
        "sessionName": [identity.session],
    }
    return {"username": name, "uid": f"aws-iam-authenticator:{identity.account}:{identity.user_id.partition(':')[0]}", "groups": groups, "extra": extra}


def _policy_groups(entry: Body) -> list[str]:
    groups = []
    for arn, association in entry["_policies"].items():
        group = f"eks:access-policy:{arn.rpartition('/')[2]}"
        scope = association["accessScope"]
        groups += [group] if scope["type"] == "cluster" else [f"{group}:{namespace}" for namespace in scope["namespaces"]]
    return groups

"""TokenReview: a `k8s-aws-v1.` token, which is a presigned GetCallerIdentity, turned into a Kubernetes user.

Runs without the simulator's lock, so that a Kubernetes API may ask while it is itself being told something.
"""

from __future__ import annotations

from typing import Any

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.aws import moto_side, presigned
from sandbox.aws.presigned import CLUSTER_HEADER, Presigned, Refused
from sandbox.aws.principals import Identity
from sandbox.aws.store import Body
from sandbox.aws.world import World

Document = dict[str, Any]


def review(world: World, account: str, region: str, cluster: str, document: Document) -> Document:
    """Return the TokenReview with its status filled in."""
    try:
        status = _accept(world, account, region, cluster, str(document.get("spec", {}).get("token", "")))
    except Refused as refusal:
        status = {"authenticated": False, "error": str(refusal)}
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": {}, "spec": document.get("spec", {}), "status": status}


def _accept(world: World, account: str, region: str, cluster: str, token: str) -> Document:
    request = presigned.read(token, world.clock.now(), world.is_own)
    identity = world.principals.identity(request.access_key)
    _check_signature(request, identity, cluster)
    held = world.regions.get((account, region))
    if held is None or held.clusters.get(cluster) is None:
        raise Refused(f"no cluster {cluster} in {account}/{region}")
    entry = held.nouns_of(cluster, "accessentry").get(identity.principal_arn) or _by_name(held.nouns_of(cluster, "accessentry").bodies(), identity)
    if entry is None:
        raise Refused(f"no access entry for {identity.principal_arn} in cluster {cluster}")
    _check_same_role(entry)
    return {"authenticated": True, "user": _user(entry, identity, request.access_key)}


def _check_signature(request: Presigned, identity: Identity, cluster: str) -> None:
    """Sign the request again with the cluster's name, where the secret is known; else take it on trust."""
    region, service = request.scope
    if service != "sts" or presigned.region_of(request.url.netloc) not in (region, None):
        raise Refused("the credential is scoped to another region or service than the host's")
    if identity.secret and _signature(request, identity.secret, cluster) != request.query.get("x-amz-signature"):
        raise Refused(f"the signature is not that of {identity.arn} for cluster {cluster}")


def _signature(request: Presigned, secret: str, cluster: str) -> str:
    region, service = request.scope
    auth = SigV4QueryAuth(Credentials(request.access_key, secret), service, region)
    again = AWSRequest(method="GET", url=request.unsigned, headers={CLUSTER_HEADER: cluster})
    again.context["timestamp"] = request.query["x-amz-date"]
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))


def _by_name(entries: list[Body], identity: Identity) -> Body | None:
    """Find a session's entry by the role's name: an assumed role's ARN does not carry the role's path."""
    return next((entry for entry in entries if identity.session and _pathless(entry["principalArn"]) == _pathless(identity.principal_arn)), None)


def _pathless(arn: str) -> str:
    """Return the ARN of a user or a role without the path before the name."""
    kind, _, rest = arn.partition("/")
    return f"{kind}/{rest.rpartition('/')[2]}"


def _check_same_role(entry: Body) -> None:
    """An entry is bound to the role's unique id: a role deleted and made again under the name is a stranger."""
    role = moto_side.find_role(entry["principalArn"])
    if entry["_role_id"] is not None and role is not None and role.id != entry["_role_id"]:
        raise Refused(f"the role {entry['principalArn']} was made anew after its access entry; make the entry again")


def _user(entry: Body, identity: Identity, access_key: str) -> Document:
    session = identity.session.replace("@", "-")
    replacements = {"{{SessionName}}": session, "{{SessionNameRaw}}": identity.session, "{{AccountID}}": identity.account, "{{EC2PrivateDNSName}}": session}
    name = entry["username"]
    for template, value in replacements.items():
        name = name.replace(template, value)
    groups = [*entry["kubernetesGroups"], *_policy_groups(entry), "system:authenticated"]
    extra = _extra(identity, access_key)
    return {"username": name, "uid": f"aws-iam-authenticator:{identity.account}:{extra['principalId'][0]}", "groups": groups, "extra": extra}


def _extra(identity: Identity, access_key: str) -> dict[str, list[str]]:
    """Return what `kubectl auth whoami` shows on EKS beside name and groups."""
    principal = identity.user_id.partition(":")[0]
    values = {
        "accessKeyId": access_key,
        "arn": identity.arn,
        "canonicalArn": _pathless(identity.principal_arn) if identity.session else identity.principal_arn,
        "principalId": principal,
        "sessionName": identity.session,
        "sigs.k8s.io/aws-iam-authenticator/principalId": principal,
    }
    return {key: [value] for key, value in values.items()}


def _policy_groups(entry: Body) -> list[str]:
    groups = []
    for arn, association in entry["_policies"].items():
        group = f"eks:access-policy:{arn.rpartition('/')[2]}"
        scope = association["accessScope"]
        groups += [group] if scope["type"] == "cluster" else [f"{group}:{namespace}" for namespace in scope["namespaces"]]
    return groups

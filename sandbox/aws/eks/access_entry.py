"""Access entries and their policies; the entries that the service makes by itself."""

from __future__ import annotations

from typing import Any

from sandbox.aws.context import Context, new_id
from sandbox.aws.eks import references
from sandbox.aws.eks.base import check_tags, cluster_of, idempotent, in_use, invalid, invalid_request, not_found, page
from sandbox.aws.eks.registry import Answer, Params, operation
from sandbox.aws.store import Body

POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/"
POLICIES = (
    "AmazonAIOpsAssistantPolicy",
    "AmazonARCRegionSwitchScalingPolicy",
    "AmazonEKSACKPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSArgoCDClusterPolicy",
    "AmazonEKSArgoCDPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSBlockStorageClusterPolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSClusterInsightsPolicy",
    "AmazonEKSComputeClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSHybridPolicy",
    "AmazonEKSKROPolicy",
    "AmazonEKSLoadBalancingClusterPolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingClusterPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
    "AmazonSagemakerHyperpodClusterPolicy",
    "AmazonSagemakerHyperpodControllerPolicy",
)
TYPES = ("STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
NODE_USERNAMES = {
    "FARGATE_LINUX": "system:node:{{SessionName}}",
    "HYBRID_LINUX": "system:node:{{SessionName}}",
    "EC2_LINUX": "system:node:{{EC2PrivateDNSName}}",
    "EC2_WINDOWS": "system:node:{{EC2PrivateDNSName}}",
    "EC2": "system:node:{{EC2PrivateDNSName}}",
    "HYPERPOD_LINUX": "system:node:{{SessionName}}",
}
NODE_GROUPS = {
    "FARGATE_LINUX": ["system:bootstrappers", "system:nodes", "system:node-proxier"],
    "EC2_WINDOWS": ["eks:kube-proxy-windows", "system:bootstrappers", "system:nodes"],
}
WITHOUT_POLICIES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX")
SERVICE_ROLE = "role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"


@operation
def create_access_entry(ctx: Context, params: Params) -> Answer:
    return {"accessEntry": idempotent(ctx, params, lambda: _create(ctx, params))}


def _create(ctx: Context, params: Params) -> Body:
    cluster, principal = _usable(ctx, params["clusterName"]), params["principalArn"]
    _check_principal(ctx, principal)
    kind = params.get("type", "STANDARD")
    if kind not in TYPES:
        raise invalid(f"The type {kind} is invalid. Valid types are [{', '.join(TYPES)}]")
    if kind != "STANDARD" and (params.get("kubernetesGroups") or params.get("username")):
        raise invalid(f"The type {kind} does not support kubernetesGroups or username")
    _check_names(params)
    check_tags(params.get("tags"))
    if ":role/" in principal:
        references.check_role(ctx, principal)
    if ctx.nouns(cluster["name"], "accessentry").get(principal) is not None:
        raise in_use("The specified access entry resource is already in use on this cluster.", clusterName=cluster["name"])
    return add(ctx, cluster["name"], principal, kind, groups=params.get("kubernetesGroups"), username=params.get("username"), tags=params.get("tags"))


def add(ctx: Context, cluster: str, principal: str, kind: str, *, groups: list[str] | None = None, username: str | None = None, tags: Any = None) -> Body:
    """Put an entry into a cluster, with the defaults of its type."""
    account, resource = principal.split(":")[4], principal.split(":", 5)[5]
    arn = ctx.arn(f"access-entry/{cluster}/{resource.partition('/')[0]}/{account}/{resource.rpartition('/')[2]}/{new_id()}")
    store = ctx.nouns(cluster, "accessentry")
    body = {
        "clusterName": cluster,
        "principalArn": principal,
        "kubernetesGroups": groups if groups is not None else NODE_GROUPS.get(kind, ["system:bootstrappers", "system:nodes"]) if kind in NODE_USERNAMES else [],
        "accessEntryArn": arn,
        "createdAt": ctx.now,
        "modifiedAt": ctx.now,
        "tags": tags or {},
        "username": username or NODE_USERNAMES.get(kind) or _username(principal),
        "type": kind,
        "_role_id": references.role_id(principal),
        "_policies": {},
        "_arn": arn,
    }
    ctx.index(store, principal, arn)
    return store.put(principal, body)


def _username(principal: str) -> str:
    """Return the Kubernetes user of a STANDARD entry: the user's ARN, or the role's session."""
    _, _, _, _, account, resource = principal.split(":", 5)
    if not resource.startswith("role/"):
        return principal
    return f"arn:aws:sts::{account}:assumed-role/{resource.rpartition('/')[2]}/{{{{SessionName}}}}"


def _check_principal(ctx: Context, principal: str) -> None:
    parts = principal.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or parts[5].partition("/")[0] not in ("role", "user"):
        raise invalid("The principalArn parameter format is not valid")


def _check_names(params: Params) -> None:
    bad = [group for group in params.get("kubernetesGroups") or [] if group.startswith(("system:", "eks:", "aws:", "amazon:", "iam:"))]
    if bad:
        raise invalid(f"The kubernetes group name {bad[0]} is invalid, it cannot start with system:, eks:, aws:, amazon: or iam:")
    if (params.get("username") or "").startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
        raise invalid("The username is invalid, it cannot start with system:, eks:, aws:, amazon: or iam:")


def _usable(ctx: Context, name: str) -> Body:
    """Return the cluster when its authentication mode knows access entries."""
    cluster = cluster_of(ctx, name)
    if cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise invalid_request("The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.", clusterName=name)
    return cluster


def entry_of(ctx: Context, params: Params, *, seen: bool = False) -> Body:
    name, principal = params["clusterName"], params["principalArn"]
    cluster_of(ctx, name, seen=seen)
    _usable(ctx, name)
    store = ctx.nouns(name, "accessentry")
    body = store.seen(principal) if seen else store.get(principal)
    if body is None:
        raise not_found(f"The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'. {principal}")
    return body


@operation
def describe_access_entry(ctx: Context, params: Params) -> Answer:
    return {"accessEntry": entry_of(ctx, params, seen=True)}


@operation
def list_access_entries(ctx: Context, params: Params) -> Answer:
    cluster_of(ctx, params["clusterName"], seen=True)
    _usable(ctx, params["clusterName"])
    wanted = params.get("associatedPolicyArn")
    found = (body["principalArn"] for body in ctx.nouns(params["clusterName"], "accessentry").all_seen() if wanted is None or wanted in body["_policies"])
    return page(params, "accessEntries", found)


@operation
def update_access_entry(ctx: Context, params: Params) -> Answer:
    body = entry_of(ctx, params)
    if body["type"] != "STANDARD":
        raise invalid_request(f"Access entries of type {body['type']} cannot be updated")
    _check_names(params)
    changes = {name: params[name] for name in ("kubernetesGroups", "username") if name in params}
    store = ctx.nouns(params["clusterName"], "accessentry")
    return {"accessEntry": store.change(params["principalArn"], modifiedAt=ctx.now, **changes)}


@operation
def delete_access_entry(ctx: Context, params: Params) -> Answer:
    body = entry_of(ctx, params)
    ctx.nouns(params["clusterName"], "accessentry").remove(params["principalArn"])
    ctx.region.arns.pop(body["accessEntryArn"], None)
    return {}


@operation
def associate_access_policy(ctx: Context, params: Params) -> Answer:
    """Associate a policy, or give an associated one a new scope."""
    body = entry_of(ctx, params)
    policy, scope = params["policyArn"], _scope(params["accessScope"])
    if body["type"] in WITHOUT_POLICIES:
        raise invalid_request(f"Access policies cannot be associated with access entries of type {body['type']}")
    if not policy.startswith(POLICY_ARN) or policy.removeprefix(POLICY_ARN) not in POLICIES:
        raise invalid("The policyArn parameter format is not valid")
    return {"associatedAccessPolicy": _associate(ctx, body, policy, scope), **_names(body)}


def _associate(ctx: Context, entry: Body, policy: str, scope: Body) -> Body:
    known = entry["_policies"].get(policy, {"associatedAt": ctx.now})
    association = {**known, "policyArn": policy, "accessScope": scope, "modifiedAt": ctx.now}
    ctx.nouns(entry["clusterName"], "accessentry").change(entry["principalArn"], _policies={**entry["_policies"], policy: association})
    return association


def _scope(scope: Body) -> Body:
    kind, namespaces = scope.get("type"), scope.get("namespaces") or []
    if kind == "namespace" and not namespaces:
        raise invalid("Namespaces must be provided when the access scope type is namespace")
    if kind == "cluster" and namespaces:
        raise invalid("Namespaces cannot be provided when the access scope type is cluster")
    return {"type": kind, "namespaces": sorted(namespaces)}  # the service answers namespaces in its own order


@operation
def disassociate_access_policy(ctx: Context, params: Params) -> Answer:
    body = entry_of(ctx, params)
    if params["policyArn"] not in body["_policies"]:
        raise not_found("The specified policyArn could not be found. You can view your associated policies with 'list-associated-access-policies'.")
    rest = {arn: each for arn, each in body["_policies"].items() if arn != params["policyArn"]}
    ctx.nouns(params["clusterName"], "accessentry").change(params["principalArn"], _policies=rest)
    return {}


@operation
def list_associated_access_policies(ctx: Context, params: Params) -> Answer:
    body = entry_of(ctx, params, seen=True)
    return {**page(params, "associatedAccessPolicies", body["_policies"].values()), **_names(body)}


@operation
def list_access_policies(ctx: Context, params: Params) -> Answer:
    return page(params, "accessPolicies", ({"name": name, "arn": POLICY_ARN + name} for name in POLICIES))


def _names(body: Body) -> Body:
    return {"clusterName": body["clusterName"], "principalArn": body["principalArn"]}


def make_service_entries(ctx: Context, cluster: Body) -> None:
    """Make what the service makes by itself: the creator's, its own, the nodes' and Auto Mode's entries, where missing."""
    if cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        return
    name, account = cluster["name"], ctx.call.account
    if not cluster.get("_entries_made"):
        ctx.clusters.change(name, _entries_made=True)
        ensure(ctx, name, f"arn:aws:iam::{account}:{SERVICE_ROLE}", "STANDARD", "AmazonEKSClusterInsightsPolicy")
        if cluster["accessConfig"]["bootstrapClusterCreatorAdminPermissions"]:
            ensure(ctx, name, cluster["_creator"], "STANDARD", "AmazonEKSClusterAdminPolicy")
        for nodegroup in ctx.nouns(name, "nodegroup").bodies():
            ensure(ctx, name, nodegroup["nodeRole"], "EC2_LINUX")
        for profile in ctx.nouns(name, "fargateprofile").bodies():
            ensure(ctx, name, profile["podExecutionRoleArn"], "FARGATE_LINUX")
    compute = cluster.get("computeConfig") or {}
    if compute.get("enabled") and compute.get("nodeRoleArn"):
        ensure(ctx, name, compute["nodeRoleArn"], "EC2", "AmazonEKSAutoNodePolicy")


def ensure(ctx: Context, cluster: str, principal: str, kind: str, policy: str | None = None) -> None:
    """Make a service-made entry unless the principal has one, or the cluster's mode knows none."""
    if cluster_of(ctx, cluster)["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        return
    if ctx.nouns(cluster, "accessentry").get(principal) is None:
        entry = add(ctx, cluster, principal, kind)
        if policy is not None:
            _associate(ctx, entry, POLICY_ARN + policy, {"type": "cluster", "namespaces": []})

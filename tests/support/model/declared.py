"""What may be declared of a cluster: strategies, and the order in which the cloud tells it."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.support.model.names import AUTO_ROLE, AWS_POLICY, CAPABILITIES, ISSUER, PROFILES, ROLE, ROLES

TAGS = st.dictionaries(st.sampled_from(["Team", "aB", "kubernetes.io/x"]), st.sampled_from(["1", "2"]), max_size=2)
AUTO_MODE = st.one_of(
    st.just({"enabled": False}),
    st.fixed_dictionaries(
        {
            "enabled": st.just(True),
            "node_pools": st.lists(st.sampled_from(["general-purpose", "system"]), unique=True, min_size=1).map(sorted),
            "node_role_arn": st.just(AUTO_ROLE),
            "gateway_api_crds": st.booleans(),
        }
    ),
)
CLUSTER = st.fixed_dictionaries(
    {
        "endpoint_private_access": st.booleans(),
        "public_access_cidrs": st.sampled_from([["0.0.0.0/0"], ["203.0.113.0/24"], ["198.51.100.0/24", "203.0.113.0/24"]]),
        "logging": st.lists(st.sampled_from(["api", "audit", "scheduler"]), unique=True),
        "zonal_shift": st.booleans(),
        "remote_node_networks": st.sampled_from([[], ["192.168.16.0/20"], ["10.200.0.0/16"]]),
        "control_plane_scaling_tier": st.sampled_from(["standard", "tier-xl"]),
        "version": st.sampled_from(["1.34", "1.35", "1.36"]),
        "auto_mode": AUTO_MODE,
        "tags": TAGS,
    }
)
TAINTS = st.lists(
    st.fixed_dictionaries(
        {"key": st.sampled_from(["gpu", "batch"]), "value": st.sampled_from(["a", "b"]), "effect": st.sampled_from(["NO_SCHEDULE", "NO_EXECUTE"])}
    ),
    unique_by=lambda taint: (taint["key"], taint["effect"]),
    max_size=2,
)
SIZES = st.sampled_from([(0, 1, 0), (1, 3, 2), (2, 5, 5)]).map(lambda sizes: dict(zip(("min_size", "max_size", "desired_size"), sizes, strict=True)))
LABELS = st.dictionaries(st.sampled_from(["tier", "a.b/c"]), st.sampled_from(["x", "y"]))
GROUP = st.fixed_dictionaries({"labels": LABELS, "taints": TAINTS, "scaling_config": SIZES, "tags": TAGS})
POLICIES = st.dictionaries(
    st.sampled_from(["AmazonEKSViewPolicy", "AmazonEKSEditPolicy"]), st.lists(st.sampled_from(["a", "b"]), unique=True).map(sorted), max_size=2
)
ENTRY = st.fixed_dictionaries({"kubernetes_groups": st.lists(st.sampled_from(["ops", "dev"]), unique=True), "policies": POLICIES, "tags": TAGS})
POD = st.fixed_dictionaries({"role_arn": st.sampled_from([f"{ROLE}/web", f"{ROLE}/api"]), "tags": TAGS})
ADDON = st.fixed_dictionaries({"tags": TAGS})
COREDNS = st.fixed_dictionaries({"configuration_values": st.sampled_from([{}, {"replicaCount": 2}, {"replicaCount": 3}]), "tags": TAGS})
CNI = st.fixed_dictionaries({"pod_identity_associations": st.sampled_from([[], [{"service_account": "aws-node", "role_arn": f"{ROLE}/cni"}]]), "tags": TAGS})
PROFILE = st.fixed_dictionaries({"tags": TAGS})
PROVIDER = st.fixed_dictionaries(
    {
        "issuer_url": st.sampled_from([ISSUER, "https://sso.example.com/realms/a"]),
        "client_id": st.sampled_from(["kubernetes", "edge"]),
        "username_claim": st.sampled_from(["", "email"]),
        "groups_claim": st.sampled_from(["", "groups"]),
        "groups_prefix": st.sampled_from(["", "corp:"]),
        "required_claims": st.sampled_from([{}, {"team": "a"}]),
        "tags": TAGS,
    }
)
CAPABILITY_ROLE = st.sampled_from([f"{ROLE}/capable", f"{ROLE}/able"])
SERVICES = st.lists(st.sampled_from(["s3", "sqs"]), unique=True).map(sorted)
IDENTITIES = st.lists(st.sampled_from(["SSO_GROUP ops", "SSO_USER ann", "SSO_USER bob"]), unique=True, min_size=1).map(sorted)
MAPPINGS = st.dictionaries(st.sampled_from(["ADMIN", "EDITOR", "VIEWER"]), IDENTITIES)
ACK = st.fixed_dictionaries({"role_arn": CAPABILITY_ROLE, "enable_cross_namespace": st.booleans(), "disabled_services": SERVICES, "tags": TAGS})
ARGO = st.fixed_dictionaries({"role_arn": CAPABILITY_ROLE, "mappings": MAPPINGS, "vpce_ids": st.sampled_from([[], ["vpce-1"]]), "tags": TAGS})
KRO = st.fixed_dictionaries({"role_arn": CAPABILITY_ROLE, "tags": TAGS})
TRUSTED = st.lists(st.sampled_from(["ec2", "eks", "pods"]), unique=True, min_size=1).map(sorted)
MANAGED = ["AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSNetworkingPolicy"]
IAM_ROLE = st.fixed_dictionaries(
    {
        "trust": TRUSTED,
        "description": st.sampled_from(["", "theirs", "ours"]),
        "max_session_duration": st.sampled_from([3600, 7200]),
        "managed_policies": st.lists(st.sampled_from([f"{AWS_POLICY}/{name}" for name in MANAGED]), unique=True).map(sorted),
        "inline_policies": st.dictionaries(st.sampled_from(["read", "v1.2"]), st.sampled_from(["eks:DescribeCluster", "eks:ListClusters"])),
        "permissions_boundary": st.sampled_from(["", f"{AWS_POLICY}/{MANAGED[0]}"]),
        "tags": TAGS,
    }
)
"""An inline policy is the one action that it allows."""
DECLARATION = st.fixed_dictionaries(
    {
        "cluster": CLUSTER,
        "groups": st.dictionaries(st.sampled_from(["apps", "batch"]), GROUP),
        "addons": st.fixed_dictionaries({"eks-pod-identity-agent": ADDON}, optional={"coredns": COREDNS, "vpc-cni": CNI, "kube-proxy": ADDON}),
        "entries": st.dictionaries(st.sampled_from([f"{ROLE}/people", f"{ROLE}/robots"]), ENTRY),
        "pods": st.dictionaries(st.sampled_from([("apps", "web"), ("apps", "api")]), POD),
        "profiles": st.dictionaries(st.sampled_from(PROFILES), PROFILE),
        "provider": st.none() | PROVIDER,
        "capabilities": st.fixed_dictionaries({}, optional=dict(zip(sorted(CAPABILITIES), (ACK, ARGO, KRO), strict=True))),
        "roles": st.dictionaries(st.sampled_from(ROLES), IAM_ROLE),
    }
)

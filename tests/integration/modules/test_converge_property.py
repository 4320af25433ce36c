"""Whatever is declared of a cluster and the roles beside it, and whatever others did to them meanwhile: after a converge the cloud is as declared, the
next one writes nothing, and AWS refuses no call.

The model is in tests/support/model. Time is the simulator's: who waits for what is under way waits no second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sandbox.aws.testing import Running, start
from tests.support.model.cloud import cloud, normal, unwell, without_entry
from tests.support.model.declared import DECLARATION
from tests.support.model.names import AUTO_ROLE, AWS_POLICY, ISSUER, ROLE, Declared, Site
from tests.support.model.outside import ON_EKS
from tests.support.model.outside_late import LATE
from tests.support.model.outside_members import MEMBERS
from tests.support.model.tasks import tasks

MISSING = {"ResourceNotFoundException", "NoSuchEntity"}
OTHERS = st.tuples(st.lists(st.sampled_from(sorted({**ON_EKS, **MEMBERS})), unique=True, max_size=5), st.none() | st.sampled_from(sorted(LATE)))


def do(site: Site, change: str) -> None:
    if change in ON_EKS:
        ON_EKS[change](site.eks)
    else:
        {**MEMBERS, **LATE}[change](site)


def converge(site: Site, declared: Declared, part: str | None = None) -> list[str]:
    """Converge the declaration, or a part of it, let AWS refuse nothing, and return what was written."""
    site.aws.clear_log()
    for name, module, params in tasks(declared):
        if part in (None, name):
            result = site.tasks.run(module, params)
            left = [warning for warning in result.get("warnings", []) if "differs from the declaration" in warning]
            assert not left, (module, left)
    refused = [(each["operation"], each["code"]) for each in site.aws.log() if each["code"] and not (each["code"] in MISSING and not each["write"])]
    assert refused == [], refused
    return [each["operation"] for each in site.aws.writes()]


def converge_on(site: Site, declared: Declared, *, late: bool) -> list[str]:
    """Converge; if late, where operations take their time and reads show for a moment what was true before. Then that moment passes."""
    if late:
        site.aws.settings(delay=3, consistency=1)
    try:
        return converge(site, declared)
    finally:
        site.aws.clock(5)
        site.aws.settings(delay=0, consistency=0)


def holds(site: Site, declared: Declared) -> None:
    assert cloud(site) == normal(declared)
    assert (unwell(site.eks), without_entry(site.eks)) == ([], set())


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


def climbing(rounds: list[tuple[Any, Declared]]) -> list[tuple[Any, Declared]]:
    """Let no declaration go back to a version below the one before it: that has rules of its own, and days to wait."""
    versions = sorted(declared["cluster"]["version"] for _, declared in rounds)
    return [(others, {**each, "cluster": {**each["cluster"], "version": version}}) for (others, each), version in zip(rounds, versions, strict=True)]


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(rounds=st.lists(st.tuples(OTHERS, DECLARATION), min_size=2, max_size=2).map(climbing), late=st.booleans())
def test_after_a_converge_the_cloud_is_as_declared_and_the_next_writes_nothing(aws: Running, rounds: list[tuple[Any, Declared]], late: bool) -> None:
    aws.reset()
    site = Site.of(aws)
    for number, ((early, last), declared) in enumerate(rounds):
        for change in [*early, *([last] if last else [])] if number else []:
            event(change)
            do(site, change)
        converge_on(site, declared, late=late)
        holds(site, declared)
        assert converge(site, declared) == []


FULL: Declared = {
    "cluster": {
        "endpoint_private_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
        "logging": ["api"],
        "zonal_shift": True,
        "remote_node_networks": ["192.168.16.0/20"],
        "control_plane_scaling_tier": "tier-xl",
        "version": "1.35",
        "auto_mode": {"enabled": True, "node_pools": ["general-purpose"], "node_role_arn": AUTO_ROLE, "gateway_api_crds": True},
        "tags": {"Team": "ours"},
    },
    "groups": {"apps": {"labels": {"tier": "x"}, "taints": [], "scaling_config": {"min_size": 1, "max_size": 2, "desired_size": 1}, "tags": {}}},
    "addons": {"eks-pod-identity-agent": {"tags": {}}, "coredns": {"configuration_values": {"replicaCount": 2}, "tags": {}}},
    "entries": {f"{ROLE}/people": {"kubernetes_groups": ["ops"], "policies": {"AmazonEKSViewPolicy": ["a"]}, "tags": {}}},
    "pods": {("apps", "web"): {"role_arn": f"{ROLE}/web", "tags": {}}},
    "profiles": {"batch": {"tags": {}}, "web": {"tags": {"Team": "ours"}}},
    "provider": {
        "issuer_url": ISSUER,
        "client_id": "kubernetes",
        "username_claim": "",
        "groups_claim": "groups",
        "groups_prefix": "corp:",
        "required_claims": {"team": "a"},
        "tags": {},
    },
    "capabilities": {
        "ack": {"role_arn": f"{ROLE}/able", "enable_cross_namespace": True, "disabled_services": ["s3"], "tags": {}},
        "argo": {"role_arn": f"{ROLE}/able", "mappings": {"ADMIN": ["SSO_GROUP ops"]}, "vpce_ids": [], "tags": {}},
    },
    "roles": {
        "edge-cluster": {
            "trust": ["eks"],
            "description": "ours",
            "max_session_duration": 3600,
            "managed_policies": [f"{AWS_POLICY}/AmazonEKSClusterPolicy"],
            "inline_policies": {"read": "eks:DescribeCluster"},
            "permissions_boundary": "",
            "tags": {},
        }
    },
}


def test_what_others_do_shows_in_the_cloud_and_is_undone(aws: Running) -> None:
    """Each outside change by itself, mended by its part alone: a change that changed nothing would let the property hold for nothing."""
    aws.reset()
    site = Site.of(aws)
    converge(site, FULL)
    for name in [*ON_EKS, *MEMBERS, *LATE]:
        do(site, name)
        assert cloud(site) != normal(FULL) or unwell(site.eks), name
        assert converge(site, FULL, name.partition(":")[0]), name
        assert cloud(site) == normal(FULL), name

# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the AWS Load Balancer Controller does, held to what it has tagged as this cluster's. Pure.

Facts: the controller's installation guide, its iam_policy.json; it tags all it makes `elbv2.k8s.aws/cluster: NAME`.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_site import Site, Statement, allow, linked_role

TAG = "elbv2.k8s.aws/cluster"
BALANCERS = ("loadbalancer/app/*/*", "loadbalancer/net/*/*")
LISTENERS = ("listener/app/*/*/*", "listener/net/*/*/*")
RULES = ("listener-rule/app/*/*/*/*", "listener-rule/net/*/*/*/*")
TARGETS = "targetgroup/*/*"
ELB = "elasticloadbalancing"
NETWORK_READS = (
    "DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeCoipPools DescribeInstances DescribeInternetGateways DescribeIpamPools "
    "DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcPeeringConnections DescribeVpcs"
)
BALANCER_READS = (
    "DescribeCapacityReservation DescribeListenerAttributes DescribeListenerCertificates DescribeListeners DescribeLoadBalancerAttributes "
    "DescribeLoadBalancers DescribeRules DescribeSSLPolicies DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth "
    "DescribeTrustStores"
)


def controller(site: Site, _resources: Any = ()) -> list[Statement]:
    """Return what the controller needs to make load balancers of Ingresses, Services and Gateways."""
    return [linked_role(site, "elasticloadbalancing.amazonaws.com"), *_reads(site), *_firewalls(site), *_security_groups(site), *_balancers(site)]


def targets_only(site: Site, _resources: Any = ()) -> list[Statement]:
    """Return what it needs where load balancers are made by others, and it only registers pods with their target groups."""
    return [
        allow("LookAtNetworks", "ec2", "DescribeInstances DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs"),
        allow("LookAtTargetGroups", ELB, "DescribeTags DescribeTargetGroups DescribeTargetHealth"),
        allow("ChangeTargetGroups", ELB, "ModifyTargetGroup ModifyTargetGroupAttributes RegisterTargets DeregisterTargets", site.arns(ELB, TARGETS)),
        _openings(site),
    ]


def _reads(site: Site) -> list[Statement]:
    return [
        allow("LookAtNetworks", "ec2", NETWORK_READS),
        allow("LookAtGroupsOfNetworks", "ec2", "GetSecurityGroupsForVpc", site.arns("ec2", "vpc/*")),
        allow("LookAtAddressPools", "ec2", "GetCoipPoolUsage", site.arns("ec2", "coip-pool/*")),
        allow("LookAtLoadBalancers", ELB, BALANCER_READS),
        allow("LookAtUserPools", "cognito-idp", "DescribeUserPoolClient", site.arns("cognito-idp", "userpool/*")),
        allow("FindCertificates", "acm", "ListCertificates"),
        allow("LookAtCertificates", "acm", "DescribeCertificate", site.arns("acm", "certificate/*")),
        allow("FindServerCertificates", "iam", "ListServerCertificates"),
        allow("LookAtServerCertificates", "iam", "GetServerCertificate", site.arns("iam", "server-certificate/*")),
    ]


def _firewalls(site: Site) -> list[Statement]:
    """Web ACLs and Shield, where an Ingress asks for them."""
    balancer = site.arns(ELB, BALANCERS[0])
    old, new = site.arns("waf-regional", "webacl/*"), site.arns("wafv2", "regional/webacl/*/*")
    return [
        allow("LookAtOldWebAcls", "waf-regional", "GetWebACL", old),
        allow("LookAtUsesOfOldWebAcls", "waf-regional", "GetWebACLForResource DisassociateWebACL", balancer),
        allow("UseOldWebAcls", "waf-regional", "AssociateWebACL", [*old, *balancer]),
        allow("LookAtWebAcls", "wafv2", "GetWebACL", new),
        allow("UseWebAcls", "wafv2", "GetWebACLForResource AssociateWebACL", [*new, *balancer]),
        allow("LeaveWebAcls", "wafv2", "DisassociateWebACL", balancer),
        allow("AskForShield", "shield", "GetSubscriptionState CreateProtection"),
        allow("KeepShield", "shield", "DescribeProtection DeleteProtection", site.arns("shield", "protection/*")),
    ]


def _openings(site: Site) -> Statement:
    """Groups of nodes are not the controller's, and open to its load balancers."""
    return allow("OpenGroupsOfNodes", "ec2", "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress", site.arns("ec2", "security-group/*"))


def _security_groups(site: Site) -> list[Statement]:
    groups = site.arns("ec2", "security-group/*")
    at_birth = {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup", **_asked(site)}}
    return [
        _openings(site),
        allow("MakeSecurityGroups", "ec2", "CreateSecurityGroup", [*groups, *site.arns("ec2", "vpc/*")]),
        allow("TagWhatItMakes", "ec2", "CreateTags", groups, at_birth),
        allow("TagItsSecurityGroups", "ec2", "CreateTags DeleteTags", groups, {**_unmoved(), "StringEquals": _owned(site)}),
        allow("RemoveItsSecurityGroups", "ec2", "DeleteSecurityGroup", groups, {"StringEquals": _owned(site)}),
    ]


def _balancers(site: Site) -> list[Statement]:
    balancers, listeners, rules, targets = (site.arns(ELB, *kinds) for kinds in (BALANCERS, LISTENERS, RULES, (TARGETS,)))
    asked, owned = {"StringEquals": _asked(site)}, {"StringEquals": _owned(site)}
    at_birth = {"StringEquals": {"elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"], **_asked(site)}}
    changes = "ModifyLoadBalancerAttributes SetIpAddressType SetSecurityGroups SetSubnets DeleteLoadBalancer ModifyCapacityReservation"
    return [
        allow("MakeLoadBalancers", ELB, "CreateLoadBalancer", balancers, asked),
        allow("MakeTargetGroups", ELB, "CreateTargetGroup", targets, asked),
        allow("TagNewOnes", ELB, "AddTags", [*balancers, *targets], at_birth),
        allow("TagItsOwn", ELB, "AddTags RemoveTags", [*balancers, *targets], {**_unmoved(), **owned}),
        allow("TagListeners", ELB, "AddTags RemoveTags", [*listeners, *rules]),
        allow("ChangeItsLoadBalancers", ELB, changes, balancers, owned),
        allow("ChangeItsAddressPools", ELB, "ModifyIpPools", site.arns(ELB, BALANCERS[0]), owned),
        allow("ChangeItsTargetGroups", ELB, "ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup", targets, owned),
        allow("RegisterPods", ELB, "RegisterTargets DeregisterTargets", targets),
        allow("MakeListeners", ELB, "CreateListener", balancers),
        allow("ChangeListeners", ELB, "ModifyListener ModifyListenerAttributes DeleteListener AddListenerCertificates RemoveListenerCertificates", listeners),
        allow("MakeRules", ELB, "CreateRule", listeners),
        allow("ChangeRules", ELB, "ModifyRule DeleteRule SetRulePriorities", rules),
        allow("UseWebAclsOfLoadBalancers", ELB, "SetWebAcl"),
    ]


def _asked(site: Site) -> dict[str, str]:
    return {f"aws:RequestTag/{TAG}": site.cluster}


def _owned(site: Site) -> dict[str, str]:
    return {f"aws:ResourceTag/{TAG}": site.cluster}


def _unmoved() -> dict[str, Any]:
    """The tag by which a thing is this cluster's own is not among those that change."""
    return {"Null": {f"aws:RequestTag/{TAG}": "true"}}

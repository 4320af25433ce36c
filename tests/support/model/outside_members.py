"""What others do to Fargate profiles, the identity provider, capabilities and roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.model.names import AWS_POLICY, CAPABILITIES, IDC, ISSUER, NAME, POD_ROLE, ROLE, ROLES, SUBNETS, Site

READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "eks:*", "Resource": "*"}]})
ANYBODY = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY]})
OTHER_TAGS = {"Team": "others", "stray": "x"}
IN_ARGO = {"addOrUpdateRoleMappings": [{"role": "ADMIN", "identities": [{"id": "eve", "type": "SSO_USER"}]}]}
CONFIGURATIONS = {"ack": {"ack": {"disabledServices": ["ec2"]}}, "argo": {"argoCd": {"rbacRoleMappings": IN_ARGO, "networkAccess": {"vpceIds": ["vpce-9"]}}}}


def profiles(site: Site) -> list[str]:
    found: list[str] = site.eks.list_fargate_profiles(**NAME)["fargateProfileNames"]
    return found


def create_profile(site: Site, name: str) -> None:
    site.eks.create_fargate_profile(**NAME, fargateProfileName=name, podExecutionRoleArn=POD_ROLE, subnets=SUBNETS, selectors=[{"namespace": name}])


def delete_profile(site: Site, name: str) -> None:
    site.eks.delete_fargate_profile(**NAME, fargateProfileName=name)


def profiles_gone(site: Site) -> None:
    for name in profiles(site):
        delete_profile(site, name)


def strange_profile(site: Site) -> None:
    if "strange" not in profiles(site):
        create_profile(site, "strange")


def profile_tags(site: Site) -> None:
    for name in profiles(site):
        arn = site.eks.describe_fargate_profile(**NAME, fargateProfileName=name)["fargateProfile"]["fargateProfileArn"]
        site.eks.tag_resource(resourceArn=arn, tags=OTHER_TAGS)


def profile_failed(site: Site) -> None:
    """One is made anew, and that fails."""
    for name in profiles(site)[:1]:
        delete_profile(site, name)
        site.aws.outcome("fargate_profile", "CREATE_FAILED", cluster="edge", name=name)
        create_profile(site, name)


def providers(site: Site) -> list[dict[str, Any]]:
    listed = site.eks.list_identity_provider_configs(**NAME)["identityProviderConfigs"]
    return [site.eks.describe_identity_provider_config(**NAME, identityProviderConfig=each)["identityProviderConfig"]["oidc"] for each in listed]


def provider_gone(site: Site) -> None:
    for found in providers(site):
        site.eks.disassociate_identity_provider_config(**NAME, identityProviderConfig={"type": "oidc", "name": found["identityProviderConfigName"]})


def other_provider(site: Site) -> None:
    """It is associated anew, with other settings, or at all."""
    provider_gone(site)
    oidc = {"identityProviderConfigName": "corp", "issuerUrl": ISSUER, "clientId": "theirs", "usernameClaim": "upn", "groupsPrefix": "their:"}
    site.eks.associate_identity_provider_config(**NAME, oidc=oidc, tags=OTHER_TAGS)


def provider_tags(site: Site) -> None:
    for found in providers(site):
        site.eks.tag_resource(resourceArn=found["identityProviderConfigArn"], tags=OTHER_TAGS)


def provider_failed(site: Site) -> None:
    """It is associated anew, and that fails: EKS keeps nothing of it."""
    provider_gone(site)
    site.aws.outcome("update", "Failed", cluster="edge", name="AssociateIdentityProviderConfig")
    site.eks.associate_identity_provider_config(**NAME, oidc={"identityProviderConfigName": "corp", "issuerUrl": ISSUER, "clientId": "theirs"})


def capabilities(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.eks.list_capabilities(**NAME)["capabilities"]
    return found


def create_capability(site: Site, name: str) -> None:
    more = {"configuration": {"argoCd": {"awsIdc": {"idcInstanceArn": IDC}}}} if name == "argo" else {}
    request = {"capabilityName": name, "type": CAPABILITIES[name], "roleArn": f"{ROLE}/theirs", "deletePropagationPolicy": "RETAIN"}
    site.eks.create_capability(**NAME, **request, **more)


def capabilities_gone(site: Site) -> None:
    for found in capabilities(site):
        site.eks.delete_capability(**NAME, capabilityName=found["capabilityName"])


def capability_tags(site: Site) -> None:
    for found in capabilities(site):
        site.eks.tag_resource(resourceArn=found["arn"], tags=OTHER_TAGS)


def capability_settings(site: Site) -> None:
    for found in capabilities(site):
        name = found["capabilityName"]
        more = {"configuration": CONFIGURATIONS[name]} if name in CONFIGURATIONS else {}
        role = site.eks.describe_capability(**NAME, capabilityName=name)["capability"]["roleArn"]
        site.eks.update_capability(**NAME, capabilityName=name, roleArn=f"{ROLE}/theirs" if not role.endswith("theirs") else f"{ROLE}/other", **more)


def strange_capabilities(site: Site) -> None:
    """What the declaration does not have is there, under its name: there is one of a type."""
    there = {found["capabilityName"] for found in capabilities(site)}
    for name in sorted(CAPABILITIES.keys() - there):
        create_capability(site, name)


def capabilities_failed(site: Site) -> None:
    """All are made anew, and that fails."""
    for found in capabilities(site):
        name = found["capabilityName"]
        site.eks.delete_capability(**NAME, capabilityName=name)
        site.aws.outcome("capability", "CREATE_FAILED", cluster="edge", name=name)
        create_capability(site, name)


def roles(site: Site) -> list[str]:
    return sorted({found["RoleName"] for found in site.iam.list_roles()["Roles"]} & set(ROLES))


def emptied(site: Site, name: str) -> None:
    for policy in site.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        site.iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy in site.iam.list_role_policies(RoleName=name)["PolicyNames"]:
        site.iam.delete_role_policy(RoleName=name, PolicyName=policy)


def role_deleted(site: Site, name: str) -> None:
    emptied(site, name)
    site.iam.delete_role(RoleName=name)


def role_recreated(site: Site, name: str) -> None:
    """Another role of the same name, which trusts and may do something else."""
    role_deleted(site, name)
    site.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description="others'")
    site.iam.attach_role_policy(RoleName=name, PolicyArn=f"{AWS_POLICY}/ReadOnlyAccess")


def role_policies(site: Site, name: str) -> None:
    emptied(site, name)
    site.iam.attach_role_policy(RoleName=name, PolicyArn=f"{AWS_POLICY}/ReadOnlyAccess")
    site.iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=READ)
    site.iam.put_role_policy(RoleName=name, PolicyName="stray", PolicyDocument=READ)


def role_settings(site: Site, name: str) -> None:
    site.iam.update_role(RoleName=name, Description="others'", MaxSessionDuration=10800)
    site.iam.update_assume_role_policy(RoleName=name, PolicyDocument=TRUST)
    site.iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=f"{AWS_POLICY}/ReadOnlyAccess")


def role_tags(site: Site, name: str) -> None:
    site.iam.tag_role(RoleName=name, Tags=[{"Key": key, "Value": value} for key, value in OTHER_TAGS.items()])


def each_role(act: Callable[[Site, str], None]) -> Callable[[Site], None]:
    return lambda site: [act(site, name) for name in roles(site)] and None


MEMBERS: dict[str, Callable[[Site], None]] = {
    "profiles: gone": profiles_gone,
    "profiles: strange": strange_profile,
    "profiles: tags": profile_tags,
    "profiles: failed": profile_failed,
    "provider: gone": provider_gone,
    "provider: other": other_provider,
    "provider: tags": provider_tags,
    "provider: failed": provider_failed,
    "capabilities: gone": capabilities_gone,
    "capabilities: tags": capability_tags,
    "capabilities: settings": capability_settings,
    "capabilities: strange": strange_capabilities,
    "capabilities: failed": capabilities_failed,
    "roles: gone": each_role(role_deleted),
    "roles: recreated": each_role(role_recreated),
    "roles: policies": each_role(role_policies),
    "roles: settings": each_role(role_settings),
    "roles: tags": each_role(role_tags),
}
"""By the part of the declaration that mends it, and what is done."""

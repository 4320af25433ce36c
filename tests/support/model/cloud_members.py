"""The simulated cloud in the words of a declaration: Fargate profiles, identity provider, capabilities and roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.model.names import NAME, ROLES, Declared


def described_profiles(eks: Any) -> list[Declared]:
    names = eks.list_fargate_profiles(**NAME)["fargateProfileNames"]
    return [eks.describe_fargate_profile(**NAME, fargateProfileName=name)["fargateProfile"] for name in names]


def described_providers(eks: Any) -> list[Declared]:
    listed = eks.list_identity_provider_configs(**NAME)["identityProviderConfigs"]
    return [eks.describe_identity_provider_config(**NAME, identityProviderConfig=each)["identityProviderConfig"]["oidc"] for each in listed]


def described_capabilities(eks: Any) -> list[Declared]:
    names = [each["capabilityName"] for each in eks.list_capabilities(**NAME)["capabilities"]]
    return [eks.describe_capability(**NAME, capabilityName=name)["capability"] for name in names]


def described(eks: Any) -> list[Declared]:
    return [*described_profiles(eks), *described_providers(eks), *described_capabilities(eks)]


def pod_roles(eks: Any) -> set[str]:
    return {profile["podExecutionRoleArn"] for profile in described_profiles(eks)}


def profiles(eks: Any) -> Declared:
    """What is fixed follows from the name; where it does not, it is told."""
    return {profile["fargateProfileName"]: {"tags": profile["tags"], **_misfit(profile)} for profile in described_profiles(eks)}


def _misfit(profile: Declared) -> Declared:
    fixed = [{"namespace": profile["fargateProfileName"], "labels": {}}]
    return {} if profile["selectors"] == fixed else {"selectors": profile["selectors"]}


def provider(eks: Any) -> Declared | None:
    """A user's name is in the claim `sub` where nothing is declared."""
    for found in described_providers(eks):
        texts = {
            "issuer_url": found["issuerUrl"],
            "client_id": found["clientId"],
            "username_claim": found.get("usernameClaim", "sub"),
            "groups_claim": found.get("groupsClaim", ""),
            "groups_prefix": found.get("groupsPrefix", ""),
        }
        plain = {name: "" if (name, text) == ("username_claim", "sub") else text for name, text in texts.items()}
        return {**plain, "required_claims": found.get("requiredClaims") or {}, "tags": found["tags"]}
    return None


def capabilities(eks: Any) -> Declared:
    return {found["capabilityName"]: {"role_arn": found["roleArn"], "tags": found["tags"], **dict(_settings(found))} for found in described_capabilities(eks)}


def _settings(found: Declared) -> Iterator[tuple[str, Any]]:
    configuration = found.get("configuration") or {}
    if "ack" in configuration:
        yield "enable_cross_namespace", configuration["ack"]["enableCrossNamespace"]
        yield "disabled_services", sorted(configuration["ack"]["disabledServices"])
    if "argoCd" in configuration:
        mappings = configuration["argoCd"]["rbacRoleMappings"]
        yield "mappings", {each["role"]: sorted(f"{who['type']} {who['id']}" for who in each["identities"]) for each in mappings}
        yield "vpce_ids", (configuration["argoCd"].get("networkAccess") or {}).get("vpceIds") or []


def roles(iam: Any) -> Declared:
    there = {found["RoleName"] for found in iam.list_roles()["Roles"]}
    return {name: role(iam, name) for name in sorted(there & set(ROLES))}


def role(iam: Any, name: str) -> Declared:
    found = iam.get_role(RoleName=name)["Role"]
    inline = {policy: iam.get_role_policy(RoleName=name, PolicyName=policy) for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]}
    services = [each["Principal"]["Service"] for each in found["AssumeRolePolicyDocument"]["Statement"]]
    return {
        "trust": sorted(service.removesuffix(".amazonaws.com").replace("pods.eks", "pods") for service in services),
        "description": found.get("Description", ""),
        "max_session_duration": found["MaxSessionDuration"],
        "managed_policies": sorted(each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]),
        "inline_policies": {policy: each["PolicyDocument"]["Statement"][0]["Action"] for policy, each in inline.items()},
        "permissions_boundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
    }

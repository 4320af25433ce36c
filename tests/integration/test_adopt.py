"""adopt.yml on clusters that boto3 made: what it writes declares them, so that a plan of site.yml finds nothing to do.

The clusters use every field. Which these are is read from the roles' argument specs and the modules' options, so that a new one without a round trip fails.
"""

from __future__ import annotations

import importlib
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.plugin_utils.role_specs import role_specs

from sandbox.aws import testing
from sandbox.aws.testing import REGION, Running
from tests.support.adoptable import MAKERS, SESSION_POLICY, plain, role, subnets
from tests.support.modules import call, call_on

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLES = ("eks_foundation", "eks_cluster", "eks_access", "eks_addons", "eks_nodes")
MODULE_OF = {
    "eks_access_entries": ("eks_access_entries", "access_entries"),
    "eks_addons_list": ("eks_addons", "addons"),
    "eks_addons_pod_identities": ("eks_pod_identity_associations", "pod_identity_associations"),
    "eks_nodes_groups": ("eks_nodegroups", "nodegroups"),
    "eks_nodes_fargate_profiles": ("eks_fargate_profiles", "fargate_profiles"),
    "eks_cluster_identity_provider": ("eks_identity_provider", None),
    "eks_cluster_capabilities": ("eks_capability", None),
    **{f"eks_cluster_{name}": ("eks_cluster", name) for name in ("auto_mode", "outpost_config")},
    **{f"eks_cluster_{name}": ("eks_cluster", name) for name in ("kube_api_server_config", "kube_scheduler_config", "kube_controller_manager_config")},
}
"""Variables whose members are options of a module: its name, and the option; None for all of them."""
HOW = {
    *("state", "wait", "wait_timeout", "cluster_name", "force", "replace", "recreate", "recreate_failed", "verify_principal", "allow_downgrade"),
    *("accept_degraded", "after", "preserve", "resolve_conflicts", "resolve_conflicts_on_create"),
}
"""Options that say how a run goes about it, and nothing of what there is; those that begin with purge_ too."""
FOR_KARPENTER = ("more_policies", "namespace", "node_more_policies", "queue_retention_seconds", "service_account", "trust_policy")
OF_A_NETWORK = (
    *("eks_foundation_vpc_cidr", "eks_foundation_vpc_zones", "eks_foundation_vpc_private_subnets", "eks_foundation_vpc_public_subnets"),
    *("eks_foundation_vpc_nat", "eks_foundation_vpc_endpoints", "eks_foundation_node_security_group"),
    *("eks_foundation_tag_private_subnets", "eks_foundation_tag_public_subnets"),
)
NOT_WRITTEN = {
    "eks_foundation_karpenter": "what Karpenter has at AWS is not managed: written false where groups of the inventory say true",
    **dict.fromkeys((f"eks_foundation_karpenter_{name}" for name in FOR_KARPENTER), "nothing for Karpenter is managed"),
    **dict.fromkeys(OF_A_NETWORK, "the cluster has a network: written empty where groups of the inventory would make or tag one"),
    "eks_foundation_vpc_endpoint_services": "no endpoint is made",
    "eks_foundation_vpc_tags": "no network is made",
    "eks_foundation_argocd_hub_role_arn": "the playbooks' own, of the hub; argocd_spoke_hub, which is written, says whether there is one",
    "eks_foundation_argocd_namespace": "the playbooks' own, of the hub",
    "eks_addons_more_pod_identities": "the playbooks' own, for Karpenter",
    "eks_cluster_vpc_cidrs": "only fleet_validate reads it, to compare clusters; it is the VPC's, not the cluster's",
    "eks_cluster_force_version": "how an upgrade goes about it",
    "eks_cluster_insights_gate": "how an upgrade goes about it",
    "eks_cluster_wait_timeout": "how a run goes about it",
    "eks_foundation_account_id": "site.yml takes it from aws_account_id, which is written",
    "eks_foundation_region": "site.yml takes it from aws_region, which is written",
    "eks_foundation_fargate": "site.yml finds that every profile has a role; written false where groups of the inventory name profiles without",
    "eks_foundation_pod_roles": "no role at IAM is managed: written empty where groups of the inventory name some",
    "eks_foundation_capability_roles": "no role at IAM is managed: written empty where groups of the inventory name some",
    "eks_foundation_more_roles": "the playbooks' own, for Argo CD, which is switched off",
    "eks_foundation_log_retention_days": "the log group is not managed",
    "eks_foundation_tags": "nothing of the foundation is managed",
    "eks_access_more_entries": "the playbooks' own, for hybrid hosts and Argo CD",
    "eks_access_purge": "how a run goes about it",
    "eks_addons_purge": "how a run goes about it",
    "eks_addons_preserve": "how a run goes about it",
    "eks_addons_resolve_conflicts_on_create": "how a run goes about it",
    "eks_nodes_launch_templates": "off where the inventory says on: a group names its template itself, and one made without cannot get one",
    "eks_nodes_metadata_hop_limit": "of templates that the role makes, which it does for no adopted group",
    "eks_nodes_purge": "how a run goes about it",
    "eks_nodes_purge_fargate": "how a run goes about it",
    "eks_nodes_subnets": "those of the cluster are the same, or a member names its own",
    "eks_nodes_tags": "each member names its own",
    "eks_nodes_groups.launch_template.name": "the id names the template",
}
"""What no declaration of a cluster needs, and why."""
ENTRIES = ["full-people", "full-selfmanaged", "ada", "sandbox"]


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    with testing.start(delay=0) as running:
        yield running


def play(aws: Running, folder: pathlib.Path, playbook: str, *argv: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    ours = {"HOME": str(folder), "ANSIBLE_HOME": str(folder / "ansible"), "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_LOCALHOST_WARNING": "false"}
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["ansible-playbook", playbook, "-i", str(folder / "mine"), *argv]
    return subprocess.run(command, cwd=ROOT, env={**kept, **aws.environment(), **ours, "PATH": path}, capture_output=True, text=True, check=False)


def adopt(aws: Running, folder: pathlib.Path, cluster: str, *argv: str) -> subprocess.CompletedProcess[str]:
    return play(aws, folder, "playbooks/adopt.yml", "-e", f"adopt_cluster={cluster}", "-e", f"adopt_region={REGION}", *argv)


def inventory(folder: pathlib.Path, **files: Any) -> pathlib.Path:
    """Make an inventory with no cluster; files are what its group_vars hold, by group."""
    (folder / "mine" / "group_vars").mkdir(parents=True)
    (folder / "mine" / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": {"eks_clusters": {}, "production": {}}}}), encoding="utf-8")
    for group, variables in files.items():
        (folder / "mine" / "group_vars" / f"{group}.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    return folder / "mine"


def plans_nothing(aws: Running, folder: pathlib.Path, *argv: str) -> str:
    """Run a plan of the fleet and return why it is not empty, if it is not."""
    aws.clear_log()
    done = play(aws, folder, "site.yml", "--check", "--diff", "-e", f"fleet_report_path={folder}/report.json", *argv)
    if done.returncode:
        return done.stdout[-6000:] + done.stderr[-2000:]
    changed = [line for line in done.stdout.rpartition("PLAY RECAP")[2].splitlines() if re.search(r"changed=[1-9]", line)]
    return "" if not changed and not aws.writes() and "none: everything is as declared" in done.stdout else done.stdout[-6000:]


class Reader(yaml.SafeLoader):
    """Reads a file of host_vars as Ansible does: what is marked !unsafe is text."""


Reader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def written(folder: pathlib.Path, host: str) -> dict[str, Any]:
    return yaml.load((folder / "mine" / "host_vars" / f"{host}.yml").read_text(encoding="utf-8"), Reader)


def fields() -> Iterator[str]:
    """Tell every variable of the roles, and every option of what its members are, as paths."""
    for specs in role_specs(ROLES).values():
        for variable in specs:
            module, option = MODULE_OF.get(variable, (None, None))
            yield variable
            if module:
                yield from options(variable, module_options(module, option))


def module_options(module: str, option: str | None) -> dict[str, Any]:
    spec = importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{module}").SPEC["argument_spec"]
    if option:
        return dict(spec[option]["options"])
    return {name: rule for name, rule in spec.items() if name not in aws_options()}


def options(path: str, spec: dict[str, Any]) -> Iterator[str]:
    for name, rule in spec.items():
        if name not in HOW and not name.startswith("purge_"):
            yield f"{path}.{name}"
            yield from options(f"{path}.{name}", rule.get("options") or {})


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Tell the paths of what is written; members of lists under the list's own path."""
    for member in value if isinstance(value, list) else [value]:
        if isinstance(member, dict):
            for name, inner in member.items():
                here = f"{path}.{name}" if path else name
                yield here
                yield from paths(inner, here)


@pytest.fixture(scope="module")
def adopted(aws: Running, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder of an inventory into which clusters of every shape were adopted, without any write to AWS."""
    folder = tmp_path_factory.mktemp("adopted")
    inventory(folder)
    for name, make in MAKERS.items():
        make(aws, name)
    aws.clear_log()
    for name in MAKERS:
        done = adopt(aws, folder, name, "-e", "adopt_groups=production")
        assert done.returncode == 0, done.stdout + done.stderr
    assert aws.writes() == []
    return folder


def test_clusters_of_every_shape_are_adopted_and_the_next_plan_is_empty_until_somebody_changes_one(aws: Running, adopted: pathlib.Path) -> None:
    """With every field, by eksctl, terraform-aws-eks and the console, on an Outpost, with IPv6."""
    assert plans_nothing(aws, adopted) == ""
    aws.client("eks").update_nodegroup_config(clusterName="by-eksctl", nodegroupName="ng-1", labels={"addOrUpdateLabels": {"by": "hand"}})
    assert "labels.by" in plans_nothing(aws, adopted, "--limit", "by-eksctl")


def test_every_field_that_can_be_declared_is_written_or_says_why_not(adopted: pathlib.Path) -> None:
    found = {path for name in MAKERS for path in paths(written(adopted, name))}
    declarable = set(fields())
    assert sorted(declarable - found - set(NOT_WRITTEN)) == []
    assert sorted(set(NOT_WRITTEN) - declarable | set(NOT_WRITTEN) & found) == [], "reasons for what is not there, or is written after all"


def test_a_cluster_that_uses_every_field_is_written_as_it_is(aws: Running, adopted: pathlib.Path) -> None:
    found = written(adopted, "full")
    assert found["eks_cluster_tags"] == aws.client("eks").describe_cluster(name="full")["cluster"]["tags"]
    whole = next(group for group in found["eks_nodes_groups"] if group["name"] == "whole")
    assert whole["labels"] == {"pool": "1.10", "on": "true"}
    assert [entry["principal_arn"].rpartition("/")[2] for entry in found["eks_access_entries"]] == ENTRIES
    assert found["eks_foundation_hybrid_role_arn"].endswith("full-hosts")
    assert found["eks_addons_pod_identities"][0]["policy"] == SESSION_POLICY
    assert found["eks_cluster_identity_provider"]["required_claims"] == {"aud": "007"}
    argo = next(each for each in found["eks_cluster_capabilities"] if each["type"] == "ARGOCD")
    assert set(argo["configuration"]["argo_cd"]) == {"namespace", "aws_idc", "rbac_role_mappings", "network_access", "endpoint_prefix"}


def test_iam_s_trust_in_an_issuer_is_taken_over_where_it_is_as_a_run_would_make_it(adopted: pathlib.Path) -> None:
    trust = {name: written(adopted, name).get("eks_cluster_irsa", True) for name in MAKERS}
    assert trust == {**dict.fromkeys(MAKERS, False), "with-ipv6": True}


def test_what_is_left_out_is_said_with_its_reason(aws: Running, adopted: pathlib.Path) -> None:
    shown = adopt(aws, adopted, "full", "-e", "adopt_overwrite=yes", "--check", "--diff")
    assert re.search(r"localhost +: ok=\d+ +changed=0 ", shown.stdout), shown.stdout + shown.stderr
    said = " ".join(shown.stdout.split())
    for words in ("certificate authorities: ca-", "self-managed nodes: arn:", "access entries of services: arn:", "OIDC provider at IAM: https://oidc.eks"):
        assert words in said, words
    kinds = {name: [each["what"] for each in call_on(aws, "eks_cluster_declaration_info", {"name": name})["left_out"]] for name in ("by-eksctl", "with-ipv6")}
    assert "entries of aws-auth" in kinds["by-eksctl"]
    assert "self-managed add-ons" in kinds["by-eksctl"]
    assert "OIDC provider at IAM" not in kinds["with-ipv6"]


def test_who_may_not_read_iam_is_told_and_gets_a_declaration(aws: Running, adopted: pathlib.Path) -> None:
    aws.faults({"match": "iam:ListOpenIDConnectProviders", "code": "AccessDenied", "status": 403, "message": "no"})
    try:
        found = call_on(aws, "eks_cluster_declaration_info", {"name": "with-ipv6"})
    finally:
        aws.faults()
    assert found["variables"]["eks_cluster_irsa"] is False
    assert "may not read OIDC providers" in next(each["why"] for each in found["left_out"] if each["what"] == "OIDC provider at IAM")


def test_a_folder_is_not_written_in_check_mode(aws: Running, tmp_path: pathlib.Path) -> None:
    plain(aws, "looked-at")
    mine = inventory(tmp_path)
    shown = adopt(aws, tmp_path, "looked-at", "--check", "--diff")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "+eks_cluster_endpoint_public_access: true" in shown.stdout
    assert not (mine / "host_vars").exists()
    assert not (mine / "adopted.yml").exists()


def test_what_the_inventory_says_already_is_left_out_and_what_it_says_otherwise_is_written(aws: Running, tmp_path: pathlib.Path) -> None:
    plain(aws, "grouped")
    of_all = {
        "eks_cluster_endpoint_public_access": True,
        "eks_cluster_tags": {"Tier": "{{ fleet_tier }}"},
        "argocd_spoke_hub": "hub",
        "eks_cluster_logging": ["api"],
    }
    network = {"eks_foundation_vpc_cidr": "10.40.0.0/16", "eks_foundation_vpc_zones": [f"{REGION}a", f"{REGION}b"], "eks_foundation_vpc_nat": "single"}
    network |= {"eks_foundation_vpc_private_subnets": ["10.40.0.0/24", "10.40.1.0/24"], "eks_foundation_vpc_public_subnets": ["10.40.2.0/24"]}
    network |= {"eks_foundation_vpc_endpoints": True, "eks_foundation_node_security_group": True, "eks_foundation_tag_private_subnets": subnets(aws)[:1]}
    of_all |= {**network, "eks_foundation_karpenter": True}
    of_tier = {"fleet_tier": "x", "eks_cluster_zonal_shift": True, "eks_addons_list": [{"name": "coredns"}], "eks_cluster_service_ipv4_cidr": "10.9.0.0/16"}
    inventory(tmp_path, eks_clusters=of_all, production=of_tier)
    done = adopt(aws, tmp_path, "grouped", "-e", "adopt_groups=production", "-e", "adopt_host=mine-1")
    assert done.returncode == 0, done.stdout + done.stderr
    found = written(tmp_path, "mine-1")
    assert "eks_cluster_endpoint_public_access" not in found
    overridden = {"eks_cluster_zonal_shift": False, "eks_addons_list": [], "argocd_spoke_hub": "", "eks_cluster_logging": []}
    assert {name: found.get(name) for name in overridden} == overridden
    assert {name: found.get(name) for name in ("eks_foundation_karpenter", "eks_foundation_vpc_cidr")} == {
        "eks_foundation_karpenter": False,
        "eks_foundation_vpc_cidr": "",
    }
    assert plans_nothing(aws, tmp_path) == ""
    refused = adopt(aws, tmp_path, "grouped", "-e", "adopt_host=mine-1")
    assert "mine-1.yml is there already. To see what would change add -e adopt_overwrite=yes" in refused.stdout
    again = adopt(aws, tmp_path, "grouped", "-e", "adopt_host=mine-1", "-e", "adopt_overwrite=yes")
    assert re.search(r"localhost +: ok=\d+ +changed=0 ", again.stdout), again.stdout


def test_an_argument_that_is_missing_is_named(aws: Running, tmp_path: pathlib.Path) -> None:
    inventory(tmp_path)
    done = play(aws, tmp_path, "playbooks/adopt.yml", "-e", "adopt_cluster=edge")
    assert done.returncode
    assert "missing required arguments: adopt_region" in done.stdout


def read(aws: Running, name: str) -> str:
    keys = {"access_key": testing.ACCESS_KEY, "secret_key": "secret"}
    return str(call("eks_cluster_declaration_info", {"name": name, **keys}, url=aws.url)["msg"])


def test_a_cluster_that_is_not_there_is_answered_with_those_that_are(aws: Running) -> None:
    plain(aws, "there")
    assert "There is no cluster edge in region us-east-1 of this account. There: " in read(aws, "edge")
    assert "there" in read(aws, "edge")


def test_a_cluster_in_the_making_is_refused(aws: Running) -> None:
    aws.settings(delay=3600)
    try:
        plain_cluster = {"roleArn": role(aws, "slow"), "resourcesVpcConfig": {"subnetIds": subnets(aws)[:2]}}
        aws.client("eks").create_cluster(name="slow", **plain_cluster)
        assert "Cluster slow is CREATING: what it is now is not what it will be. Wait until it is ACTIVE" in read(aws, "slow")
    finally:
        aws.settings(delay=0)


def test_a_connected_cluster_is_refused(aws: Running) -> None:
    connector = {"roleArn": role(aws, "connector"), "provider": "OTHER"}
    aws.client("eks").register_cluster(name="elsewhere", connectorConfig=connector)
    assert "Cluster elsewhere is a connected cluster, which EKS shows and does not run" in read(aws, "elsewhere")

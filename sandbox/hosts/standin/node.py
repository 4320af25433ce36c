"""What `init` and `upgrade` know about the node they configure, and how they find it out."""

from __future__ import annotations

from dataclasses import dataclass, field

from standin import aws, manifest, nodeconfig, ssm_agent
from standin.machine import Fatal

REGISTER_TRIES, REGISTER_WAIT = 6, 10
CREDENTIALS_WAIT = 120
REFUSALS = {
    "ActivationExpired": "SSM activation expired. Please use a valid activation",
    "InvalidActivation": "invalid SSM activation. Please use a valid activation code, activation id and region",
}


@dataclass
class Node:
    """A node to be. `described` is EKS's answer, None when the configuration gave endpoint, CA and CIDR itself."""

    name: str
    provider: str
    cluster: str
    region: str
    endpoint: str = ""
    authority: str = ""
    cidr: str = ""
    sandbox_image: str = ""
    aws_config: str = nodeconfig.ANYWHERE_DEFAULTS["awsConfigPath"]
    ubuntu: bool = False
    env: dict = field(default_factory=dict)
    described: dict | None = None


def from_config(machine, config):
    """Return the node as far as the configuration tells; the name of an SSM node is that of its registration."""
    cluster, provider = nodeconfig.section(config, "cluster"), nodeconfig.provider(config)
    anywhere = nodeconfig.section(config, "hybrid", "iamRolesAnywhere")
    node = Node(
        name=anywhere.get("nodeName") or "",
        provider=provider,
        cluster=str(cluster["name"]),
        region=str(cluster["region"]),
        endpoint=cluster.get("apiServerEndpoint") or "",
        authority=cluster.get("certificateAuthority") or "",
        cidr=cluster.get("cidr") or "",
        ubuntu=ssm_agent.os_release(machine).get("ID") == "ubuntu",
    )
    if provider == "iam-ra":
        node.aws_config = anywhere["awsConfigPath"]
        node.env = {"AWS_CONFIG_FILE": node.aws_config, "AWS_PROFILE": "default"}
    return node


def register(machine, config, node):
    """Make sure that the machine is registered with SSM. An existing registration is used whatever the configuration says."""
    if ssm_agent.registration(machine) is None:
        if not ssm_agent.is_installed(machine):
            places = " ".join(ssm_agent.WELL_KNOWN)
            reason = f"can't register without ssm agent installed: ssm agent binary not found in any of the well known paths [[{places}]]"
            raise Fatal(f"configuring aws credentials with SSM: {reason}")
        machine.info("Registering machine with SSM agent")
        _try_to_register(machine, nodeconfig.section(config, "hybrid", "ssm"), node.region)
    node.name = ssm_agent.registration(machine)["ManagedInstanceID"]


def _try_to_register(machine, ssm, region):
    """Run the agent up to six times, ten seconds apart; each failure is logged with the code in the clear, as nodeadm does."""
    argv = ["/usr/bin/amazon-ssm-agent", "-register", "-y", "-region", region, "-code", str(ssm["activationCode"]), "-id", str(ssm["activationId"])]
    problem = ""
    for _ in range(REGISTER_TRIES):
        done = machine.run(*argv)
        if done.returncode == 0:
            return
        problem = f"running command [{' '.join(argv)}]: {done.stdout}{done.stderr} [Err exit status {done.returncode}]"
        machine.info("Command failed, retrying", backoff=REGISTER_WAIT, error=problem)
        machine.sleep(REGISTER_WAIT)
    reason = next((text for code, text in REFUSALS.items() if code in problem), problem)
    raise Fatal(f"configuring aws credentials with SSM: {reason}")


def wait_for_credentials(machine):
    """Return when the agent has written the node's credentials; raise Fatal after two minutes."""
    path = machine.env.get("AWS_SHARED_CREDENTIALS_FILE", ssm_agent.CREDENTIALS)
    for _ in range(CREDENTIALS_WAIT):
        if machine.exists(path):
            return
        machine.sleep(1)
    raise Fatal(f"configuring aws credentials with SSM: timed out waiting for {path}")


def enrich(machine, node, options):
    """Fill in the pause image (from the manifest, or AWS's account for the region) and what EKS says about the cluster."""
    machine.info("Enriching configuration...")
    account, suffix = _ecr(machine, node, options)
    node.sandbox_image = f"{account}.dkr.ecr.{node.region}.{suffix}/eks/pause:3.5"
    machine.info("Default options populated", defaults={"sandboxImage": node.sandbox_image})
    if not (node.endpoint and node.authority and node.cidr):
        _describe(machine, node)
    cluster = {"name": node.cluster, "region": node.region, "apiServerEndpoint": node.endpoint, "certificateAuthority": node.authority, "cidr": node.cidr}
    machine.info("Cluster details populated", cluster=cluster)


def _ecr(machine, node, options):
    """Return (account, DNS suffix) of the region's ECR. A manifest that can't be had is a warning only."""
    try:
        text = manifest.load(machine, options.get("manifest-override"), quiet=True)
        entry = manifest.region(text, node.region)
    except Fatal as error:
        machine.log("warn", "Failed to get region config from manifest, using defaults", error=str(error))
        return "602401143452", "amazonaws.com"
    machine.info("Using ECR account from manifest", region=node.region, ecrAccount=entry["ecr_account_id"])
    return entry["ecr_account_id"], entry.get("dns_suffix") or "amazonaws.com"


def _describe(machine, node):
    try:
        answer = aws.rest(machine, "eks", "DescribeCluster", node.region, "GET", f"/clusters/{node.cluster}", credentials(machine, node), title="EKS")
    except aws.AwsError as error:
        raise Fatal(str(error)) from error
    found = node.described = answer["cluster"]
    if found["status"] not in ("ACTIVE", "UPDATING"):
        raise Fatal("eks cluster is not active")
    if not (found.get("remoteNetworkConfig") or {}).get("remoteNodeNetworks"):
        raise Fatal("eks cluster does not have remoteNetworkConfig enabled, which is required for Hybrid Nodes")
    node.endpoint, node.authority = found["endpoint"], found["certificateAuthority"]["data"]
    node.cidr = found["kubernetesNetworkConfig"]["serviceIpv4Cidr"]


def credentials(machine, node):
    """Return the node's credentials; raise Fatal when it has none."""
    found = aws.credentials(machine, node.env)
    if found is None:
        raise Fatal("failed to refresh cached credentials, no valid credentials found for the node")
    return found

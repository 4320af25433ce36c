"""`init`: makes the installed components a node of a cluster. Success means that the kubelet's unit is active; the Node object is not waited for."""

from __future__ import annotations

import base64
import hashlib
import json

from standin import aws, daemons, kube, nodeconfig, nodefiles, ssm_agent, tracker, validations
from standin import node as nodes
from standin.machine import Done, Fatal

NOT_INSTALLED = "Nodeadm components are not installed. Please run `nodeadm install` before running init"
SWAPS = "ACTIVE_SWAP_AREAS"


def run(machine, options):
    """Validate everything, then write, then start."""
    skip = options["skip"]
    machine.info("Checking user is root...")
    machine.require_root()
    machine.info("Loading installed components")
    if "install-validation" not in skip:
        _require_installation(machine)
    if "cni-validation" not in skip:
        machine.info("Validating firewall ports for cilium and calico")
    config = load(machine, options)
    machine.info("Configuring Aws...")
    node = configure_aws(machine, config)
    nodes.enrich(machine, node, options)
    validations.run(machine, node, skip, kubelet_version(machine))
    _system_aspects(machine)
    configure_and_start(machine, config, node, skip)


def load(machine, options):
    """Return the configuration, read, completed and valid."""
    machine.info("Loading configuration...", configSource=options["config-source"])
    config = nodeconfig.load(machine, options["config-source"])
    machine.info("Setting up hybrid node provider...")
    machine.info("Validating configuration...")
    nodeconfig.validate(machine, nodeconfig.with_defaults(config))
    return config


def _require_installation(machine):
    if tracker.load(machine) is None:
        raise Done(NOT_INSTALLED)
    if not daemons.has_unit(machine, "containerd"):
        raise Fatal("containerd daemon not found. Please install containerd, or run `nodeadm install` with a containerd source")


def configure_aws(machine, config):
    """Give the node AWS credentials by its provider and return what is known about it."""
    node = nodes.from_config(machine, config)
    if node.provider == "ssm":
        nodes.register(machine, config, node)
        daemons.enable(machine, "amazon-ssm-agent")
        daemons.restart(machine, "amazon-ssm-agent")
        nodes.wait_for_credentials(machine)
    else:
        folder = machine.path(nodefiles.AWS_CONFIG).parent
        if node.aws_config == nodefiles.AWS_CONFIG and not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o000)
        machine.write(node.aws_config, nodefiles.aws_config(node, nodeconfig.section(config, "hybrid", "iamRolesAnywhere")))
    return node


def kubelet_version(machine):
    """Return vX.Y.Z of the installed kubelet."""
    done = machine.run("/usr/bin/kubelet", "--version")
    if done.returncode:
        raise Fatal(f"getting kubelet version: {done.stderr.strip()}")
    return done.stdout.split()[-1]


def _system_aspects(machine):
    machine.info("Setting up system aspects...")
    for name, act in (("sysctl", _sysctl), ("swap", _swap), ("ports", _ports)):
        machine.info("Setting up system aspect...", name=name)
        act(machine)
        machine.info("Finished setting up system aspect", name=name)


def _sysctl(machine):
    """Write the settings; a container may not apply them, so they are not."""
    machine.write(nodefiles.SYSCTL, nodefiles.SYSCTL_TEXT)


def _swap(machine):
    """Refuse swap partitions, drop swap files from fstab. Swap is what ACTIVE_SWAP_AREAS lists: a container's /proc/swaps is that of the machine below."""
    rows = machine.read(machine.env[SWAPS]).splitlines()[1:] if machine.env.get(SWAPS) else []
    if any(row.split()[1] == "partition" for row in rows):
        raise Fatal("swap partition exists on the host, please remove it")
    if rows and machine.exists("/etc/fstab"):
        kept = [line for line in machine.read("/etc/fstab").splitlines() if line.startswith("#") or " swap " not in f" {' '.join(line.split())} "]
        machine.write("/etc/fstab", "".join(f"{line}\n" for line in kept))


def _ports(machine):
    machine.info("No firewall enabled on the host. Skipping setting firewall rules...")


def configure_and_start(machine, config, node, skip):
    """Write the files of both daemons and start them. `preprocess`, `config` and `run` skip one phase each."""
    if "preprocess" not in skip:
        machine.info("Configuring Pre-process daemons...")
    if "config" not in skip:
        machine.info("Configuring daemons...")
        _configure("containerd", machine, lambda: _containerd_files(machine, config, node))
        _configure("kubelet", machine, lambda: _kubelet_files(machine, config, node))
    if "run" in skip:
        return
    daemons.ensure_running(machine, "containerd")
    _post_launch(machine, "containerd", lambda: _pull_sandbox_image(machine, node))
    if "k8s-authentication-validation" not in skip:
        _authenticated_request(machine, node)
    daemons.ensure_running(machine, "kubelet")
    _post_launch(machine, "kubelet", lambda: None)


def _configure(name, machine, act):
    machine.info("Configuring daemon...", name=name)
    act()
    machine.info("Configured daemon", name=name)


def _post_launch(machine, name, act):
    machine.info("Running post-launch tasks...", name=name)
    act()
    machine.info("Finished post-launch tasks", name=name)


def _containerd_files(machine, config, node):
    machine.info("Writing containerd config to file...", path=nodefiles.CONTAINERD_CONFIG)
    machine.write(nodefiles.CONTAINERD_CONFIG, nodefiles.containerd_config(node.sandbox_image))
    machine.write(nodefiles.MODULES, nodefiles.MODULES_TEXT)
    drop_in = nodeconfig.section(config, "containerd").get("config")
    if drop_in:
        machine.write(nodefiles.CONTAINERD_DROP_IN, drop_in)


def _kubelet_files(machine, config, node):
    machine.info("Detected kubelet version", version=kubelet_version(machine))
    machine.info("Writing kubelet config to file...", path=nodefiles.KUBELET_CONFIG)
    options = nodeconfig.section(config, "kubelet")
    folder = machine.path("/var/lib/kubelet")
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o644)
    machine.write(nodefiles.KUBELET_CONFIG, nodefiles.kubelet_config(node))
    if options.get("config"):
        machine.write(nodefiles.KUBELET_DROP_IN, json.dumps(options["config"], indent=4))
    machine.write(nodefiles.KUBELET_ENVIRONMENT, nodefiles.kubelet_environment(node, [str(flag) for flag in options.get("flags") or []]))
    machine.write(kube.KUBECONFIG, nodefiles.kubeconfig(node))
    machine.write(nodefiles.CA, base64.b64decode(node.authority))
    machine.write(nodefiles.IMAGE_CREDENTIALS, nodefiles.image_credentials(node))
    if node.provider == "ssm" and nodeconfig.section(config, "hybrid").get("enableCredentialsFile"):
        _link_credentials(machine)


def _link_credentials(machine):
    link = machine.path("/eks-hybrid/.aws")
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to("/root/.aws")


def _pull_sandbox_image(machine, node):
    """Ask ECR for a token as nodeadm does; no image is pulled, because no container runs."""
    machine.info("Looking up current sandbox image in containerd config...")
    machine.info("Found sandbox image", image=node.sandbox_image)
    machine.info("Fetching ECR authorization token...")
    prefix, creds = "AmazonEC2ContainerRegistry_V20150921", nodes.credentials(machine, node)
    try:
        aws.target(machine, "ecr", "GetAuthorizationToken", node.region, prefix, {}, creds, title="ECR")
    except aws.AwsError as error:
        raise Fatal(str(error)) from error
    machine.info("Pulling sandbox image...", image=node.sandbox_image)
    digest = hashlib.sha256(node.sandbox_image.encode()).hexdigest()
    machine.info("Finished pulling sandbox image", **{"image-ref": f"sha256:{digest}"})


def _authenticated_request(machine, node):
    """Ask the API for the node. Not found and forbidden are fine: the caller was known."""
    try:
        kube.Client(machine).get(f"/api/v1/nodes/{node.name}")
    except kube.KubeError as error:
        if error.status not in (403, 404):
            raise Fatal(f"validating authenticated request to Kubernetes API endpoint: {error}") from error


def registered_name(machine):
    """Return the node's name as its files tell: the last word of the provider id."""
    provider_id = json.loads(machine.read(nodefiles.KUBELET_CONFIG))["providerID"]
    return provider_id.rpartition("/")[2] or (ssm_agent.registration(machine) or {}).get("ManagedInstanceID", "")

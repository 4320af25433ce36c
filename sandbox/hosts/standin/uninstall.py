"""`uninstall`: removes what the tracker lists, in nodeadm's order, with nodeadm's leftovers."""

from __future__ import annotations

from standin import aws, containerd, daemons, kube, ssm_agent, tracker, upgrade
from standin.machine import Done, Fatal

ALREADY = "Nodeadm components are already uninstalled"
FORCED = ("/var/lib/cni", "/etc/cni/net.d")


def run(machine, options):
    """Remove the node's components. The Node object, /var/lib/kubelet, sysctl settings and the AWS configuration stay."""
    machine.require_root()
    machine.info("Loading installed components")
    artifacts = tracker.load(machine)
    if artifacts is None:
        raise Done(ALREADY)
    machine.info("Creating daemon manager...")
    if daemons.is_active(machine, "kubelet"):
        upgrade.require_idle(machine, options["skip"])
    machine.info("Creating package manager...")
    machine.info("Configuring package manager with", **{"containerd source": artifacts["Containerd"]})
    _kubelet(machine)
    _credentials(machine, artifacts)
    if artifacts["Containerd"] != "none":
        machine.info("Uninstalling containerd...")
        containerd.uninstall(machine)
    _binaries(machine, artifacts)
    if options.get("force"):
        machine.remove(*FORCED)
    machine.info("Finished uninstallation tasks...")


def _kubelet(machine):
    """The link in multi-user.target.wants stays behind, dangling."""
    machine.info("Uninstalling kubelet...")
    daemons.stop(machine, "kubelet")
    machine.remove(
        "/usr/bin/kubelet", f"{daemons.UNITS}/kubelet.service", kube.KUBECONFIG, "/var/lib/kubelet/pki/kubelet-server-current.pem", "/etc/kubernetes"
    )
    daemons.reload(machine)


def _credentials(machine, artifacts):
    if artifacts["Ssm"]:
        machine.info("Stopping SSM daemon...")
        daemons.stop(machine, "amazon-ssm-agent")
        machine.info("Uninstalling SSM agent...")
        _ssm(machine)
    if artifacts["IamRolesAnywhere"]:
        machine.info("Removing aws_signing_helper_update daemon...")


def _ssm(machine):
    """Deregister, then remove the agent whether or not that worked: a refused deregistration leaves a managed instance nobody knows any more."""
    known, refusal = ssm_agent.registration(machine), None
    if known is None:
        machine.info("Skipping SSM deregistration - node is not registered")
    else:
        refusal = _deregister(machine, known)
    ssm_agent.remove(machine)
    if refusal:
        raise Fatal(f"uninstalling SSM: {refusal}")


def _deregister(machine, known):
    """Return why deregistration failed, or None. An instance that SSM does not list needs none."""
    region, instance = known["Region"], known["ManagedInstanceID"]
    creds = aws.credentials(machine)
    if creds is None:
        return "deregistering ssm managed instance: no valid credentials found for the node"
    question = {"Filters": [{"Key": "InstanceIds", "Values": [instance]}]}
    try:
        answer = aws.target(machine, "ssm", "DescribeInstanceInformation", region, "AmazonSSM", question, creds, title="SSM")
        if answer.get("InstanceInformationList"):
            aws.target(machine, "ssm", "DeregisterManagedInstance", region, "AmazonSSM", {"InstanceId": instance}, creds, title="SSM")
    except aws.AwsError as error:
        return f"deregistering ssm managed instance: {error}"
    return None


def _binaries(machine, artifacts):
    """Remove the programs, their configuration and at last the tracker."""
    machine.info("Uninstalling kubectl...")
    machine.remove("/usr/local/bin/kubectl")
    machine.info("Uninstalling cni-plugins...")
    machine.remove("/opt/cni")
    machine.info("Uninstalling IAM authenticator...")
    machine.remove("/usr/local/bin/aws-iam-authenticator")
    if artifacts["IamRolesAnywhere"]:
        machine.info("Uninstalling AWS signing helper...")
        machine.remove("/usr/local/bin/aws_signing_helper")
    machine.info("Uninstalling image credential provider...")
    machine.remove("/etc/eks")
    if artifacts["Iptables"]:
        machine.info("Uninstalling iptables...")
        machine.remove("/usr/sbin/iptables")
    machine.remove(tracker.PATH)

"""`install`: downloads everything, compares nothing, writes the tracker last."""

from __future__ import annotations

import io
import re
import sys
import tarfile

from standin import containerd, daemons, manifest, ssm_agent, tracker
from standin.machine import Fatal

SOURCES = ("distro", "docker", "none")
# artifact → (title in the log, path, extracted into a folder)
ARTIFACTS = {
    "kubelet": ("kubelet", "/usr/bin/kubelet"),
    "kubectl": ("kubectl", "/usr/local/bin/kubectl"),
    "cni-plugins": ("cni-plugins", "/opt/cni/bin"),
    "ecr-credential-provider": ("image credential provider", "/etc/eks/image-credential-provider/ecr-credential-provider"),
    "aws-iam-authenticator": ("AWS IAM authenticator", "/usr/local/bin/aws-iam-authenticator"),
}
SIGNING_HELPER = "/usr/local/bin/aws_signing_helper"
# The key that v1.0.18 and older carry expired on 2026-07-15; v1.0.19 came with a new one.
FIRST_WITH_GOOD_KEY = (1, 0, 19)


def run(machine, options):
    """Install the components of one Kubernetes version."""
    provider, source = options["credential-provider"], options.get("containerd-source") or "distro"
    machine.require_root()
    if provider not in ("ssm", "iam-ra"):
        raise Fatal("invalid credential process provided. Valid options are ssm and iam-ra")
    if source not in SOURCES:
        raise Fatal(f"invalid containerd source: {source}")
    private = options.get("private-mode")
    if private and not options.get("manifest-override"):
        raise Fatal("--private-mode requires --manifest-override to be specified")
    catalogue = manifest.load(machine, options.get("manifest-override"))
    region = options.get("region") or "us-west-2"
    manifest.region(catalogue, region)
    release = manifest.release(catalogue, options["kubernetes"])
    machine.info("Using Kubernetes version from manifest", version=release["version"])
    packages = _skip_packages(machine) if private else _packages(machine, source)
    machine.info("Installing credential processes and EKS artifacts from manifest...")
    _credentials(machine, catalogue, provider, region, options["version"])
    for name in ARTIFACTS:
        artifact(machine, release, name)
        if name == "kubelet":
            machine.write(f"{daemons.UNITS}/kubelet.service", daemons.unit("kubelet"))
            daemons.reload(machine)
    tracker.save(machine, provider=provider, **packages)
    machine.info("Private mode install completed" if private else "Finished installing EKS artifacts")


def _skip_packages(machine):
    machine.info("Private mode: Skipping OS package installation")
    return {"containerd": "none", "iptables": False}


def _packages(machine, source):
    """Install containerd and iptables; what is on the search path already is left alone and tracked as none."""
    machine.info("Creating package manager...")
    machine.info("Configuring package manager. This might take a while...")
    machine.info("Installing containerd...")
    if source != "none" and machine.which("containerd", "runc"):
        source = "none"
    if source != "none":
        containerd.install(machine)
    machine.info("Installing iptables...")
    iptables = not machine.which("iptables")
    if iptables:
        machine.write("/usr/sbin/iptables", "#!/bin/sh\nexit 0\n", 0o755)
    return {"containerd": source, "iptables": iptables}


def _credentials(machine, catalogue, provider, region, version):
    if provider == "ssm":
        machine.info("Installing SSM agent installer...")
        if tuple(map(int, re.findall(r"\d+", version))) < FIRST_WITH_GOOD_KEY:
            raise Fatal("installing SSM: downloading SSM setup cli: validating ssm-setup-cli signature: openpgp: key expired")
        ssm_agent.install(machine, region)
        return
    machine.info("Installing AWS signing helper...")
    binary(machine, manifest.artifact(manifest.signing_helper(catalogue), "aws_signing_helper"), "aws_signing_helper", SIGNING_HELPER)


def artifact(machine, release, name):
    """Download one artifact to its place."""
    title, path = ARTIFACTS[name]
    machine.info(f"Installing {title}...")
    binary(machine, manifest.artifact(release, name), name, path)


def binary(machine, row, name, path):
    """Fetch an artifact, three tries. The kubelet lands on the disk before its checksum is looked at: nodeadm's way."""
    for attempt in range(1, manifest.ATTEMPTS + 1):
        try:
            data, problem = manifest.download(row, name)
            where = ""
        except manifest.BadDownload as error:
            data, problem, where = None, str(error), f"downloading {name}: "
        if data is not None and (problem is None or name == "kubelet"):
            place(machine, data, path, name)
        if problem is None:
            return
        machine.log("error", f"Downloading {name} failed. Retrying...", error=problem)
        if attempt == manifest.ATTEMPTS:
            raise Fatal(f"installing {name}: {where}{problem}")


def place(machine, data, path, name):
    """Write a program, or unpack the CNI plugins."""
    if name != "cni-plugins":
        machine.write(path, data, 0o755)
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar.getmembers():
            if member.isfile():
                machine.write(f"{path}/{member.name.lstrip('./')}", tar.extractfile(member).read(), 0o755)


def own_bytes():
    """Return the bytes of the running program: it is also the SSM agent and containerd, by name."""
    with open(sys.argv[0], "rb") as handle:
        return handle.read()

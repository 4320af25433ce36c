"""The SSM agent: registers a machine with an activation, keeps its credentials fresh and its heart beating."""

from __future__ import annotations

import hashlib
import json
import platform
import socket
import sys
import time

from standin import aws, daemons

REGISTRATION = "/var/lib/amazon/ssm/registration"
VAULT = "/var/lib/amazon/ssm/Vault/Store/RegistrationKey"
CREDENTIALS = "/root/.aws/credentials"
AGENT, SETUP = "/usr/bin/amazon-ssm-agent", "/opt/ssm/ssm-setup-cli"
WELL_KNOWN = (AGENT, "/snap/amazon-ssm-agent/current/amazon-ssm-agent")
CONFIG = "/etc/amazon/ssm/amazon-ssm-agent.json"
VERSION = "3.3.3050.0"
HEARTBEAT = 300.0


def main(machine, argv, _version):
    """Register (`-register -y -region R -code C -id I`), refresh once (`-once`), or serve."""
    if "-version" in argv:
        print(f"SSM Agent version: {VERSION}")
        return 0
    if "-register" in argv:
        return register(machine, {key: _option(argv, key) for key in ("region", "code", "id")})
    if "-once" in argv:
        return 0 if machine.exists(REGISTRATION) and refresh(machine) else 1
    return serve(machine)


def setup(machine, argv, _version):
    """The installer that nodeadm leaves in /opt/ssm; its work is done by nodeadm's stand-in."""
    print(f"ssm-setup-cli {VERSION} {' '.join(word for word in argv if word in ('-install', '-version'))}".strip())
    return 0


def install(machine, _region):
    """Put the agent, its unit and its configuration in place, as a package would."""
    with open(sys.argv[0], "rb") as handle:
        program = handle.read()
    machine.write(SETUP, program, 0o755)
    machine.write(AGENT, program, 0o755)
    machine.write(f"{daemons.UNITS}/amazon-ssm-agent.service", daemons.unit("amazon-ssm-agent"))
    machine.write(CONFIG, json.dumps({"Identity": {"CredentialRetryMaxSleepSeconds": 60}}, indent=4), 0o600)
    daemons.reload(machine)


def is_installed(machine):
    """Say whether the agent is in one of its well-known places."""
    return any(machine.exists(path) for path in WELL_KNOWN)


def remove(machine):
    """Remove the package and everything nodeadm removes with it; the vault stays, as with the real one. An agent that no installer put there stays too."""
    if machine.exists(SETUP):
        machine.remove(SETUP, AGENT)
    machine.remove(f"{daemons.UNITS}/amazon-ssm-agent.service", "/etc/amazon", "/root/.aws", "/eks-hybrid/.aws", REGISTRATION)
    daemons.reload(machine)


def registration(machine):
    """Return {ManagedInstanceID, Region}, or None when the machine is not registered."""
    return json.loads(machine.read(REGISTRATION)) if machine.exists(REGISTRATION) else None


def register(machine, options):
    """Register with the activation and write the registration; print the reason and return 1 when refused."""
    fingerprint = machine_fingerprint(machine)
    payload = {
        "ActivationId": options["id"],
        "ActivationCode": options["code"],
        "Fingerprint": fingerprint,
        "PublicKey": hashlib.sha256(fingerprint.encode()).hexdigest(),
        "PublicKeyType": "Rsa",
    }
    try:
        answer = aws.target(machine, "ssm", "RegisterManagedInstance", options["region"], "AmazonSSM", payload, None, title="SSM")
    except aws.AwsError as error:
        print(refusal(error), file=sys.stderr)
        return 1
    machine.write(VAULT, json.dumps({"fingerprint": fingerprint, "instance": answer["InstanceId"]}), 0o600)
    machine.write(REGISTRATION, json.dumps({"ManagedInstanceID": answer["InstanceId"], "Region": options["region"]}), 0o600)
    print(f"Successfully registered the instance with AWS SSM using Managed instance-id: {answer['InstanceId']}")
    return 0


def refusal(error):
    """Return the agent's words for a refused registration; an expired activation is reported from another place of the agent."""
    if error.code == "ActivationExpired":
        return f"Error occurred fetching the seelog config file path: ActivationExpired: {error.message or 'Activation has expired'}"
    return f"Registration failed due to error registering the instance with AWS SSM. {error.code}: {error.message}"


def machine_fingerprint(machine):
    """Return a fingerprint that cloned machines share: it comes from the machine id."""
    identifier = machine.read("/etc/machine-id").strip() if machine.exists("/etc/machine-id") else socket.gethostname()
    return hashlib.sha256(identifier.encode()).hexdigest()


def serve(machine):
    """Keep credentials and heart going until the process is ended; a registration that goes away is waited for."""
    interval = float(machine.env.get("SSM_AGENT_HEARTBEAT", HEARTBEAT))
    while True:
        healthy = machine.exists(REGISTRATION) and refresh(machine)
        time.sleep(interval if healthy else min(interval, 15))


def refresh(machine):
    """Fetch the role's credentials, write them, tell SSM that this machine is there; return whether it worked."""
    known = registration(machine)
    try:
        region, instance = known["Region"], known["ManagedInstanceID"]
        payload = {"Fingerprint": machine_fingerprint(machine), "InstanceId": instance}
        token = aws.target(machine, "ssm", "RequestManagedInstanceRoleToken", region, "AmazonSSM", payload, None, title="SSM")
        machine.write(CREDENTIALS, credentials_file(token), 0o600)
        creds = {"access": token["AccessKeyId"], "secret": token["SecretAccessKey"], "token": token["SessionToken"]}
        aws.target(machine, "ssm", "UpdateInstanceInformation", region, "AmazonSSM", information(machine, instance), creds, title="SSM")
    except aws.AwsError as error:
        print(f"ERROR {error}", file=sys.stderr, flush=True)
        return False
    return True


def credentials_file(token):
    """Return the shared credentials file of a role token."""
    rows = (("aws_access_key_id", "AccessKeyId"), ("aws_secret_access_key", "SecretAccessKey"), ("aws_session_token", "SessionToken"))
    return "[default]\n" + "".join(f"{name} = {token[key]}\n" for name, key in rows)


def information(machine, instance):
    """Return what the agent tells about its machine."""
    release = os_release(machine)
    return {
        "InstanceId": instance,
        "AgentVersion": VERSION,
        "AgentStatus": "Active",
        "PlatformName": release.get("NAME", "Linux"),
        "PlatformVersion": release.get("VERSION_ID", platform.release()),
        "PlatformType": "Linux",
        "IPAddress": address(),
        "ComputerName": socket.gethostname(),
    }


def os_release(machine):
    """Return /etc/os-release as a dict."""
    rows = (line.partition("=") for line in machine.read("/etc/os-release").splitlines()) if machine.exists("/etc/os-release") else ()
    return {key: value.strip('"') for key, _, value in rows}


def address():
    """Return the machine's own address: the source of a packet that is never sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


def _option(argv, name):
    flag = f"-{name}"
    return argv[argv.index(flag) + 1] if flag in argv[:-1] else ""

"""Services: systemd on a machine, marker files and one synchronous run where the root is elsewhere."""

from __future__ import annotations

import subprocess

from standin.machine import Fatal

UNITS = "/etc/systemd/system"
WANTS = f"{UNITS}/multi-user.target.wants"
UNIT = """\
[Unit]
Description={title}
After=network-online.target
Wants=network-online.target

[Service]
{body}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
"""
KUBELET = """\
EnvironmentFile=-/etc/eks/kubelet/environment
ExecStartPre=-/sbin/iptables -P FORWARD ACCEPT -w 5
ExecStart=/usr/bin/kubelet $NODEADM_KUBELET_ARGS
KillMode=process"""
# service → (title, body); containers may not change iptables, hence the dash
SERVICES = {
    "kubelet": ("Kubernetes Kubelet", KUBELET),
    "amazon-ssm-agent": ("amazon-ssm-agent", "ExecStart=/usr/bin/amazon-ssm-agent"),
    "containerd": ("containerd container runtime", "ExecStart=/usr/bin/containerd\nRuntimeDirectory=containerd"),
}


def unit(name):
    """Return the unit file of one of our services."""
    title, body = SERVICES[name]
    return UNIT.format(title=title, body=body)


def is_active(machine, name):
    """Say whether the service runs."""
    if machine.is_real:
        return _systemctl("is-active", "--quiet", name).returncode == 0
    return machine.exists(_marker(name))


def has_unit(machine, name):
    """Say whether the service's unit exists."""
    return any(machine.exists(f"{folder}/{name}.service") for folder in (UNITS, "/lib/systemd/system", "/usr/lib/systemd/system"))


def reload(machine):
    """Make systemd read its units again."""
    if machine.is_real:
        _systemctl("daemon-reload")


def enable(machine, name):
    """Enable the service: a link in multi-user.target.wants, which uninstall later leaves behind."""
    link = machine.path(f"{WANTS}/{name}.service")
    if machine.is_real:
        _systemctl("enable", name)
    elif not link.is_symlink() and machine.exists(f"{UNITS}/{name}.service"):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"{UNITS}/{name}.service")


def restart(machine, name):
    """Start the service, or start it anew; raise Fatal when it does not come up."""
    if machine.is_real:
        done = _systemctl("restart", name)
        if done.returncode:
            raise Fatal(f"restarting {name} daemon: {done.stderr.strip()}")
        return
    machine.write(_marker(name), "")
    if name == "amazon-ssm-agent":
        machine.run("/usr/bin/amazon-ssm-agent", "-once")


def stop(machine, name):
    """Stop the service if it runs."""
    if machine.is_real:
        _systemctl("stop", name)
    else:
        machine.remove(_marker(name))


def ensure_running(machine, name):
    """Enable and restart the service and log as nodeadm does."""
    machine.info("Ensuring daemon is running...", name=name)
    enable(machine, name)
    restart(machine, name)
    machine.info(f"Waiting for {name} to be running...")
    for _ in range(300):
        if is_active(machine, name):
            break
        machine.info("Daemon is not in the desired state yet", daemon=name, status="unknown")
        machine.sleep(1)
    else:
        raise Fatal(f"waiting for {name} to be running: timed out")
    machine.info(f"{name} is running")
    machine.info("Daemon is running", name=name)


def _marker(name):
    return f"/run/standin/{name}.active"


def _systemctl(*args):
    return subprocess.run(["systemctl", *args], capture_output=True, text=True, check=False)

"""containerd and runc, as far as nodeadm looks at them: on the search path, a unit, a socket. No container runs."""

from __future__ import annotations

import os
import socket
import sys
import threading

from standin import daemons

VERSION = "1.7.28"
SOCKET = "/run/containerd/containerd.sock"
CONFIG = "/etc/containerd/config.toml"
UNIT = "/lib/systemd/system/containerd.service"
PROGRAMS = ("/usr/bin/containerd", "/usr/bin/runc")


def main(machine, argv, _version):
    """Say the version, print the configuration, or listen on the socket."""
    if "--version" in argv or "-v" in argv:
        print(f"containerd github.com/containerd/containerd {VERSION} 0000000000000000000000000000000000000000")
        return 0
    if argv[:1] == ["config"]:
        print(machine.read(CONFIG) if machine.exists(CONFIG) and argv[1:] != ["default"] else "version = 2")
        return 0
    return _listen(machine)


def runc(_machine, argv, _version):
    """Say the version; there is nothing to run."""
    print("runc version 1.1.15\nspec: 1.0.2-dev")
    return 0 if {"--version", "-v"} & set(argv) else 1


def install(machine):
    """Put both programs and the unit in place, as the distribution's package would."""
    with open(sys.argv[0], "rb") as handle:
        program = handle.read()
    for path in PROGRAMS:
        machine.write(path, program, 0o755)
    machine.write(UNIT, daemons.unit("containerd"))
    daemons.reload(machine)


def uninstall(machine):
    """Remove the package and its configuration."""
    daemons.stop(machine, "containerd")
    machine.remove(*PROGRAMS, UNIT, "/etc/containerd")
    daemons.reload(machine)


def _listen(machine):
    path = machine.path(SOCKET)
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path):
        path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()
        threading.Event().wait()
    return 0

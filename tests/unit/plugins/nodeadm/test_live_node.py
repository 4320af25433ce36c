"""LiveNode on a root of its own, with a nodeadm that is a script: what it does where the real one lies, hangs, tells secrets or fails."""

from __future__ import annotations

import json
import os
import pathlib
import select
import stat
import subprocess
import sys
import time
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Outcome, Run, reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.hybrid_node import NodeSpec
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live.node import LiveNode
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live.process import alone, run_limited

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hybrid hosts are Linux machines, and memfd is of Linux")
CODE = "Sup3rSecretActivationCode"
NAME = "mi-0123456789abcdef0"

# Commands of a nodeadm, as lines of a shell script. $ROOT is the host's root; CALLS counts.
WRITE_KUBELET = 'printf "#!/bin/sh\\necho Kubernetes v1.35.1\\n" > $ROOT/usr/bin/kubelet; chmod +x $ROOT/usr/bin/kubelet'
INSTALL = f'printf "Artifacts:\\n  Kubelet: true\\n" > $ROOT/opt/nodeadm/tracker; {WRITE_KUBELET}'
REGISTER = f'echo \'{{"ManagedInstanceID": "{NAME}", "Region": "us-east-1"}}\' > $ROOT/var/lib/amazon/ssm/registration'
CONFIGURE = f'echo "NODEADM_KUBELET_ARGS=--v=2 --hostname-override={NAME}" > $ROOT/etc/eks/kubelet/environment; touch $ROOT/kubelet-is-active'
KEEP_CONFIG = "cp -p $ROOT/etc/fleetops/node_config.json $ROOT/seen-by-init.json"
INIT = f"{KEEP_CONFIG}; {REGISTER}; {CONFIGURE}"
UNINSTALL = (
    "rm -f $ROOT/opt/nodeadm/tracker $ROOT/var/lib/amazon/ssm/registration $ROOT/etc/eks/kubelet/environment $ROOT/usr/bin/kubelet $ROOT/kubelet-is-active"
)


class FakeHost:
    """A root with a nodeadm whose commands are given, and a systemctl that looks for a file."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        for folder in ("opt/nodeadm", "usr/bin", "var/lib/amazon/ssm/Vault/Store", "etc/eks/kubelet", "bin"):
            (root / folder).mkdir(parents=True)
        self.program("bin/systemctl", f"test -e {root}/kubelet-is-active")
        self.nodeadm()

    def program(self, path: str, text: str) -> None:
        (self.root / path).write_text(f"#!/bin/sh\n{text}\n")
        (self.root / path).chmod(0o755)

    def nodeadm(self, *, install: str = INSTALL, init: str = INIT, uninstall: str = UNINSTALL) -> None:
        cases = "".join(f"{name}) {text} ;;\n" for name, text in (("install", install), ("init", init), ("uninstall", uninstall)))
        version = 'echo "Version: v1.0.20"'
        self.program("nodeadm", f'ROOT={self.root}\n[ "$1" = version ] && {version} && exit\necho "$@" >> $ROOT/calls\ncase $1 in\n{cases}esac')

    def calls(self) -> list[str]:
        file = self.root / "calls"
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def live(self, *, present: bool = True, **given: Any) -> LiveNode:
        activation = {"activation_id": "9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f", "activation_code": CODE}
        common = {"cluster_name": "edge", "region": "us-east-1", "kubernetes_version": "1.35", "credential_provider": "ssm", "containerd_source": "distro"}
        times = {"install_timeout": 20, "init_timeout": 20, "nodeadm_path": str(self.root / "nodeadm")}
        return LiveNode(NodeSpec({**common, **activation, **times, **given}), present=present, root=str(self.root))

    def join(self, **given: Any) -> Outcome:
        return reconcile(self.live(**given), Run())

    def leave(self, **given: Any) -> Outcome:
        return reconcile(self.live(present=False, **given), Run())


@pytest.fixture
def host(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    return FakeHost(tmp_path)


def grep(host: FakeHost, text: str) -> list[str]:
    return [str(path) for path in host.root.rglob("*") if path.is_file() and path.name != "seen-by-init.json" and text in path.read_text(errors="replace")]


def test_a_fresh_host_joins_and_is_quiet_afterwards(host: FakeHost) -> None:
    outcome = host.join()
    assert [action["operation"] for action in outcome.actions] == ["install", "init"]
    assert outcome.warnings == []
    assert outcome.state.instance_id == NAME
    assert host.calls() == ["install", "config", "init"]
    assert not host.join().changed
    assert not host.join(activation_id=None, activation_code=None).changed
    assert host.calls() == ["install", "config", "init"]


def test_init_sees_the_code_in_a_file_of_mode_0600_and_no_file_holds_it_afterwards(host: FakeHost) -> None:
    host.join()
    seen = host.root / "seen-by-init.json"
    assert json.loads(seen.read_text())["spec"]["hybrid"]["ssm"]["activationCode"] == CODE
    assert stat.S_IMODE(seen.stat().st_mode) == 0o600
    assert stat.S_IMODE((host.root / "etc/fleetops").stat().st_mode) == 0o700
    assert stat.S_IMODE((host.root / "etc/fleetops/node_config.json").stat().st_mode) == 0o600
    assert grep(host, CODE) == []


def test_the_code_is_scrubbed_and_no_fingerprint_kept_where_init_fails(host: FakeHost) -> None:
    host.nodeadm(init=f"{KEEP_CONFIG}; exit 1")
    with pytest.raises(FleetopsError, match="nodeadm init --config-source exited 1"):
        host.join()
    assert CODE in host.text("seen-by-init.json")
    assert grep(host, CODE) == []
    assert not host.has("etc/fleetops/hybrid_node.json")
    host.nodeadm()
    assert [action["operation"] for action in host.join().actions] == ["init"]


def test_a_registered_host_gets_no_activation_even_where_one_is_given(host: FakeHost) -> None:
    host.join()
    host.join(kubelet_flags=["--v=4"])
    assert CODE not in host.text("seen-by-init.json")
    assert host.calls().count("init") == 2


def test_a_code_that_a_killed_run_left_is_scrubbed(host: FakeHost) -> None:
    host.join()
    (host.root / "etc/fleetops/node_config.json").write_text((host.root / "seen-by-init.json").read_text())
    assert [action["operation"] for action in host.join().actions] == ["scrub"]
    assert grep(host, CODE) == []
    assert not host.join().changed


@pytest.mark.parametrize(
    ("commands", "seen"),
    [
        ({"install": "true"}, "nodeadm install exited 0, and yet .*opt/nodeadm/tracker is not there"),
        ({"init": "true"}, "nodeadm init exited 0, and yet the host is not registered"),
        ({"init": REGISTER}, "nodeadm init exited 0, and yet the kubelet is not active"),
        ({"init": f"{REGISTER}; touch $ROOT/kubelet-is-active"}, "nodeadm init exited 0, and yet the kubelet was given no name"),
    ],
)
def test_exit_code_0_is_not_believed(host: FakeHost, commands: dict[str, str], seen: str) -> None:
    host.nodeadm(**commands)
    with pytest.raises(FleetopsError, match=seen):
        host.join()
    assert not host.has("etc/fleetops/hybrid_node.json")
    assert grep(host, CODE) == []


def test_a_time_limit_ends_nodeadm_and_what_it_started(host: FakeHost) -> None:
    host.nodeadm(init="sleep 300 & echo $! > $ROOT/child; wait")
    began = time.monotonic()
    with pytest.raises(FleetopsError, match="did not end within 1 s"):
        host.join(init_timeout=1)
    assert time.monotonic() - began < 10
    assert ended(int(host.text("child")))
    assert grep(host, CODE) == []


def ended(pid: int) -> bool:
    """Whether a process that was killed is gone, or soon is; one that nobody has asked after yet counts as gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with open(handle) as process:
        return bool(select.select([process], [], [], 5)[0])


def test_a_daemon_that_stays_behind_does_not_hold_the_task(tmp_path: pathlib.Path) -> None:
    began = time.monotonic()
    script = f"setsid sleep 30 & echo $! > {tmp_path}/pid; echo words >&2"
    run = run_limited(["/bin/sh", "-c", script], environment=os.environ, limit=20)
    subprocess.run(["kill", (tmp_path / "pid").read_text().strip()], check=False)
    assert (run.code, run.stderr) == (0, b"words\n")
    assert time.monotonic() - began < 10


def test_the_code_is_in_no_error(host: FakeHost) -> None:
    host.nodeadm(init=f"""echo '{{"level":"fatal","error":"running command [agent -code {CODE}]: expired"}}' >&2; exit 1""")
    with pytest.raises(FleetopsError) as failed:
        host.join()
    assert "running command [agent -code ********]: expired" in str(failed.value)
    assert CODE not in f"{failed.value} {failed.value.facts}"


def test_a_nodeadm_that_is_not_there_is_said(host: FakeHost) -> None:
    with pytest.raises(FleetopsError, match=r"Could not run .*No such file.*set nodeadm_path"):
        host.join(nodeadm_path=str(host.root / "nowhere"))


def test_check_mode_touches_nothing(host: FakeHost) -> None:
    before = sorted(host.root.rglob("*"))
    outcome = reconcile(host.live(), Run(check_mode=True))
    assert [action["status"] for action in outcome.actions] == ["planned", "planned"]
    assert sorted(host.root.rglob("*")) == before


def test_a_host_leaves_and_tells_who_it_was(host: FakeHost) -> None:
    host.join()
    (host.root / "var/lib/amazon/ssm/Vault/Store/RegistrationKey").touch()
    assert [action["operation"] for action in host.leave().actions] == ["uninstall"]
    assert json.loads(host.text("etc/fleetops/left.json")) == {"instance_id": NAME, "node_name": NAME}
    assert os.listdir(host.root / "etc/fleetops") == ["left.json"]
    assert not host.has("var/lib/amazon/ssm/Vault/Store/RegistrationKey")
    assert not host.leave().changed
    host.join()
    assert not host.has("etc/fleetops/left.json")


def test_an_uninstall_that_broke_off_after_deregistering_still_knows_who_the_host_was(host: FakeHost) -> None:
    host.join()
    host.nodeadm(uninstall="rm $ROOT/var/lib/amazon/ssm/registration $ROOT/etc/eks/kubelet/environment; exit 1")
    with pytest.raises(FleetopsError, match="nodeadm uninstall exited 1"):
        host.leave()
    host.nodeadm()
    assert host.leave().changed
    assert json.loads(host.text("etc/fleetops/left.json"))["instance_id"] == NAME


def test_an_uninstall_that_leaves_the_tracker_is_an_error(host: FakeHost) -> None:
    host.join()
    host.nodeadm(uninstall="true")
    with pytest.raises(FleetopsError, match="tracker is still there"):
        host.leave()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"manifest_override": "file:///m.yaml"}, "--manifest-override file:///m.yaml"),
        ({"manifest_override": "file:///m.yaml", "private_mode": True}, "--private-mode"),
        ({"skip": ["proxy-validation", "cni-validation"]}, "--skip proxy-validation,cni-validation"),
    ],
)
def test_options_reach_nodeadm(host: FakeHost, given: dict[str, Any], words: str) -> None:
    host.join(**given)
    assert words in host.text("calls").splitlines()[-1]


def test_the_environment_reaches_nodeadm(host: FakeHost) -> None:
    host.nodeadm(install=f"echo $HTTPS_PROXY > $ROOT/proxy; {INSTALL}")
    host.join(environment={"HTTPS_PROXY": "http://192.0.2.1:3128"})
    assert host.text("proxy").strip() == "http://192.0.2.1:3128"


def test_a_run_waits_for_a_nodeadm_that_outlived_the_run_that_started_it(tmp_path: pathlib.Path) -> None:
    lock, fifo = tmp_path / "run/lock", tmp_path / "fifo"
    os.mkfifo(fifo)
    with alone(lock, patience=1) as held:
        orphan = subprocess.Popen(["/bin/sh", "-c", f"read line < {fifo}"], pass_fds=(held,))
    with pytest.raises(FleetopsError, match="Another run has worked on this host"), alone(lock, patience=0):
        raise AssertionError("two runs at once")
    fifo.write_text("end\n")
    orphan.wait(10)
    with alone(lock, patience=0):
        pass


def test_every_command_of_a_run_holds_the_lock(host: FakeHost) -> None:
    host.nodeadm(init=f"ls -l /proc/self/fd > $ROOT/open; {INIT}")
    live = host.live()
    with live.alone():
        reconcile(live, Run())
    assert "run/fleetops-hybrid-node.lock" in host.text("open")

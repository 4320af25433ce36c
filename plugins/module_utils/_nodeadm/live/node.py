# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The I/O half of a hybrid node: runs nodeadm with a time limit, and believes the host's files rather than its exit code."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm import logs, node_config
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.hybrid_node import HostState, NodeSpec, plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live import host
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live.host import HostFiles


class LiveNode:
    """This host."""

    def __init__(self, spec: NodeSpec, *, present: bool = True, root: str = "/") -> None:
        self.spec = spec
        self.present = present
        self.files = HostFiles(root)
        self.nodeadm = str(spec.options["nodeadm_path"])

    def nothing(self) -> None:
        return None

    def observe(self) -> HostState:
        files = self.files
        kept = files.json(host.NODE_CONFIG)
        code = ((kept.get("spec", {}).get("hybrid") or {}).get("ssm") or {}).get("activationCode")
        return HostState(
            nodeadm_version=host.version_of([self.nodeadm, "version"], r"Version:\s*(v\d+\.\d+\.\d+\S*)"),
            tracker=host.tracker(files),
            kubelet_version=host.version_of(["/usr/bin/kubelet", "--version"], r"Kubernetes\s+(v\S+)"),
            kubelet_active=host.unit_active("kubelet"),
            instance_id=files.json(host.REGISTRATION).get("ManagedInstanceID"),
            node_name=host.node_name(files),
            fingerprint=files.json(host.FINGERPRINT).get("fingerprint"),
            secret_on_disk=bool(code) and code != node_config.SCRUBBED_CODE,
        )

    def in_flight(self, state: HostState) -> Verdict | None:
        return None

    def plan(self, state: HostState) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        return {"install": self._install, "init": self._init, "scrub": self._scrub, "uninstall": self._uninstall}[step.operation]()

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return done()

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"nodeadm {step.operation}"

    def _install(self) -> None:
        options = self.spec.options
        argv = ["install", self.spec.kubernetes, "--credential-provider", options["credential_provider"], "--region", options["region"]]
        argv += ["--containerd-source", options["containerd_source"], "--timeout", f"{options['install_timeout']}s", *self._manifest()]
        self._run(argv, limit=options["install_timeout"] + 60)
        if host.tracker(self.files) is None:
            raise self._nothing_done("install", f"{self.files.root / host.TRACKER} is not there")

    def _init(self) -> None:
        options = self.spec.options
        activation = {"activation_id": options.get("activation_id"), "activation_code": options.get("activation_code")}
        given = {name: value for name, value in activation.items() if value} if not self.files.json(host.REGISTRATION) else {}
        config = self._write(host.NODE_CONFIG, node_config.build(options, **given))
        try:
            self._run(["config", "check", "--config-source", f"file://{config}"], limit=60)
            skip = ["--skip", ",".join(options["skip"])] if options.get("skip") else []
            self._run(["init", "--config-source", f"file://{config}", *skip, *self._manifest()], limit=options["init_timeout"])
            self._check_joined()
        finally:
            self._scrub()
        self._write(host.FINGERPRINT, {"fingerprint": self.spec.fingerprint(self.observe())})

    def _check_joined(self) -> None:
        """Postconditions in place of an exit code."""
        state = self.observe()
        if self.spec.options["credential_provider"] == "ssm" and state.instance_id is None:
            raise self._nothing_done("init", "the host is not registered with Systems Manager")
        if not state.kubelet_active:
            raise self._nothing_done("init", "the kubelet is not active (journalctl -u kubelet tells why)")

    def _scrub(self) -> None:
        """Take the activation out of NodeConfig: a registered host never uses it again, and one that is not gets a new one."""
        if self.files.exists(host.NODE_CONFIG):
            self._write(host.NODE_CONFIG, node_config.build(self.spec.options))

    def _uninstall(self) -> None:
        options = self.spec.options
        skip = ["--skip", ",".join(options["skip"])] if options.get("skip") else []
        self._run(["uninstall", *skip, *(["--force"] if options.get("force") else [])], limit=options["init_timeout"])
        if host.tracker(self.files) is not None:
            raise self._nothing_done("uninstall", f"{self.files.root / host.TRACKER} is still there")
        for path in (host.FINGERPRINT, host.NODE_CONFIG):
            (self.files.root / path).unlink(missing_ok=True)

    def _manifest(self) -> list[str]:
        options = self.spec.options
        given = ["--manifest-override", options["manifest_override"]] if options.get("manifest_override") else []
        return given + (["--private-mode"] if options.get("private_mode") else [])

    def _write(self, path: str, content: Mapping[str, Any]) -> pathlib.Path:
        """Write a JSON file, which is YAML too, of mode 0600, at once and as a whole."""
        target = self.files.root / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=1)
        os.replace(beside, target)
        return target

    def _run(self, argv: list[str], *, limit: float) -> None:
        """Run nodeadm and all it starts for at most `limit` seconds; its failure is an error in its own words."""
        environment = {**os.environ, **{key: str(value) for key, value in (self.spec.options.get("environment") or {}).items()}}
        try:
            process = subprocess.Popen(
                [self.nodeadm, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, env=environment
            )
        except OSError as error:
            raise FleetopsError(f"Could not run {self.nodeadm}: {error.strerror}.", remedy="Install nodeadm there, or set nodeadm_path.") from error
        try:
            _, stderr = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, stderr = process.communicate()
            raise self._failed(argv, stderr, f"did not end within {limit:.0f} s") from None
        if process.returncode != 0:
            raise self._failed(argv, stderr, f"exited {process.returncode}")

    def _failed(self, argv: list[str], stderr: bytes, how: str) -> FleetopsError:
        words = logs.reason(stderr, [self.spec.options.get("activation_code") or ""])
        return FleetopsError(f"nodeadm {' '.join(argv[:2])} {how}: {words}", remedy="Mend the cause and run again; what is done is kept.")

    def _nothing_done(self, operation: str, seen: str) -> FleetopsError:
        return FleetopsError(f"nodeadm {operation} exited 0, and yet {seen}.", remedy="Run it by hand on the host to see its log.")

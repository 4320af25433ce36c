# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The I/O half of a hybrid node: runs nodeadm with a time limit, and believes the host's files rather than its exit code."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm import logs, node_config
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.hybrid_node import HostState, NodeSpec, plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live import host
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live.host import HostFiles
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.live.process import alone, run_limited

LOCK = "run/fleetops-hybrid-node.lock"
VAULT = "var/lib/amazon/ssm/Vault/Store/RegistrationKey"
"""The agent's key, which uninstall leaves. AWS's guide: it must go before the host registers with another activation."""


class LiveNode:
    """This host."""

    def __init__(self, spec: NodeSpec, *, present: bool = True, root: str = "/") -> None:
        self.spec = spec
        self.present = present
        self.files = HostFiles(root)
        self.nodeadm = str(spec.options["nodeadm_path"])
        self.lock: tuple[int, ...] = ()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs off the host meanwhile. Waits as long as one can take."""
        patience = self.spec.options["install_timeout"] + self.spec.options["init_timeout"]
        with alone(self.files.root / LOCK, patience=patience) as lock:
            self.lock = (lock,)
            yield

    def nothing(self) -> None:
        return None

    def observe(self) -> HostState:
        files = self.files
        kept = files.json(host.NODE_CONFIG)
        code = ((kept.get("spec", {}).get("hybrid") or {}).get("ssm") or {}).get("activationCode")
        return HostState(
            nodeadm_version=host.version_of([self.nodeadm, "version"], r"Version:\s*(v\d+\.\d+\.\d+\S*)"),
            tracker=host.tracker(files),
            kubelet_version=host.version_of([str(files.root / host.KUBELET), "--version"], r"Kubernetes\s+(v\S+)"),
            kubelet_active=host.unit_active("kubelet"),
            instance_id=files.json(host.REGISTRATION).get("ManagedInstanceID"),
            node_name=host.node_name(files),
            fingerprint=files.json(host.FINGERPRINT).get("fingerprint"),
            secret_on_disk=bool(code) and code != node_config.SCRUBBED_CODE,
            own_files=tuple(path.name for path in self._own_files()),
        )

    def in_flight(self, state: HostState) -> Verdict | None:
        return None

    def plan(self, state: HostState) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        return {"install": self._install, "init": self._init, "scrub": self._scrub, "uninstall": self._uninstall, "forget": self._forget}[step.operation]()

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
        (self.files.root / host.LEFT).unlink(missing_ok=True)
        self._write(host.FINGERPRINT, {"fingerprint": self.spec.fingerprint(self.observe())})

    def _check_joined(self) -> None:
        """Postconditions in place of an exit code."""
        state = self.observe()
        if self.spec.options["credential_provider"] == "ssm" and state.instance_id is None:
            raise self._nothing_done("init", "the host is not registered with Systems Manager")
        if not state.kubelet_active:
            raise self._nothing_done("init", "the kubelet is not active (journalctl -u kubelet tells why)")
        if state.node_name is None:
            raise self._nothing_done("init", "the kubelet was given no name")

    def _scrub(self) -> None:
        """Take the activation out of NodeConfig: a registered host never uses it again, and one that is not gets a new one."""
        if self.files.exists(host.NODE_CONFIG):
            self._write(host.NODE_CONFIG, node_config.build(self.spec.options))

    def _uninstall(self) -> None:
        """Uninstall, and keep until the next join who the host was: uninstall forgets it, and the Node outlives it."""
        options = self.spec.options
        self._write(host.LEFT, self._who())
        skip = ["--skip", ",".join(options["skip"])] if options.get("skip") else []
        self._run(["uninstall", *skip, *(["--force"] if options.get("force") else [])], limit=options["init_timeout"])
        if host.tracker(self.files) is not None:
            raise self._nothing_done("uninstall", f"{self.files.root / host.TRACKER} is still there")
        (self.files.root / VAULT).unlink(missing_ok=True)
        self._forget()

    def _who(self) -> dict[str, Any]:
        """Return the host's names; what an uninstall that broke off has removed already comes from the record it left."""
        state = self.observe()
        earlier = self.files.json(host.LEFT)
        instance = state.instance_id or earlier.get("instance_id")
        return {"instance_id": instance, "node_name": state.node_name or earlier.get("node_name") or instance}

    def _forget(self) -> None:
        for path in self._own_files():
            path.unlink()

    def _own_files(self) -> list[pathlib.Path]:
        """Return what this module keeps on the host, but for the record of who it was."""
        folder = self.files.root / host.OWN_DIRECTORY
        return [folder / name for name in self.files.names(host.OWN_DIRECTORY) if folder / name != self.files.root / host.LEFT]

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
            ended = run_limited([self.nodeadm, *argv], environment=environment, limit=limit, keep=self.lock)
        except OSError as error:
            raise FleetopsError(f"Could not run {self.nodeadm}: {error.strerror}.", remedy="Install nodeadm there, or set nodeadm_path.") from error
        if ended.code != 0:
            raise self._failed(argv, ended.stderr, f"did not end within {limit:.0f} s" if ended.code is None else f"exited {ended.code}")

    def _failed(self, argv: list[str], stderr: bytes, how: str) -> FleetopsError:
        words = logs.reason(stderr, [self.spec.options.get("activation_code") or ""])
        return FleetopsError(f"nodeadm {' '.join(argv[:2])} {how}: {words.rstrip('.')}.", remedy="Mend the cause and run again; what is done is kept.")

    def _nothing_done(self, operation: str, seen: str) -> FleetopsError:
        return FleetopsError(f"nodeadm {operation} exited 0, and yet {seen}.", remedy="Run it by hand on the host to see its log.")

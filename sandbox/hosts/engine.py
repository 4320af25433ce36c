"""The container engine of this machine: podman or docker, whichever really runs containers here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("podman", "runc", "netavark", "aardvark-dns", "iptables", "mmdebstrap", "openssh-client")
REMEDY = "as root on Debian or Ubuntu run `apt-get install podman runc netavark aardvark-dns iptables mmdebstrap`, or start a Docker daemon"

# crun and runc without these limits fail on machines that may not raise RLIMIT_NOFILE (setrlimit: operation not permitted).
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1000:1000"]
[engine]
runtime = "runc"
"""


class NoEngine(RuntimeError):
    """No container engine works here; the text is one line and ends with the remedy."""


class EngineError(RuntimeError):
    """A command of the engine failed; the text names the command and what came back."""


@dataclass(frozen=True)
class Engine:
    """A working engine. `env` is the whole environment its commands run in."""

    name: str
    executable: str
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def run(self, *args: str, data: bytes | None = None, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess[bytes]:
        """Run one command of the engine and return what came back; raise EngineError when it fails and `check` is on."""
        done = subprocess.run([self.executable, *args], input=data, capture_output=True, env=dict(self.env), timeout=timeout, check=False)
        if check and done.returncode:
            raise EngineError(f"{self.name} {' '.join(args[:3])} failed: {_last_line(done.stderr)}")
        return done

    def text(self, *args: str, timeout: float = 120) -> str:
        """Run one command and return its standard output, stripped."""
        return self.run(*args, timeout=timeout).stdout.decode().strip()


def cache_dir(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what is worth keeping between sandboxes: images' tarballs."""
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fleetops-eks"


def find_engine(state_dir: Path | None = None, *, env: Mapping[str, str] = os.environ, uid: int | None = None) -> Engine:
    """Return the first engine that works; raise NoEngine with one line that says why none does.

    The engine's own settings are written below the state directory (the cache when there is none), never to /etc.
    """
    uid = os.geteuid() if uid is None else uid
    reasons = []
    for name, check in (("podman", _podman_reason), ("docker", _docker_reason)):
        executable = shutil.which(name, path=env.get("PATH"))
        if executable is None:
            reasons.append(f"{name} is not installed")
            continue
        engine = Engine(name, executable, _environment(name, state_dir, env))
        reason = check(engine, uid)
        if reason is None:
            return engine
        reasons.append(reason)
    raise NoEngine(f"no container engine works here ({'; '.join(reasons)}): {REMEDY}")


def ensure_engine(state_dir: Path | None = None, *, install: bool = True, say: Callable[[str], None] = lambda _text: None) -> Engine:
    """Return a working engine; install podman through apt where that is possible and `install` allows it."""
    try:
        return find_engine(state_dir)
    except NoEngine:
        if not install or not can_install():
            raise
    say("installing podman through apt")
    install_packages(PACKAGES)
    return find_engine(state_dir)


def can_install(*, env: Mapping[str, str] = os.environ, uid: int | None = None) -> bool:
    """Say whether this process may install packages: Linux, root, apt-get."""
    return sys.platform == "linux" and (os.geteuid() if uid is None else uid) == 0 and shutil.which("apt-get", path=env.get("PATH")) is not None


def install_packages(packages: tuple[str, ...]) -> None:
    """Install Debian packages without questions; raise NoEngine with apt's last line when that fails."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]):
        done = subprocess.run(command, capture_output=True, env=env, check=False, timeout=900)
        if done.returncode:
            raise NoEngine(f"{' '.join(command[:2])} failed ({_last_line(done.stderr)}): {REMEDY}")


def _environment(name: str, state_dir: Path | None, env: Mapping[str, str]) -> dict[str, str]:
    if name != "podman":
        return dict(env)
    conf = (state_dir / "hosts" if state_dir else cache_dir(env)) / "containers.conf"
    conf.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not conf.exists() or conf.read_text() != CONTAINERS_CONF:
        conf.write_text(CONTAINERS_CONF)
    return {**env, "CONTAINERS_CONF": str(conf.resolve())}


def _podman_reason(engine: Engine, uid: int) -> str | None:
    """Return why podman can't serve here, or None. Rootless networks are not reachable from the machine itself, and hosts are reached by address."""
    if uid != 0:
        return "podman without root has no network that this machine can reach"
    return _probe(engine, "podman", "info", "--format", "{{.Host.OS}}")


def _docker_reason(engine: Engine, _uid: int) -> str | None:
    """Return why docker can't serve here, or None. A client alone is no engine: its daemon must answer."""
    return _probe(engine, "the Docker daemon", "version", "--format", "{{.Server.Version}}")


def _probe(engine: Engine, who: str, *args: str) -> str | None:
    try:
        done = engine.run(*args, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{who} does not answer ({type(error).__name__})"
    return None if done.returncode == 0 and done.stdout.strip() else f"{who} does not answer ({_last_line(done.stderr)})"


def _last_line(raw: bytes) -> str:
    lines = raw.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"

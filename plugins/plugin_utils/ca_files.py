# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities as files, for tools that take nothing else."""

from __future__ import annotations

import hashlib
import os
import pathlib
import tempfile


def ca_file(text: str, *, fallback: str) -> pathlib.Path:
    """Return a file (0600) that holds text, named after its content: made once, shared by all runs. `fallback` is used where the cache cannot be written."""
    name = hashlib.sha256(text.encode()).hexdigest()[:32] + ".pem"
    for folder in (_cache() / "fleetops.eks" / "ca", pathlib.Path(fallback)):
        try:
            return _written(folder / name, text)
        except OSError:
            continue
    raise OSError(f"neither the cache nor {fallback} can be written")


def _cache() -> pathlib.Path:
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _written(path: pathlib.Path, text: str) -> pathlib.Path:
    """Write under another name and rename, so that no reader sees half a file. A file that is not ours, or says something else, is replaced."""
    if path.is_file() and path.stat().st_uid == os.getuid() and path.read_text(encoding="utf-8") == text:
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".ca-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
    return path

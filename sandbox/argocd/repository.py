"""A Git repository that Argo CD reads over loopback, and that tests commit to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    **{f"GIT_{who}_NAME": "fleetops sandbox" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "sandbox@fleetops.invalid" for who in ("AUTHOR", "COMMITTER")},
}
OWN_CONFIGURATION = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
BRANCH = "main"


class Repository:
    """A work tree and the bare repository it is pushed to: `root`/fleet.git, which `git daemon` serves as /fleet.git."""

    name = "fleet.git"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tree = root / "tree"
        bare = root / "served" / self.name
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare", "--initial-branch", BRANCH)
        git(root, "clone", "--quiet", str(bare), str(self.tree))
        git(self.tree, "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")

    def daemon(self, port: int) -> list[str]:
        """Return the command that serves it, for reading, on loopback."""
        served = str(self.root / "served")
        return ["git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", f"--base-path={served}", "--export-all", served]

    def url(self, port: int) -> str:
        return f"git://127.0.0.1:{port}/{self.name}"

    def commit(self, files: Mapping[str, str], message: str) -> str:
        """Write these files, commit, push; return the commit's id."""
        for name, text in files.items():
            file = self.tree / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        git(self.tree, "add", "--all")
        git(self.tree, "commit", "--quiet", "--message", message)
        git(self.tree, "push", "--quiet", "origin", BRANCH)
        return git(self.tree, "rev-parse", "HEAD").strip()


def git(folder: Path, *words: str) -> str:
    """Run git with no configuration but its own; raise CalledProcessError, with what git said, when it fails."""
    environment = {**os.environ, **IDENTITY, **OWN_CONFIGURATION}
    return subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout

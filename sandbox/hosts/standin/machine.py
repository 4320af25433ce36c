"""The machine a program runs on: its files (below a root of choice), its environment, its clock and its log."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

INHERITED = ("AWS_", "NODEADM_", "SSM_AGENT_")


class Fatal(Exception):
    """Ends a command with exit code 1 and `Command failed` in the log."""


class Done(Exception):
    """Ends a command with exit code 0 although nothing was done; the text is its last message."""


class Machine:
    """Everything a program touches.

    `NODEADM_ROOT` moves all files below another folder and replaces systemd by marker files; `NODEADM_TIME_SCALE` scales waits.
    """

    def __init__(self, env):
        self.root = Path(env.get("NODEADM_ROOT") or "/")
        self.env = {**self._etc_environment(), **env}
        self.scale = float(self.env.get("NODEADM_TIME_SCALE", "1"))

    @property
    def is_real(self):
        """Say whether the root is the machine's own, so that systemd is there."""
        return self.root == Path("/")

    def path(self, absolute):
        """Return where an absolute path of the machine really is."""
        return self.root / str(absolute).lstrip("/")

    def exists(self, absolute):
        """Say whether the file is there; a dangling link counts."""
        return os.path.lexists(self.path(absolute))

    def read(self, absolute):
        """Return a file's text."""
        return self.path(absolute).read_text()

    def write(self, absolute, data, mode=0o644):
        """Write text or bytes, folders included, whole or not at all."""
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".new")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as handle:
            os.fchmod(descriptor, mode)
            handle.write(data.encode() if isinstance(data, str) else data)
        partial.replace(path)

    def remove(self, *paths):
        """Remove files, links and trees; what is missing is fine."""
        for absolute in paths:
            path = self.path(absolute)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif os.path.lexists(path):
                path.unlink()

    def which(self, *names):
        """Say whether all programs are on the machine's search path."""
        return all(any(self.path(f"{folder}/{name}").exists() for folder in ("/usr/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/bin")) for name in names)

    def run(self, *argv, env=None):
        """Run a program of this machine (its path moved below the root) and return what came back, as text."""
        command = [str(self.path(argv[0])) if argv[0].startswith("/") else argv[0], *argv[1:]]
        return subprocess.run(command, capture_output=True, text=True, env={**self.env, **(env or {})}, check=False)

    def sleep(self, seconds):
        """Wait, scaled."""
        time.sleep(seconds * self.scale)

    def require_root(self):
        """Refuse to go on as another user."""
        if os.geteuid() != 0:
            raise Fatal("must run as root")

    def log(self, level, msg, /, **fields):
        """Write one JSON line to standard error."""
        row = {"level": level, "ts": round(time.time(), 6), "msg": msg, **fields}
        print(json.dumps(row, ensure_ascii=False, separators=(",", ":")), file=sys.stderr, flush=True)

    def info(self, msg, /, **fields):
        """Log at level info."""
        self.log("info", msg, **fields)

    def _etc_environment(self):
        """Return our variables from /etc/environment: sudo and systemd do not hand them on everywhere."""
        path = self.root / "etc/environment"
        if not path.exists():
            return {}
        rows = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
        return {key.strip(): value.strip().strip('"') for key, _, value in rows if key.strip().startswith(INHERITED)}

"""Link this checkout into the environment's ansible_collections, so that every tool finds it by its full name."""

from __future__ import annotations

import pathlib
import sysconfig

import yaml

root = pathlib.Path(__file__).resolve().parent.parent
meta = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
link = pathlib.Path(sysconfig.get_path("purelib"), "ansible_collections", meta["namespace"], meta["name"])
link.parent.mkdir(parents=True, exist_ok=True)
if link.is_symlink():
    link.unlink()
link.symlink_to(root, target_is_directory=True)

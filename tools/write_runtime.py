"""Write meta/runtime.yml: the action group of every module that takes the options of AWS."""

from __future__ import annotations

import importlib
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> None:
    names = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
    taking = [name for name in names if "profile" in getattr(load(name), "SPEC", {}).get("argument_spec", {})]
    lines = ["---", 'requires_ansible: ">=2.19.0"', "action_groups:", "  aws:", *(f"    - {name}" for name in taking)]
    (ROOT / "meta" / "runtime.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def load(name: str) -> object:
    return importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{name}")


if __name__ == "__main__":
    main()

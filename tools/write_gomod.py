"""Write the go.mod and go.sum by which `go build` makes commands of another Go module.

    write_gomod.py sandbox/real/kubernetes k8s.io/kubernetes v1.36.3 k8s.io/kubernetes/cmd/kube-apiserver
    write_gomod.py sandbox/real/argocd github.com/argoproj/argo-cd/v3 v3.2.11 github.com/argoproj/argo-cd/v3/cmd

`go install package@version` refuses a module with `replace` directives (https://go.dev/ref/mod#go-install). A module of our own that requires it and
repeats its replacements is allowed to. A replacement by a local folder, which is how Kubernetes holds its libraries, becomes the library as
published with the same release: k8s.io/kubernetes v1.36.3 goes with k8s.io/api v0.36.3.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    for name in ("module", "version"):
        parser.add_argument(name)
    parser.add_argument("packages", nargs="+", metavar="package")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "go.mod").write_text("module real\n", encoding="utf-8")
    theirs = their_go_mod(args.folder, args.module, args.version)
    (args.folder / "go.mod").write_text(go_mod(theirs, args.module, args.version, args.packages), encoding="utf-8")
    subprocess.run(["go", "-C", str(args.folder), "mod", "tidy"], check=True)


def their_go_mod(folder: pathlib.Path, module: str, version: str) -> Object:
    """Return a published module's go.mod as the data that `go mod edit -json` prints."""
    found = go_json(folder, "mod", "download", "-json", f"{module}@{version}")
    return go_json(folder, "mod", "edit", "-json", found["GoMod"])


def go_json(folder: pathlib.Path, *words: str) -> Object:
    found: Object = json.loads(subprocess.run(["go", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout)
    return found


def go_mod(theirs: Object, module: str, version: str, packages: list[str]) -> str:
    """Return the go.mod before `go mod tidy` fills in what is indirect."""
    tools = [f"tool {package}" for package in packages]
    return "\n".join(["module real", f"go {theirs['Go']}", f"require {module} {version}", *replacements(theirs, version), *tools]) + "\n"


def replacements(theirs: Object, version: str) -> Iterator[str]:
    """Yield the module's replacements; libraries of its own repository, replaced or required at v0.0.0, at the version of its release."""
    staged = f"v0.{version.split('.', 1)[1]}"
    replaced = theirs.get("Replace") or []
    for each in replaced:
        old, new = each["Old"], each["New"]
        left = " ".join(filter(None, (old["Path"], old.get("Version"))))
        yield f"replace {left} => {new['Path']} {new['Version']}" if new.get("Version") else f"replace {left} => {old['Path']} {staged}"
    known = {each["Old"]["Path"] for each in replaced}
    for each in theirs.get("Require") or []:
        if each["Version"] == "v0.0.0" and each["Path"] not in known:
            yield f"replace {each['Path']} => {each['Path']} {staged}"


if __name__ == "__main__":
    main()

"""KUBEBUILDER_ASSETS, the folder of envtest: it wins where it is set, and is refused where what it holds cannot serve."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sandbox.real import cache
from sandbox.real.catalogue import Built, Packaged
from sandbox.state import SandboxError

VARIABLE = "KUBEBUILDER_ASSETS"
# The programs that such a folder is for: https://book.kubebuilder.io/reference/envtest
HELD = ("kube-apiserver", "etcd")
# e_machine of ELF, bytes 18 and 19 of the file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
_MACHINES = {0x3E: "x86_64", 0xB7: "aarch64", 0x28: "armv7l", 0x16: "s390x", 0x15: "ppc64le", 0xF3: "riscv64"}


def find(program: Built | Packaged) -> Path | None:
    """Return the program in the folder, or None when the variable is not set or the folder is not for it. Raises SandboxError when it will not do."""
    folder = os.environ.get(VARIABLE)
    if not folder or program.name not in HELD:
        return None
    path = Path(folder) / program.name
    if not path.is_file():
        raise SandboxError(f"{VARIABLE}={folder} holds no {program.name}: name a folder made by `setup-envtest use`, or unset {VARIABLE}")
    _check_machine(path)
    _check_version(program, path)
    return path


def _check_machine(path: Path) -> None:
    try:
        head = _head(path)
    except OSError as error:
        raise SandboxError(f"{path} cannot be read: {error.strerror}: mend its mode, or unset {VARIABLE}") from error
    found = _MACHINES.get(int.from_bytes(head[18:20], "little"), "another machine") if head.startswith(b"\x7fELF") else None
    if found not in (None, os.uname().machine):
        raise SandboxError(f"{path} is built for {found}, and this is {os.uname().machine}: fetch that architecture, or unset {VARIABLE}")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(20)


def _check_version(program: Built | Packaged, path: Path) -> None:
    said = cache.answer(path, program.asked)
    if said is None:
        raise SandboxError(f"{path} does not run: `{path} {' '.join(program.asked)}` failed: fetch it again, or unset {VARIABLE}")
    found, wanted = version(said), program.oldest or version(program.version)
    assert wanted is not None
    if not suffices(program, found):
        needed = f"{wanted[0]}.{wanted[1]}{' or later' if program.oldest else ''}"
        has = f"{found[0]}.{found[1]}" if found else "of no version"
        raise SandboxError(f"{path} is {has}, and {needed} is needed: name a folder of that version, or unset {VARIABLE}")


def version(said: str) -> tuple[int, int] | None:
    """Return major and minor of the first version in a text."""
    match = re.search(r"v?(\d+)\.(\d+)\.\d+", said)
    return (int(match[1]), int(match[2])) if match else None


def suffices(program: Built | Packaged, found: tuple[int, int] | None) -> bool:
    """Tell whether a version will do: the oldest that the program may have or a later one, else exactly the one that would be built."""
    if found is None:
        return False
    return found >= program.oldest if program.oldest is not None else isinstance(program, Built) and found == version(program.version)

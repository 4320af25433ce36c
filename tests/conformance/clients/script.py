"""Scripts of command line clients as data, run on one backend after the other, and what of their output is compared.

A file holds cases; a case has `files` (name: text) that lie in its working directory, and `run`: command lines, each a text, or a mapping with `run` and
`ignore`, the reason why only its exit code is compared, or `late: true`, for what a server tells some time later only: that is run until it succeeds. A case's
namespace has its name and, as EKS makes them, a ServiceAccount `default` and a ConfigMap `kube-root-ca.crt`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.conformance.kubernetes.backends import Backend

Result = TypeVar("Result")
_HERE = Path(__file__).parent
_SECONDS = 60
# (what, its replacement, why two runs differ in it)
_CHANCE: tuple[tuple[str, str | Callable[[re.Match[str]], str], str], ...] = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>", "uids are random"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d{4}( UTC)?|Z)?", "<time>", "times are when it ran"),
    (r"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}", "<time>", "the same, as helm writes them"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>", "the same, as kubectl describe writes them"),
    (r"(modifiedAt=)\d+", r"\1<time>", "the same, as helm labels its Secrets"),
    (r"(resource_?[vV]ersion\"?: \"?)\d+", r"\1<version>", "resource versions count all writes of a server"),
    (r"(?m)(?<=\s)\d+s(?=\s|$)", "<age>", "ages depend on when one asks"),
    (r"kube-api-access-[a-z0-9]{5}", "kube-api-access-<name>", "the volume of a pod's token has a random name"),
    (r"10\.\d+\.\d+\.\d+", "<address>", "addresses of Services are chosen"),
    (r"/tmp/(LIVE|MERGED)-\d+", r"/tmp/\1", "kubectl diff makes folders"),
    (r" +(?=\t)", "", "columns are padded to the width of times"),
    (r"(?m) +$", "", "columns are padded to the width of ages"),
    (r"(?m)^((?:NAME|NAMESPACE|LAST SEEN) .*)$", lambda found: re.sub(" +", " ", found[1]), "the same"),
    (r"(?m)(?:^\* .*\n)+", lambda found: "".join(sorted(found[0].splitlines(keepends=True))), "faults against a schema come in the order of a map of Go's"),
)


@dataclass(frozen=True)
class Command:
    line: str
    ignore: str = ""
    late: bool = False


@dataclass(frozen=True)
class Script:
    name: str
    commands: tuple[Command, ...]
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What a command answered, chance taken out."""

    command: str
    code: int
    out: str
    error: str


def load(topic: str) -> list[Script]:
    content = yaml.safe_load((_HERE / f"{topic}.yaml").read_text(encoding="utf-8"))
    return [Script(each["case"], tuple(_command(line) for line in each["run"]), each.get("files") or {}) for each in content]


def _command(given: str | Mapping[str, Any]) -> Command:
    return Command(given) if isinstance(given, str) else Command(given["run"], given.get("ignore", ""), bool(given.get("late")))


def kubeconfig(backend: Backend, namespace: str, path: Path) -> Path:
    """Write a kubeconfig for a backend's administrator."""
    cluster = {"server": backend.url, "certificate-authority": str(backend.ca)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it", "namespace": namespace}}],
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"token": backend.token}}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def make_namespace(backend: Backend, name: str) -> None:
    """Make a namespace with what a controller of EKS puts into it."""
    backend.make("/api/v1/namespaces", {"metadata": {"name": name}})
    backend.make(f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
    backend.make(f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "x"}})


def play(script: Script, backend: Backend, programs: Mapping[str, Path], folder: Path) -> Iterator[Said]:
    """Run a script's commands in a folder of its own and yield what they say."""
    make_namespace(backend, script.name)
    work = folder / backend.name
    for name, text in script.files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text, encoding="utf-8")
    work.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "KUBECONFIG": str(kubeconfig(backend, script.name, folder / f"{backend.name}.config"))}
    for command in script.commands:
        program, *arguments = shlex.split(command.line)
        run = _run_until_it_succeeds if command.late else _run
        done = run([str(programs[program]), *arguments], work, environment)
        yield Said(command.line, done.returncode, plain(done.stdout, backend, work), plain(done.stderr, backend, work))


def _run_until_it_succeeds(command: Sequence[str], work: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    deadline = time.monotonic() + _SECONDS
    while (done := _run(command, work, environment)).returncode:
        assert time.monotonic() < deadline, f"{shlex.join(command)}: did not succeed within {_SECONDS} s: {done.stderr}"
    return done


def _run(command: Sequence[str], work: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=work, env=dict(environment), capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL, check=False)


def plain(text: str, backend: Backend, work: Path) -> str:
    """Return what a client said with chance taken out."""
    text = text.replace(backend.url, "<server>").replace(str(work), "<folder>")
    for pattern, replacement, _ in _CHANCE:
        text = re.sub(pattern, replacement, text)
    return text.rstrip()


def on_both(act: Callable[[Backend], Result], embedded: Backend, real: Backend) -> tuple[Result, Result]:
    """Do something on both backends at the same time: what clients wait for is mostly themselves."""
    with ThreadPoolExecutor(2) as pool:
        ours, theirs = pool.map(act, (embedded, real))
    return ours, theirs


def differences(script: Script, embedded: Sequence[Said], real: Sequence[Said]) -> Iterator[str]:
    """Yield a text for each command that did not answer alike, and for each excuse that excuses nothing."""
    for command, ours, theirs in zip(script.commands, embedded, real, strict=True):
        if command.ignore:
            if ours.code != theirs.code:
                yield f"{command.line}: exit code {ours.code}, real {theirs.code}"
            elif ours == theirs:
                yield f"{command.line}: nothing differs: take the excuse away"
        elif ours != theirs:
            yield f"{command.line}\n  embedded: {ours.code}\n{_indent(ours)}\n  real: {theirs.code}\n{_indent(theirs)}"


def _indent(said: Said) -> str:
    return "\n".join(f"    {line}" for line in f"{said.out}\n{said.error}".strip().splitlines())

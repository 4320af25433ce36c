"""The two Kubernetes APIs whose answers are compared, each behind the same few calls."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
import yaml

from sandbox.kubernetes import testing as embedded_testing
from sandbox.real import testing as real_testing
from tests.conformance.kubernetes import eks
from tests.conformance.kubernetes.case import AWS, Case, Step, fill, uses

Object = dict[str, Any]
EMBEDDED, REAL = "embedded", "real"
VERSION = "1.36"
CLUSTER = "111122223333/us-east-1/conformance"
AGENT = "conformance/1.0"
_SECONDS = 60  # what does not come true costs as much; what is slow, on a machine that runs Argo CD's servers beside, is no difference
_BECOMING = "storage is (re)initializing"


class Unexpected(Exception):
    """An answer with which a case cannot go on, or which is not the one that the case is about."""


@dataclass(frozen=True)
class Answer:
    """Header names are lower case; `body` is decoded JSON, a list of a watch's events, or text."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Backend:
    """A Kubernetes API at `url`, with an administrator's token. Safe to use from many threads. `account`: where it is a cluster of EKS, with controllers."""

    name: str
    url: str
    token: str
    ca: Path
    account: eks.Account | None = None
    _pool: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=16, ca_certs=str(self.ca), retries=False)

    def send(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        found = self._pool.request(method, self.url + path, body=body, headers={"User-Agent": AGENT, **(headers or {})}, timeout=30)
        names = {key.lower(): value for key, value in found.headers.itermerged()}
        return Answer(found.status, names, _decoded(found.data, names.get("content-type", ""), "watch=" in path))

    def exists(self, path: str) -> bool:
        return self.send("GET", path, headers=self._credentials()).status == 200

    def make(self, path: str, obj: Object) -> None:
        """Create an object; Unexpected when that fails."""
        made = self.send("POST", path, json.dumps(obj).encode(), self._credentials() | {"Content-Type": "application/json"})
        if made.status != 201:
            raise Unexpected(f"{self.name}: POST {path}: {made}")

    def _credentials(self, token: str | None = None) -> dict[str, str]:
        token = self.token if token is None else token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, step: Step, values: Mapping[str, Any]) -> Answer:
        """Send a step's request; one with `until` again and again, and any while the server is not that far yet."""
        if step.method == AWS:
            return self._ask_aws(step, values)
        deadline = time.monotonic() + _SECONDS
        while True:
            answer = self._ask(step, values)
            wanted = fill(dict(step.until), values)
            if not self._is_busy(answer) and all(at(answer.body, pointer) == value for pointer, value in wanted.items()):
                return answer
            if time.monotonic() > deadline:
                raise Unexpected(f"{self.name}: {step.method} {step.path}: not within {_SECONDS} s: {wanted}, but {answer}")
            time.sleep(0.05)

    def _is_busy(self, answer: Answer) -> bool:
        """Tell whether the real server asks for patience while it makes the storage of a new kind; every client asks again."""
        return self.name == REAL and answer.status == 429 and isinstance(answer.body, dict) and _BECOMING in answer.body.get("message", "")

    def _ask_aws(self, step: Step, values: Mapping[str, Any]) -> Answer:
        assert self.account is not None, "only cases of EKS have an AWS"
        status, body = self.account.call(step.path, fill(step.body or {}, values), step.region or eks.REGION)
        return Answer(status, {}, body)

    def _ask(self, step: Step, values: Mapping[str, Any]) -> Answer:
        query = urlencode(fill(dict(step.query), values), doseq=True)
        path = fill(step.path, values) + (f"?{query}" if query else "")
        raw = fill(step.raw, values) if step.raw is not None else None
        body = raw.encode() if raw is not None else json.dumps(fill(step.body, values)).encode() if step.body is not None else None
        token = None if step.token is None else fill(step.token, values)
        headers = {"Accept": "application/json", "Content-Type": step.content_type, **self._credentials(token), **fill(dict(step.headers), values)}
        return self.send(step.method, path, body, {key: value for key, value in headers.items() if value})


def _decoded(data: bytes, content_type: str, stream: bool) -> Any:
    text = data.decode(errors="replace")
    if "yaml" in content_type:
        return yaml.safe_load(text)
    if "json" not in content_type or not text:
        return text
    return [json.loads(line) for line in text.splitlines()] if stream else json.loads(text)


def at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer leads to; None when there is nothing."""
    for word in pointer.split("/")[1:]:
        key = word.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(key)] if key.lstrip("-").isdigit() and int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def play(backend: Backend, case: Case, suffix: str) -> list[Answer]:
    """Return a backend's answers to the steps of a case that count. Raises Unexpected when its setup fails."""
    values = dict(case.values) | {"ns": f"n-{case.key}-{suffix}", "id": f"c{case.key}{suffix}"} | (backend.account.names if backend.account else {})
    tokens: dict[str, str] = {}
    if uses(case, "ns"):
        _namespace(backend, values["ns"])
    answers: list[Answer] = []
    for step in case.steps:
        answer = backend.ask(_signed(backend, step, values, tokens), values)
        if not step.fits(answer.status) and (step.setup or backend.name == REAL):
            raise Unexpected(f"{backend.name}: {step.method} {fill(step.path, values)}: wanted {step.status or '2xx'}, got {answer.status}: {answer.body}")
        values |= {name: at(answer.body, pointer) for name, pointer in step.save.items()}
        if not step.setup:
            answers.append(_picked(answer, step, values))
    return answers


def _signed(backend: Backend, step: Step, values: Mapping[str, Any], tokens: dict[str, str]) -> Step:
    """Return a step with its token of EKS made: the one that the case has made before where it says the same."""
    if not isinstance(step.token, dict):
        return step
    assert backend.account is not None, "only cases of EKS have tokens of EKS"
    wanted = fill(step.token, values)
    known = json.dumps(wanted, sort_keys=True)
    if known not in tokens:
        tokens[known] = backend.account.token(wanted)
    return replace(step, token=tokens[known])


def _picked(answer: Answer, step: Step, values: Mapping[str, Any]) -> Answer:
    """Return the answer with what a step picks of a large body, if it does."""
    if not step.pick:
        return answer
    return replace(answer, body={pointer: at(answer.body, fill(pointer, values)) for pointer in step.pick})


def _namespace(backend: Backend, name: str) -> None:
    """Make a namespace with the ServiceAccount that a controller gives it, or would."""
    backend.make("/api/v1/namespaces", {"metadata": {"name": name}})
    accounts = f"/api/v1/namespaces/{name}/serviceaccounts"
    if backend.account is None:
        backend.make(accounts, {"metadata": {"name": "default"}})
        return
    deadline = time.monotonic() + _SECONDS
    while not backend.exists(f"{accounts}/default"):
        if time.monotonic() > deadline:
            raise Unexpected(f"{backend.name}: namespace {name} has no ServiceAccount after {_SECONDS} s")
        time.sleep(0.05)


@contextmanager
def embedded() -> Iterator[Backend]:
    """Run the embedded API as an API server alone: no controllers act on what is written."""
    with embedded_testing.start([CLUSTER], version=VERSION, arguments=["--without-controllers"]) as running:
        yield Backend(EMBEDDED, running.endpoint(CLUSTER), running.admin_token, running.ca)


@contextmanager
def on_eks() -> Iterator[tuple[Backend, Backend]]:
    """Run the embedded API and a real one as clusters of a simulated EKS, as the sandbox does."""
    with eks.simulated() as (ours, theirs):
        yield Backend(EMBEDDED, ours.url, ours.token, ours.ca, ours.account), Backend(REAL, theirs.url, theirs.token, theirs.ca, theirs.account)


RUNNING = "CONFORMANCE_REAL"


def named() -> Backend | None:
    """Return the running kube-apiserver that a JSON file named by CONFORMANCE_REAL describes (`url`, `token`, `ca`); None where none is named."""
    running = os.environ.get(RUNNING)
    if not running:
        return None
    about = json.loads(Path(running).read_text(encoding="utf-8"))
    return Backend(REAL, about["url"], about["token"], Path(about["ca"]))


def of(server: real_testing.Running) -> Backend:
    return Backend(REAL, server.url, server.admin_token, server.ca)


@contextmanager
def real() -> Iterator[Backend]:
    """Run a real kube-apiserver, or take the one that is named."""
    found = named()
    if found is not None:
        yield found
        return
    with real_testing.start() as server:
        yield of(server)

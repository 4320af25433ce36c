"""Cases as data: what a file of `cases/` may hold, read and checked.

A file is a topic. All of it is data; nothing in it says what the right answer is, except where a step must fail.

    about: one line on the topic
    eks: true                                                # on clusters of a simulated EKS, with controllers; then cases may say what is marked EKS
    define: {cms: "/api/v1/namespaces/${ns}/configmaps"}     # values for ${name}; may be objects, where ${name} is a whole string
                                                             # {$repeat: x, times: 9} anywhere is a long text or list
    cases:
    - name: a merge patch takes a key away with null         # unique in the file; the case gets the names ${ns} and ${id}, the same on both backends
      alone: true                                            # where it touches what other cases see (default false): runs before all others
      setup: [...]                                           # steps that must succeed; their answers are not compared
      steps:
      - post: ${cms}                                         # get head post put patch delete options: the path
        body: {metadata: {name: c}, data: {a: "1"}}          # sent as JSON; `raw: text` is sent as it stands
        save: {rv: /metadata/resourceVersion}                # JSON pointers into the answer, for ${rv} in later steps, on each backend its own
      - patch: ${cms}/c
        type: merge                                          # json merge strategic apply, or any media type; POST and PUT default to application/json
        query: {fieldManager: one}
        headers: {Accept: application/json}                  # null leaves a header out
        token: ${token}                                      # in place of the administrator's; "" sends none
        token: {role: "${id}", session: ann}                 # EKS: a token of EKS, see below; what says the same in a case is the same token
        body: {data: {a: null}}
        status: 409                                          # the code expected of the real server; 2xx where it is left out
        pick: [/definitions/io.k8s.api.core.v1.Pod/required] # JSON pointers into a large document, of which only these are compared
        until: {/status/conditions/0/status: "True"}         # ask again, at most 60 s, until the answer holds these values
        ignore: {/body/metadata/x: reason}                   # not compared, and why: the case counts as excused; it must differ, or the excuse is stale
      - aws: eks.create_access_entry                         # EKS: a call to the simulator, with `body` as its parameters; its answer is not compared
        region: eu-west-1                                    # in place of the cluster's
        body: {principalArn: "arn:aws:iam::${account}:role/${id}"}

A step's answer is its status, the headers that `normal.HEADERS` names, and its body: JSON (a watch's events as a list), else text. Both backends' answers
to all steps are compared whole, after `normal.py` has replaced what must differ. A namespace ${ns} is made for the case when it is used, with its
ServiceAccount `default`. ${id} is for names outside namespaces: `c` and some letters, good in a group name too (`${id}.example.com`).

EKS: cases also have ${account}, ${cluster}, ${policies} (ARN of access policies, before the name) and ${simulator} (host and port). A token is of `role`,
assumed as `session`, of `user`, or of whoever made the cluster. All else is as `aws eks get-token` makes it unless said: `cluster` ("" leaves its
header out), `age` (seconds since it was signed, negative for the future), `expires`, `region`, `scheme`, `host`, `path`, `query` (parameters; null takes one
away), each signed; `edit: {old: new}` changes the URL after that. `made: collection` is the collection's own token, with `host` as its endpoint.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import yaml

CASES = Path(__file__).parent / "cases"
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
AWS = "AWS"
TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
_TEXT = {"type": "string", "minLength": 1}
_POINTERS = {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^/"}}
_TOKEN = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("role", "user", "session", "region", "scheme", "host", "path"), _TEXT),
        "age": {"type": "integer"},
        "expires": {"type": "integer"},
        "cluster": {"type": "string"},
        "query": {"type": "object"},
        "edit": {"type": "object", "additionalProperties": {"type": "string"}},
        "made": {"const": "collection"},
    },
}
_STEP = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": [method]} for method in (*METHODS, "aws")],
    "properties": {
        "aws": {"type": "string", "pattern": r"^(eks|iam|sts)\.[a-z_]+$"},
        "region": _TEXT,
        **{method: {"type": "string", "pattern": r"^(/|\$\{)"} for method in METHODS},
        "type": _TEXT,
        "query": {"type": "object", "additionalProperties": {"type": ["string", "integer", "array"]}},
        "headers": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "token": {"oneOf": [{"type": "string"}, _TOKEN]},
        "body": {},
        "raw": {"type": "string"},
        "status": {"type": "integer"},
        "save": {**_POINTERS, "propertyNames": {"pattern": r"^\w+$"}, "additionalProperties": _TEXT},
        "pick": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^/"}},
        "until": _POINTERS,
        "ignore": {**_POINTERS, "additionalProperties": {"type": "string", "minLength": 15}},
    },
}
_STEPS = {"type": "array", "items": _STEP, "minItems": 1}
_CASE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "steps"],
    "properties": {"name": _TEXT, "alone": {"type": "boolean"}, "setup": _STEPS, "steps": _STEPS},
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["about", "cases"],
    "properties": {"about": _TEXT, "eks": {"type": "boolean"}, "define": {"type": "object"}, "cases": {"type": "array", "items": _CASE, "minItems": 1}},
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One request as the file says it, with method AWS one to the simulator; `setup` tells that its answer is not compared."""

    method: str
    path: str
    setup: bool = False
    type: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    token: str | Mapping[str, Any] | None = None
    region: str = ""
    body: Any = None
    raw: str | None = None
    status: int = 0
    save: Mapping[str, str] = field(default_factory=dict)
    pick: Sequence[str] = ()
    until: Mapping[str, Any] = field(default_factory=dict)
    ignore: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        if self.type:
            return TYPES.get(self.type, self.type)
        return "application/json" if self.body is not None or self.raw is not None else ""

    def fits(self, status: int) -> bool:
        return status == self.status if self.status else 200 <= status < 300


@dataclass(frozen=True)
class Case:
    """`values` are the file's definitions; `key` is short and the same in every run."""

    topic: str
    name: str
    steps: tuple[Step, ...]
    values: Values
    alone: bool = False
    eks: bool = False

    @property
    def id(self) -> str:
        return f"{self.topic}: {self.name}"

    @property
    def key(self) -> str:
        number = int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:6])
        return "".join("bcdfghjklmnpqrst"[number >> shift & 15] for shift in range(0, 32, 4))


def load(directory: Path = CASES) -> list[Case]:
    """Return the cases of all files. Raises jsonschema's ValidationError for a file that is not as it should be."""
    cases = [case for file in sorted(directory.glob("*.yaml")) for case in _topic(file)]
    names = [case.id for case in cases]
    assert len(set(names)) == len(names), sorted({name for name in names if names.count(name) > 1})
    return cases


def _topic(file: Path) -> list[Case]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    jsonschema.validate(content, SCHEMA)
    values, on_eks = content.get("define", {}), content.get("eks", False)
    return [
        Case(file.stem, each["name"], (*_steps(each.get("setup", ()), True), *_steps(each["steps"], False)), values, each.get("alone", False), on_eks)
        for each in content["cases"]
    ]


def _steps(given: Any, setup: bool) -> tuple[Step, ...]:
    return tuple(_step(each, setup) for each in given)


def _step(given: Mapping[str, Any], setup: bool) -> Step:
    method = next(each for each in (*METHODS, "aws") if each in given)
    return Step(method.upper(), given[method], setup or method == "aws", **{key: value for key, value in given.items() if key != method})


def fill(value: Any, values: Values) -> Any:
    """Return a value with its ${name}s replaced, in what replaces them too; a string that is one ${name} becomes what that stands for."""
    if isinstance(value, dict) and value.keys() == {"$repeat", "times"}:
        return fill(value["$repeat"], values) * value["times"]
    if isinstance(value, dict):
        return {fill(key, values): fill(child, values) for key, child in value.items()}
    if isinstance(value, list):
        return [fill(child, values) for child in value]
    if not isinstance(value, str):
        return value
    whole = _VARIABLE.fullmatch(value)
    if whole:
        return fill(values[whole[1]], values)
    return _VARIABLE.sub(lambda found: str(fill(values[found[1]], values)), value)


def uses(case: Case, name: str) -> bool:
    """Tell whether a case speaks of a variable, be it through a definition."""
    return f"${{{name}}}" in repr((case.steps, case.values))

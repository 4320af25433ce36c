"""What two servers cannot say alike, each with its reason, and the comparison of everything else.

Identifiers are not blotted out but named in order of appearance: the same uid is the same word in every answer of a case, so that a wrong one shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.testing import ACCOUNT, OTHER_ACCOUNT
from tests.conformance.kubernetes.backends import Answer, at

# Headers that are compared. The others are of the transport (Date, Content-Length, Connection), of a server's own books (Audit-Id,
# X-Kubernetes-Pf-*), or the same constant in every answer (Cache-Control).
HEADERS = ("content-type", "warning", "retry-after", "location", "allow", "www-authenticate")
_NEAR_SECONDS = 3600
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_ACCOUNT = re.compile(f"{ACCOUNT}|{OTHER_ACCOUNT}")
_UNIQUE_ID = re.compile(r"\b(AROA|AIDA|ASIA|AKIA)[A-Z0-9]{12,}\b")
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
Path = tuple[str | int, ...]


@dataclass
class Names:
    """Words for what is made by chance, numbered as they are met: one for each case and backend."""

    known: dict[str, dict[str, str]] = field(default_factory=dict)

    def word(self, what: str, value: str) -> str:
        words = self.known.setdefault(what, {})
        return words.setdefault(value, f"<{what} {len(words) + 1}>")


def _uid(names: Names, path: Path, value: Any) -> Any:
    return _UID.sub(lambda found: names.word("uid", found[0]), value) if isinstance(value, str) else value


def _version(names: Names, path: Path, value: Any) -> Any:
    if path[-2:] != ("metadata", "resourceVersion") or not value:
        return value
    return "<version of the list>" if len(path) == 2 and "<list>" in names.known else names.word("version", value)


def _bookmark(names: Names, path: Path, value: Any) -> Any:
    if not isinstance(value, dict) or value.get("type") != "BOOKMARK":
        return value
    return json.loads(re.sub(r'"resourceVersion": "[^"]*"', '"resourceVersion": "<version of the bookmark>"', json.dumps(value)))


def _bookmarks_by_time(names: Names, path: Path, value: Any) -> Any:
    if path or not isinstance(value, list):
        return value
    marks = [isinstance(event, dict) and event.get("type") == "BOOKMARK" for event in value]
    return [event for index, event in enumerate(value) if not (index and marks[index] and marks[index - 1])]


def _version_in_words(names: Names, path: Path, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = re.sub(r'(resourceVersion\\*":\\*")\d+', r"\1<version>", value)
    value = re.sub(r"(ResourceVersion in object meta: |, current: |ResourceVersion in record \()\d+", r"\1<version>", value)
    return re.sub(r"(too old resource version: \d+ )\(\d+\)", r"\1(<version>)", value)


def _prefix_in_etcd(names: Names, path: Path, value: Any) -> Any:
    return re.sub(r"(StorageError: .*Key: )/\w+/", r"\1/<prefix>/", value) if isinstance(value, str) else value


def _time(names: Names, path: Path, value: Any) -> Any:
    return _TIME.sub(_moment, value) if isinstance(value, str) else value


def _moment(found: re.Match[str]) -> str:
    near = abs((datetime.fromisoformat(found[0]) - datetime.now(UTC)).total_seconds()) < _NEAR_SECONDS
    return ("<time with microseconds>" if found[1] else "<time>") if near else found[0]


def _quoted_json(names: Names, path: Path, value: Any) -> Any:
    return re.sub(r'Invalid value: ("(?:[^"\\]|\\.)*")', _sorted_quotation, value) if isinstance(value, str) else value


def _sorted_quotation(found: re.Match[str]) -> str:
    text = json.loads(found[1])
    if not text.startswith("{"):
        return found[0]
    return "Invalid value: " + json.dumps(json.dumps(json.loads(text), sort_keys=True))


def _managers(names: Names, path: Path, value: Any) -> Any:
    return sorted(value, key=lambda each: json.dumps(each, sort_keys=True)) if path[-1:] == ("managedFields",) and isinstance(value, list) else value


def _conflicts(names: Names, path: Path, value: Any) -> Any:
    if path[-1:] == ("causes",) and isinstance(value, list) and all(each.get("reason") == "FieldManagerConflict" for each in value):
        return sorted(value, key=lambda each: (each["message"], each["field"]))
    return value


def _address(names: Names, path: Path, value: Any) -> Any:
    if path[-1:] == ("clusterIP",) or path[-2:-1] in (("clusterIPs",), ("cells",)):
        return names.word("address", value) if re.fullmatch(r"10\.[\d.]+|172\.[\d.]+", str(value)) else value
    return value


def _node_port(names: Names, path: Path, value: Any) -> Any:
    if path[-2:-1] == ("cells",) and isinstance(value, str):
        return re.sub(r":3[0-2]\d{3}/", ":<port>/", value)
    return names.word("port", str(value)) if path[-1:] in (("nodePort",), ("healthCheckNodePort",)) and value else value


def _server_address(names: Names, path: Path, value: Any) -> Any:
    return "<address of the server>" if path[-1:] == ("serverAddress",) else value


def _age(names: Names, path: Path, value: Any) -> Any:
    return "<age>" if "cells" in path and isinstance(value, str) and re.fullmatch(r"\d{1,2}s", value) else value


def _column_prose(names: Names, path: Path, value: Any) -> Any:
    return "<prose>" if "columnDefinitions" in path[:3] and path[-1:] == ("description",) else value


def _causes(names: Names, path: Path, value: Any) -> Any:
    """Sort the causes of a 422 about a custom resource, and say its message by them."""
    if (
        path
        or not isinstance(value, dict)
        or value.get("reason") != "Invalid"
        or not str((value.get("details") or {}).get("group", "")).endswith(".example.com")
    ):
        return value
    causes = sorted(value["details"].get("causes") or (), key=lambda each: json.dumps(each, sort_keys=True))
    head = value["message"].partition(" is invalid: ")[0]
    texts = [f"{each['field']}: {each['message']}" for each in causes]
    shown = sorted(value["message"].partition(" is invalid: ")[2]) == sorted(texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]")
    message = f"{head} is invalid: {', '.join(texts)}" if shown else value["message"]
    return {**value, "message": message, "details": {**value["details"], "causes": causes}}


def _token(names: Names, path: Path, value: Any) -> Any:
    return names.word("token", value) if path[-2:] in (("status", "token"), ("spec", "token")) else value


def _rules(names: Names, path: Path, value: Any) -> Any:
    if path[-1:] in (("resourceRules",), ("nonResourceRules",)) and isinstance(value, list):
        return sorted(value, key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _account(names: Names, path: Path, value: Any) -> Any:
    return _ACCOUNT.sub(lambda found: names.word("account", found[0]), value) if isinstance(value, str) else value


def _unique_id(names: Names, path: Path, value: Any) -> Any:
    return _UNIQUE_ID.sub(lambda found: names.word(found[1], found[0]), value) if isinstance(value, str) else value


def _continue(names: Names, path: Path, value: Any) -> Any:
    return names.word("continue", value) if path[-2:] == ("metadata", "continue") and value else value


# (why the two may differ in it, what replaces it); each sees every value with the path to it.
NORMALISERS: tuple[tuple[str, Callable[[Names, Path, Any], Any]], ...] = (
    ("uids are random; each gets a number, in messages and in the keys of managed fields too", _uid),
    ("resource versions count all writes of a server; each object's gets a number, a list's is that of the whole store", _version),
    ("up to which version of all writes a bookmark speaks depends on when one asks", _bookmark),
    ("whether a second bookmark follows a first one before a watch of seconds ends is a matter of the server's clock", _bookmarks_by_time),
    ("the same of versions, in the texts of errors", _version_in_words),
    ("below which prefix etcd has its objects is a server's own setting", _prefix_in_etcd),
    ("times near now are when the case ran; others, which the case itself said, are compared", _time),
    ("an object quoted in an error has its members in the order of Go's structs", _quoted_json),
    ("managers are in order of time, and whether two writes fall in one second is chance; they are compared in an order of their own", _managers),
    ("causes of a conflict come in the order of a Go map of managers; the message sorts them", _conflicts),
    ("a Service's address is chosen from the cluster's range", _address),
    ("a Service's node port is chosen from the cluster's range", _node_port),
    ("each server names its own address", _server_address),
    ("a custom resource's fields are checked in the order of a Go map, which is chance", _causes),
    ("how long ago something was depends on when one asks", _age),
    ("what a table's column is about is the documentation's prose, of which the embedded API says only little; no client reads it", _column_prose),
    ("a token is signed with the server's own key", _token),
    ("rules come in the order of a Go map of bindings, which is chance", _rules),
    ("each API is the cluster of an account of its own, so that cases can make the same roles on both", _account),
    ("IAM chooses the unique ids of roles, users and keys", _unique_id),
    ("a continue token is opaque", _continue),
)


def plain(answers: Sequence[Answer]) -> list[Any]:
    """Return the answers of a case as they are compared."""
    names = Names()
    return [_plain(names, answer) for answer in answers]


def _plain(names: Names, answer: Answer) -> Any:
    names.known.pop("<list>", None)
    if isinstance(answer.body, dict) and ("items" in answer.body or "rows" in answer.body):
        names.known["<list>"] = {}
    body = _generated(names, _walk(names, (), answer.body))
    headers = {key: answer.headers[key] for key in HEADERS if key in answer.headers}
    return {"status": answer.status, "headers": headers, "body": body}


def _walk(names: Names, path: Path, value: Any) -> Any:
    if isinstance(value, dict):
        value = {_uid(names, path, key): _walk(names, (*path, key), value[key]) for key in sorted(value)}
    elif isinstance(value, list):
        value = [_walk(names, (*path, index), child) for index, child in enumerate(value)]
    for _, replace in NORMALISERS:
        value = replace(names, path, value)
    return value


def _generated(names: Names, body: Any) -> Any:
    """Replace a name that the server made of generateName, wherever it is said: its end is random."""
    prefix, name = at(body, "/metadata/generateName"), at(body, "/metadata/name")
    if isinstance(prefix, str) and isinstance(name, str) and re.fullmatch(re.escape(prefix[:58]) + "[bcdfghjklmnpqrstvwxz2456789]{5}", name):
        names.word("name", name)
    text = json.dumps(body)
    for known, word in names.known.get("name", {}).items():
        text = text.replace(known, word)
    return json.loads(text)


def differences(embedded: Any, real: Any, ignored: Mapping[str, str] = {}, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield (pointer, text) for whatever is not the same in both. Pointers below an ignored one yield that one, so that a stale excuse shows."""
    if embedded == real and type(embedded) is type(real):
        return
    if at in ignored:
        yield at, ""
    elif isinstance(embedded, dict) and isinstance(real, dict):
        for key in sorted(embedded.keys() | real.keys()):
            yield from differences(embedded.get(key, _MISSING), real.get(key, _MISSING), ignored, f"{at}/{_escaped(key)}")
    elif isinstance(embedded, list) and isinstance(real, list) and len(embedded) == len(real):
        for index, pair in enumerate(zip(embedded, real, strict=True)):
            yield from differences(*pair, ignored, f"{at}/{index}")
    else:
        yield at, f"{at}: embedded {_shown(embedded)}, real {_shown(real)}"


_MISSING = object()


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _shown(value: Any) -> str:
    return "nothing" if value is _MISSING else json.dumps(value, ensure_ascii=False)

"""JSON patch, merge patch and strategic merge patch. Inputs are never changed; results may share parts with them."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.kubernetes.errors import ApiError, bad_request
from sandbox.kubernetes.types import Schema, Types

Object = dict[str, Any]
_DELETE_FROM_LIST = "$deleteFromPrimitiveList/"
_ELEMENT_ORDER = "$setElementOrder/"


def json_patch(document: Object, operations: Any) -> Object:
    """Apply RFC 6902. Raises the API's 400 for a patch that is none, 422 for one that does not fit the document; that keeps the reason to itself."""
    if not isinstance(operations, list):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {go_type(operations)} into Go value of type []handlers.jsonPatchOp")
    result = copy.deepcopy(document)
    try:
        for operation in operations:
            _OPERATIONS[operation["op"]](result, operation)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {}) from error
    return result


def _place(document: Any, pointer: str) -> tuple[Any, Any]:
    """Return the map or list that a pointer leads into, and the key or index in it."""
    *words, last = [word.replace("~1", "/").replace("~0", "~") for word in pointer.split("/")[1:]]
    for word in words:
        document = document[int(word)] if isinstance(document, list) else document[word]
    if not isinstance(document, (dict, list)):
        raise TypeError(pointer)
    return document, last if isinstance(document, dict) or last == "-" else int(last)


def _add(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["path"])
    if isinstance(into, dict):
        into[key] = operation["value"]
        return
    at = len(into) if key == "-" else key
    if at > len(into):
        raise IndexError(operation["path"])
    into.insert(at, operation["value"])


def _remove(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["path"])
    del into[key]


def _replace(document: Object, operation: Object) -> None:
    """Set a value. A key that is not there is added: the server's library does not look."""
    into, key = _place(document, operation["path"])
    into[key] = operation["value"]


def _move(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["from"])
    value = into.pop(key)
    _add(document, {"path": operation["path"], "value": value})


def _copy(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["from"])
    _add(document, {"path": operation["path"], "value": copy.deepcopy(into[key])})


def _test(document: Object, operation: Object) -> None:
    """Compare; what is not there equals null."""
    into, key = _place(document, operation["path"])
    present = into.get(key) if isinstance(into, dict) else into[key]
    if present != operation.get("value"):
        raise ValueError(operation["path"])


_OPERATIONS = {"add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test}
_GO_TYPES = {bool: "bool", str: "string", int: "number", float: "number", list: "array", dict: "object"}


def go_type(value: Any) -> str:
    """Return what Go's decoder calls a JSON value."""
    return _GO_TYPES.get(type(value), "null")


def merge_patch(document: Any, change: Any) -> Any:
    """Apply RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(change, dict):
        return change
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def strategic(types: Types, schema: Schema | None, document: Any, change: Any) -> Any:
    """Apply a strategic merge patch: lists merge by the schema's merge key, `$patch` and its kin are obeyed."""
    if not isinstance(change, dict):
        return change
    directive = change.get("$patch")
    if directive == "replace":
        return {key: value for key, value in change.items() if key != "$patch"}
    result = dict(document) if isinstance(document, dict) else {}
    if "$retainKeys" in change:
        result = {key: value for key, value in result.items() if key in change["$retainKeys"]}
    for key, value in change.items():
        _strategic_key(types, schema, result, key, value)
    for key, order in change.items():
        if key.startswith(_ELEMENT_ORDER):
            _reorder(types, schema, result, key.removeprefix(_ELEMENT_ORDER), order)
    return result


def _strategic_key(types: Types, schema: Schema | None, result: Object, key: str, value: Any) -> None:
    if key.startswith(_DELETE_FROM_LIST):
        field = key.removeprefix(_DELETE_FROM_LIST)
        result[field] = [item for item in result.get(field) or [] if item not in value]
    elif key.startswith("$"):
        return
    elif value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
        result.pop(key, None)
    else:
        child = types.child(schema, key)
        if isinstance(value, list):
            result[key] = _strategic_list(types, child, result.get(key), value)
        elif isinstance(value, dict) and not _replaces(child):
            result[key] = strategic(types, child, result.get(key), value)
        else:
            result[key] = value


def _replaces(schema: Schema | None) -> bool:
    return bool(schema) and "replace" in (schema or {}).get("x-kubernetes-patch-strategy", "")


def _strategic_list(types: Types, schema: Schema | None, current: Any, change: list[Any]) -> list[Any]:
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in change):
        return [item for item in change if not (isinstance(item, dict) and "$patch" in item)]
    if schema is None or "merge" not in schema.get("x-kubernetes-patch-strategy", ""):
        return change
    key = schema.get("x-kubernetes-patch-merge-key")
    items = types.items(schema)
    present = list(current or [])
    if not key:
        return present + [item for item in change if item not in present]
    for item in change:
        _merge_item(types, items, present, key, item)
    return present


def _merge_item(types: Types, items: Schema | None, present: list[Any], key: str, item: Any) -> None:
    if not isinstance(item, dict) or key not in item:
        raise ApiError(500, "InternalError", f"map: {item!r} does not contain declared merge key: {key}", {})
    at = next((index for index, other in enumerate(present) if other.get(key) == item[key]), None)
    if item.get("$patch") == "delete":
        present[:] = [other for other in present if other.get(key) != item[key]]
    elif at is None:
        present.append(strategic(types, items, {}, item))
    else:
        present[at] = strategic(types, items, present[at], item)


def _reorder(types: Types, schema: Schema | None, result: Object, field: str, order: Any) -> None:
    if not isinstance(result.get(field), list) or not isinstance(order, list):
        return
    child = types.child(schema, field) or {}
    key = child.get("x-kubernetes-patch-merge-key")

    def identity(item: Any) -> str:
        return repr(item.get(key) if key and isinstance(item, dict) else item)

    wanted = {identity(item): index for index, item in enumerate(order)}
    present = result[field]
    known = iter(sorted((item for item in present if identity(item) in wanted), key=lambda item: wanted[identity(item)]))
    result[field] = [next(known) if identity(item) in wanted else item for item in present]

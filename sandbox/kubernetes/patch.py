"""JSON patch and merge patch; strategic.py has the third. Inputs are never changed; results may share parts with them."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.errors import ApiError, bad_request

Object = dict[str, Any]
_MOST_OPERATIONS = 10000


def json_patch(document: Object, operations: Any) -> Object:
    """Apply RFC 6902. Raises the API's 400 for a patch that is none, 422 for one that does not fit the document; that keeps the reason to itself."""
    operations = _operations(operations)
    result = copied(document)
    try:
        for operation in operations:
            if operation["op"] == "replace" and operation["path"] == "":
                result = _whole(operation)
            else:
                _OPERATIONS[operation["op"]](result, operation)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {}) from error
    return result


def copied(value: Any) -> Any:
    """Return a value that shares no part with the given one, nor two of its own parts with each other."""
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def _operations(patch: Any) -> list[Object]:
    """Return the operations of a patch; null has none."""
    if patch is None:
        return []
    if not isinstance(patch, list):
        raise _undecodable(patch, "value", "[]handlers.jsonPatchOp")
    for operation in patch:
        if operation is not None and not isinstance(operation, dict):
            raise _undecodable(operation, "value", "handlers.jsonPatchOp")
        for key in ("op", "path", "from"):
            if isinstance(operation, dict) and not isinstance(operation.get(key) or "", str):
                raise _undecodable(operation[key], f"struct field jsonPatchOp.{key}", "string")
    if len(patch) > _MOST_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, got {len(patch)}"
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: {message}")
    return patch


def _undecodable(value: Any, where: str, kind: str) -> ApiError:
    return bad_request(f"error decoding patch: json: cannot unmarshal {go_type(value)} into Go {where} of type {kind}")


def _whole(operation: Object) -> Object:
    """Return what takes the place of the whole document."""
    value = copied(operation["value"])
    if not isinstance(value, dict):
        raise TypeError(operation["path"])
    return value


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
        into[key] = operation.get("value")
        return
    at = len(into) if key == "-" else key + len(into) + 1 if key < 0 else key
    if not 0 <= at <= len(into):
        raise IndexError(operation["path"])
    into.insert(at, operation.get("value"))


def _remove(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["path"])
    del into[key]


def _replace(document: Object, operation: Object) -> None:
    """Set a value. A key that is not there is added: the server's library does not look."""
    into, key = _place(document, operation["path"])
    into[key] = operation.get("value")


def _move(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["from"])
    value = into.pop(key)
    _add(document, {"path": operation["path"], "value": value})


def _copy(document: Object, operation: Object) -> None:
    into, key = _place(document, operation["from"])
    value = into.get(key) if isinstance(into, dict) else into[key]
    _add(document, {"path": operation["path"], "value": copied(value)})


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
        return _without_nulls(change)
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def _without_nulls(value: Any) -> Any:
    """Return a list without nulls in the maps in it: the server's library leaves them out there too, and keeps those that are items."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return {key: _without_nulls(child) for key, child in value.items() if child is not None} if isinstance(value, dict) else value

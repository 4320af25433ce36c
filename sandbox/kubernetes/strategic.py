"""Strategic merge patches: lists merge by the schema's merge keys, and directives in the patch say what merging alone cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from sandbox.kubernetes import go_json
from sandbox.kubernetes.errors import ApiError, bad_request
from sandbox.kubernetes.patch import copied
from sandbox.kubernetes.types import Schema, Types

Object = dict[str, Any]
_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def merge(types: Types, schema: Schema | None, document: Object, change: Object) -> Object:
    """Return the patched document; the inputs stay as they are. Raises the 400 or 500 of a patch that contradicts itself or its schema."""
    return _map(types, schema, copied(document), copied(change))


def _fail(message: str) -> NoReturn:
    """Raise what the server makes of an error that it has no code for."""
    raise ApiError(500, "", message)


def _no_merge_key(item: Object, key: str) -> NoReturn:
    _fail(f"map: {go_json.text(item)} does not contain declared merge key: {key}")


def _map(types: Types, schema: Schema | None, original: Object, patch: Object) -> Object:
    if _DIRECTIVE in patch:
        return _directed(patch)
    _retain(original, patch)
    for name in [each for each in patch if each.startswith(_ORDER)]:
        _ordered(types, schema, original, patch, name)
    for key, value in patch.items():
        _entry(types, schema, original, key, value)
    return original


def _directed(patch: Object) -> Object:
    if patch[_DIRECTIVE] == "replace":
        return {key: value for key, value in patch.items() if key != _DIRECTIVE}
    if patch[_DIRECTIVE] == "delete":
        return {}
    _fail(f"unknown patch type: {go_json.text(patch[_DIRECTIVE])} in map: {go_json.text(patch)}")


def _retain(original: Object, patch: Object) -> None:
    """Drop what the patch does not list as retained, when it has such a list."""
    if _RETAIN not in patch:
        return
    retained = patch.pop(_RETAIN)
    said = [key for key, value in patch.items() if value is not None and not key.startswith((_DELETE_FROM, _ORDER))]
    if not isinstance(retained, list) or any(key not in retained for key in said):
        raise bad_request("invalid patch format of retainKeys")
    for key in [key for key in original if key not in retained]:
        del original[key]


def _entry(types: Types, schema: Schema | None, original: Object, key: str, value: Any) -> None:
    deletes = key.startswith(_DELETE_FROM)
    key = key.removeprefix(_DELETE_FROM)
    present = original.get(key)
    if value is None:
        original.pop(key, None)
    elif type(present) is type(value) and isinstance(value, dict):
        child = types.child(schema, key)
        original[key] = value if _strategy(child) == "replace" else _map(types, child, present or {}, value)
    elif type(present) is type(value) and isinstance(value, list):
        original[key] = _list(types, types.child(schema, key), present or [], value, deletes)
    elif not deletes:
        _put(original, key, value)


def _put(original: Object, key: str, value: Any) -> None:
    """Set what was not there or was of another type; a directive has nothing to work on there."""
    if _is_directive(value):
        original.pop(key, None)
    else:
        original[key] = _plain(value)


def _plain(value: Any) -> Any:
    """Return a new value without nulls and directives, and without what carries a directive."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items() if child is not None and not _is_directive(child)}
    return [_plain(item) for item in value if not _is_directive(item)] if isinstance(value, list) else value


def _is_directive(value: Any) -> bool:
    return isinstance(value, dict) and _DIRECTIVE in value


def _strategy(schema: Schema | None) -> str:
    """Return how a field is patched, besides the retaining of keys: `merge`, `replace` or nothing."""
    words = (schema or {}).get("x-kubernetes-patch-strategy", "").split(",")
    return next((word for word in words if word != "retainKeys"), "")


def _merge_key(schema: Schema | None) -> str:
    key: str = (schema or {}).get("x-kubernetes-patch-merge-key", "")
    return key


def _list(types: Types, schema: Schema | None, original: list[Any], patch: list[Any], deletes: bool = False) -> list[Any]:
    if _strategy(schema) != "merge" and not deletes:
        return patch
    if not original and not patch:
        return original
    kind, key = _element_type(original, patch), _merge_key(schema)
    if kind is not dict:
        return [item for item in original if item not in patch] if deletes else _in_order(list(dict.fromkeys([*original, *patch])), patch, original, "")
    if not key:
        _fail("cannot merge lists without merge key for")
    kept, changes = _specials(original, patch, key)
    merged = _items(types, types.items(schema), list(kept), changes, key)
    return _in_order(merged, changes, kept, key)


def _element_type(*lists: list[Any]) -> type:
    """Return the type of all elements. Raises the 500 of lists that mix types or are of lists."""
    kinds = list(dict.fromkeys(type(item) for each in lists for item in each))
    if not kinds:
        _fail("no elements in any of the given slices")
    if kinds[0] is list:
        raise ApiError(422, "", "lists of lists are not supported")
    if len(kinds) > 1:
        _fail(f"list element types are not identical: {go_json.text(list(lists))}")
    return kinds[0]


def _specials(original: list[Object], patch: list[Object], key: str) -> tuple[list[Object], list[Object]]:
    """Obey the items that are directives; returns (what stays of the original, the items to merge into that)."""
    changes, replaces = [], False
    for item in patch:
        directive = item.get(_DIRECTIVE)
        if _DIRECTIVE not in item:
            changes.append(item)
        elif directive == "delete":
            if key not in item:
                _no_merge_key(item, key)
            original = [other for other in original if other.get(key) != item[key]]
        elif directive == "replace":
            replaces = True
        elif directive == "merge":
            _fail("merging lists cannot yet be specified in the patch")
        else:
            _fail(f"unknown patch type: {go_json.text(directive)} in map: {go_json.text(item)}")
    return (changes, []) if replaces else (original, changes)


def _items(types: Types, schema: Schema | None, merged: list[Object], changes: list[Object], key: str) -> list[Object]:
    for item in changes:
        if key not in item:
            _no_merge_key(item, key)
        at = next((index for index, other in enumerate(merged) if other.get(key) == item[key]), None)
        if at is None:
            merged.append(item)
        else:
            merged[at] = _map(types, schema, merged[at], item)
    return merged


def _ordered(types: Types, schema: Schema | None, original: Object, patch: Object, name: str) -> None:
    """Merge the list that an order is said for, and put it in that order."""
    order, field = patch.pop(name), name.removeprefix(_ORDER)
    child = types.child(schema, field)
    key, before, change = _merge_key(child), original.get(field), patch.get(field)
    for value in (order, *(each for each in (before, change) if each is not None)):
        if not isinstance(value, list):
            _fail(f"expected a []interface {{}}, but received a {go_json.go_kind(value)}")
    _check_order(change or [], order, key)
    if field not in original and field not in patch:
        return
    if field not in original:
        merged = _plain(change)
    else:
        merged = before if field not in patch else _list(types, child, before or [], change or [])
    _element_type(before or [], change or [])
    original[field] = _in_order(merged, order, before or [], key)
    patch.pop(field, None)


def _check_order(change: list[Any], order: list[Any], key: str) -> None:
    """Raise the 500 of a patch list whose items are not all in the order said, one after the other."""
    if not order or not change:
        return
    wanted = iter([_identity(key, item) for item in order])
    said = [_identity(key, item) for item in change if not _is_directive(item)]
    if not all(any(each == other for other in wanted) for each in said):
        _fail(f"The order in patch list:\n{go_json.text(change)}\n doesn't match $setElementOrder list:\n{go_json.text(order)}\n")


def _identity(key: str, item: Any) -> Any:
    if not key:
        return item
    if not isinstance(item, dict):
        _fail(f"expected a map[string]interface {{}}, but received a {go_json.go_kind(item)}")
    if key not in item:
        _no_merge_key(item, key)
    return item[key]


def _in_order(merged: list[Any], order: list[Any], before: list[Any], key: str) -> list[Any]:
    """Return a merged list: what the order names in that order, the rest as it was before; what was before something stays before it where that fits."""
    wanted, known = _places(order, key), _places(before, key)
    named = sorted((item for item in merged if wanted(item) >= 0), key=wanted)
    rest = sorted((item for item in merged if wanted(item) < 0), key=known)
    result: list[Any] = []
    while named and rest:
        first, second = known(rest[0]), known(named[0])
        result.append(rest.pop(0) if 0 <= first < second else named.pop(0))
    return [*result, *named, *rest]


def _places(items: list[Any], key: str) -> Callable[[Any], int]:
    """Return what tells the first place of an item in a list; -1 for none."""
    identities = [_identity(key, item) for item in items]

    def place(item: Any) -> int:
        identity = _identity(key, item)
        return identities.index(identity) if identity in identities else -1

    return place

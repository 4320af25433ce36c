"""Lists: what their options may say, and pages that show one moment."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kubernetes.errors import ApiError, Cause, bad_request, expired, forbidden_field, not_supported
from sandbox.kubernetes.selectors import Selector
from sandbox.kubernetes.store import Store, Table

Object = dict[str, Any]
Query = Mapping[str, str]
_EXACT, _NOT_OLDER = "Exact", "NotOlderThan"
_MATCH = "resourceVersionMatch"
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter,"
    " or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an"
    " inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
)


_TOO_OLD_EXACTLY = "The resourceVersion for the provided list is too old."
_NOW = -1  # the version in a token that goes on in whatever is there by then


def yes(query: Query, key: str) -> bool:
    """Tell whether an option is on, as the server reads flags: any word but false and 0 will do."""
    return query.get(key, "false").lower() not in ("false", "0")


def check(query: Query, *, watching: bool) -> None:
    """Raise the 422 or 400 for options of a list or watch that contradict each other or are no numbers."""
    for key in ("limit", "timeoutSeconds"):
        number = query.get(key) or "0"
        if not number.removeprefix("-").isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{number}": invalid syntax')
    causes = list(_initial(query) if watching else _match(query))
    if causes:
        shown = causes[0].text() if len(causes) == 1 else "[" + ", ".join(cause.text() for cause in causes) + "]"
        details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause.as_dict() for cause in causes]}
        raise ApiError(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {shown}', details)
    version = query.get("resourceVersion", "")
    if version and not version.isdigit():
        words = f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax'
        raise ApiError(500, "", words) if watching else bad_request(f"invalid resource version: {words}")


def _match(query: Query) -> Iterator[Cause]:
    match, version = query.get(_MATCH, ""), query.get("resourceVersion", "")
    if query.get("sendInitialEvents"):
        yield forbidden_field("sendInitialEvents", "sendInitialEvents is forbidden for list")
    if not match:
        return
    if not version:
        yield forbidden_field(_MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    if query.get("continue"):
        yield forbidden_field(_MATCH, "resourceVersionMatch is forbidden when continue is provided")
    if match not in (_EXACT, _NOT_OLDER):
        yield not_supported(_MATCH, match, (_EXACT, _NOT_OLDER, ""), in_order=True)
    if match == _EXACT and version == "0":
        yield forbidden_field(_MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')


def _initial(query: Query) -> Iterator[Cause]:
    if query.get("sendInitialEvents") and query.get(_MATCH) != _NOT_OLDER:
        yield forbidden_field(_MATCH, f"sendInitialEvents requires setting resourceVersionMatch to {_NOT_OLDER}")
    elif query.get(_MATCH) and not query.get("sendInitialEvents"):
        yield forbidden_field(_MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    if query.get(_MATCH) not in (None, "", _NOT_OLDER):
        yield not_supported(_MATCH, query[_MATCH], (_NOT_OLDER,))


def page(store: Store, table: Table, namespace: str, query: Query, selector: Selector, rows: list[Object], version: int) -> tuple[list[Object], Object]:
    """Return the rows that a list shows and its metadata. `rows` are those at `version`; a page goes on at the version of the first."""
    start, limit = ("", ""), max(0, int(query.get("limit") or 0))
    if query.get("continue"):
        told, start = _continuation(query["continue"])
        if told != _NOW:
            version, rows = told, _continued(store, table, namespace, told, start)
    elif query.get(_MATCH) == _EXACT:
        version = int(query["resourceVersion"])
        exactly = store.rows_at(table, namespace, version)
        if exactly is None:
            raise expired(_TOO_OLD_EXACTLY)
        rows = exactly
    left = [row for row in rows if _place(row) > start]
    shown, beyond = _first(left, selector, limit)
    metadata: Object = {"resourceVersion": str(version)}
    if beyond:
        metadata["continue"] = _token(version, _place(shown[-1]))
        if not query.get("labelSelector") and not query.get("fieldSelector"):
            metadata["remainingItemCount"] = beyond
    return shown, metadata


def _first(rows: list[Object], selector: Selector, limit: int) -> tuple[list[Object], int]:
    """Return as many chosen rows as the limit lets in, and how many rows, chosen or not, come after the last of them."""
    shown: list[Object] = []
    for index, row in enumerate(rows):
        if selector.matches(row):
            shown.append(row)
            if len(shown) == limit:
                return shown, len(rows) - index - 1
    return shown, 0


def _continued(store: Store, table: Table, namespace: str, version: int, start: tuple[str, str]) -> list[Object]:
    """Return the rows of the first page's version; where they are forgotten, the error has a token that goes on with those of now."""
    rows = store.rows_at(table, namespace, version)
    if rows is None:
        error = expired(_TOO_OLD)
        error.metadata = {"continue": _token(_NOW, start)}
        raise error
    return rows


def _place(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _token(version: int, start: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps({"v": version, "start": list(start)}).encode()).decode()


def _continuation(token: str) -> tuple[int, tuple[str, str]]:
    try:
        decoded = base64.urlsafe_b64decode(token)
    except (ValueError, binascii.Error) as error:
        raise _no_token("illegal base64 data at input byte 0") from error
    try:
        content = json.loads(decoded)
        return int(content["v"]), (content["start"][0], content["start"][1])
    except (ValueError, KeyError, TypeError) as error:
        first = json.dumps(chr(decoded[0])).strip('"') if decoded else ""
        raise _no_token(f"invalid character '{first}' looking for beginning of value" if decoded else "unexpected end of JSON input") from error


def _no_token(why: str) -> ApiError:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")

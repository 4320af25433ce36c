"""Errors as the Kubernetes API words them: every one becomes a `v1.Status` body."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.kubernetes.kinds import Kind


@dataclass(frozen=True)
class Cause:
    """One field's fault, as a StatusCause: `reason` is a machine word such as FieldValueRequired."""

    reason: str
    field: str
    message: str

    def text(self) -> str:
        return f"{self.field}: {self.message}"

    def as_dict(self) -> dict[str, str]:
        return {"reason": self.reason, "message": self.message, "field": self.field}


class ApiError(Exception):
    """An answer other than success: HTTP code, reason, message and details of a Status."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers: dict[str, str] = {}
        self.metadata: dict[str, Any] = {}

    def status(self) -> dict[str, Any]:
        body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure", "message": self.message}
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        return body | {"code": self.code}


class PageNotFound(Exception):
    """A path that no handler serves; the real server answers in plain text."""


def _details(kind: Kind, name: str) -> dict[str, Any]:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in details.items() if value}


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{kind.resource} "{name}" not found', _details(kind, name))


def already_exists(kind: Kind, name: str, *, prefixed: bool = False, ending: bool = False) -> ApiError:
    """Return the 409 of a name that is taken: one with a prefix could have been made anew, what has it may be ending."""
    anew = ", the server was not able to generate a unique name for the object" if prefixed else ""
    message = ("object is being deleted: " if ending else "") + f'{kind.resource} "{name}" already exists{anew}'
    return ApiError(409, "AlreadyExists", message, _details(kind, name) | ({"retryAfterSeconds": 1} if prefixed else {}))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(kind: Kind, name: str, why: str = MODIFIED, *, named: str = "") -> ApiError:
    """Return the 409 of a write that would be lost or that was meant for something else; `named` stands for the plural where the server says another word."""
    kind = replace(kind, plural=named) if named else kind
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}', _details(kind, name))


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> ApiError:
    """Return the 422 that lists every cause; one stands alone, several are put in brackets. A cause said twice is said once in the text."""
    texts = list(dict.fromkeys(cause.text() for cause in causes))
    shown = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = {"name": name, "group": kind.group, "kind": kind.kind, "causes": [cause.as_dict() for cause in causes]}
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {shown}', {key: value for key, value in details.items() if value})


def forbidden(kind: Kind, name: str, why: str, causes: Sequence[Cause] = ()) -> ApiError:
    quoted = f' "{name}"' if name else ""
    details = _details(kind, name)
    if causes:
        details["causes"] = [cause.as_dict() for cause in causes]
    return ApiError(403, "Forbidden", f"{kind.resource}{quoted} is forbidden: {why}", details)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def too_large(version: int, current: int) -> ApiError:
    """What is said of a version that is not yet there."""
    details = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}], "retryAfterSeconds": 1}
    return ApiError(504, "Timeout", f"Timeout: Too large resource version: {version}, current: {current}", details)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    """What the router of the built-in kinds says to a method that a path does not have."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def verb_not_supported(kind: Kind, verb: str) -> ApiError:
    """What a handler says to a verb that its kind does not have."""
    return ApiError(405, "MethodNotAllowed", f'{verb} is not supported on resources of kind "{kind.resource}"', _details(kind, ""))


def no_such_path() -> ApiError:
    """What the router of the built-in groups says to a path that it does not have."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message)


def nothing_acceptable(available: Sequence[str]) -> ApiError:
    """What the router of the built-in kinds says where none of the forms of an answer is acceptable."""
    return ApiError(406, "NotAcceptable", f"406: Not Acceptable\n\nAvailable representations: {', '.join(available)}", {})


def not_acceptable(accepted: Sequence[str]) -> ApiError:
    return ApiError(406, "NotAcceptable", f"only the following media types are accepted: {', '.join(accepted)}")


def required(field: str, detail: str = "") -> Cause:
    return Cause("FieldValueRequired", field, "Required value" + (f": {detail}" if detail else ""))


def invalid_value(field: str, value: Any, detail: str) -> Cause:
    return Cause("FieldValueInvalid", field, f"Invalid value: {shown(value)}: {detail}")


def not_supported(field: str, value: Any, allowed: Sequence[str], *, in_order: bool = False) -> Cause:
    choices = ", ".join(f'"{choice}"' for choice in (allowed if in_order else sorted(allowed)))
    return Cause("FieldValueNotSupported", field, f"Unsupported value: {shown(value)}: supported values: {choices}")


def forbidden_field(field: str, detail: str) -> Cause:
    return Cause("FieldValueForbidden", field, f"Forbidden: {detail}")


def shown(value: Any) -> str:
    """Return a value as field errors print it: strings quoted, the rest as JSON, its maps sorted."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"))


class Struct(dict[str, Any]):
    """An object whose members errors print in the order that it has."""


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in (value if isinstance(value, Struct) else sorted(value))}
    return [_sorted(item) for item in value] if isinstance(value, list) else value

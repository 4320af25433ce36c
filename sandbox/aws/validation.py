"""A request held to its model, as the service's own front door does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from sandbox.aws.errors import ApiError

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "timestamp": (int, float),
}


def check(shape: Shape | None, params: dict[str, Any], code: str = "InvalidParameterException") -> None:
    """Raise the service's validation error when params do not fit shape."""
    problems = list(_problems(shape, params, "")) if shape is not None else []
    if problems:
        noun = "error" if len(problems) == 1 else "errors"
        raise ApiError(code, f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean")):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be of type {shape.type_name}"
        return
    yield from constraint_problems(shape, value, path)
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, each in value.items():
            yield from _problems(shape.members[name], each, _join(path, name))
    elif shape.type_name == "list":
        for index, each in enumerate(value, 1):
            yield from _problems(shape.member, each, f"{path}.{index}.member")
    elif shape.type_name == "map":
        for key, each in value.items():
            yield from _problems(shape.key, key, f"{path}.key")
            yield from _problems(shape.value, each, f"{path}.{key}")


def constraint_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    metadata = shape.metadata
    fault = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    if metadata.get("enum") and value not in metadata["enum"]:
        yield f"{fault} satisfy enum value set: [{', '.join(metadata['enum'])}]"
    pattern = _compiled(metadata.get("pattern"))
    if pattern is not None and not pattern.fullmatch(value):
        yield f"{fault} satisfy regular expression pattern: {metadata['pattern']}"
    if shape.type_name == "map":  # the service takes empty maps, whatever the model's minimum says
        return
    size, words = (value, "have value") if shape.type_name in ("integer", "long") else (_length(value), "have length")
    if size is not None and size < metadata.get("min", size):
        yield f"{fault} {words} greater than or equal to {metadata['min']}"
    if size is not None and size > metadata.get("max", size):
        yield f"{fault} {words} less than or equal to {metadata['max']}"


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str | list) else None


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    r"""Return the pattern, or None for those with Java's \p{…} classes, which Python does not have."""
    return None if pattern is None or "\\p{" in pattern else re.compile(pattern)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

"""An applied configuration laid over an object: maps and keyed lists merge, sets unite, the rest is replaced."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.fieldsets import MISSING
from sandbox.kubernetes.shapes import Shape


def merge(shape: Shape, live: Any, config: Any) -> Any:
    """Return the live value with the configuration laid over it. What it does not say stays; null takes a value away, but nothing from a map or list."""
    if config is MISSING:
        return live
    if isinstance(config, dict) or (config is None and isinstance(live, dict)):
        return _maps(shape, live, config)
    if isinstance(config, list) or (config is None and isinstance(live, list)):
        return _lists(shape, live, config)
    return config


def _maps(shape: Shape, live: Any, config: Any) -> Any:
    before = live if isinstance(live, dict) else {}
    if shape.atomic_map or not (before or config):
        return config
    result = dict(before)
    for key, value in (config or {}).items():
        result[key] = merge(shape.child(key), before.get(key, MISSING), value)
    return result


def _lists(shape: Shape, live: Any, config: Any) -> Any:
    before = live if isinstance(live, list) else []
    if shape.atomic_list or not (before or config):
        return config
    return _united(shape, before, config or [])


def _united(shape: Shape, live: list[Any], config: list[Any]) -> list[Any]:
    """Unite both lists: the configuration's order holds, and items that only the live list has stay where they are between the items that both have."""
    left, right = [shape.element(item) for item in live], [shape.element(item) for item in config]
    after = dict(zip(right, config, strict=True))
    # Of live items that say the same key none is merged with.
    before = {element: item if left.count(element) == 1 else None for element, item in zip(left, live, strict=True)}
    shared = iter([element for element in right if element in before])
    following, result, done = next(shared, None), list[Any](), set[str]()
    at, to = 0, 0
    while at < len(left) or to < len(right):
        if at < len(left) and to < len(right) and left[at] == right[to]:
            at, following = at + 1, next(shared, None)
        elif at < len(left) and to < len(right) and left[at] in after and following is not None and following != left[at]:
            at += 1
            continue
        elif at < len(left) and left[at] not in after:
            result.append(live[at])
            at += 1
            continue
        else:
            at += at < len(left) and left[at] in done
            if to >= len(right):
                continue
            following = next(shared, None) if following == right[to] else following
        element = right[to]
        done.add(element)
        result.append(merge(shape.items, before.get(element, MISSING), after[element]))
        to += 1
    return result

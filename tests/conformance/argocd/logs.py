"""Classes of complaints in the logs of Argo CD's processes: what is left of a line when the names, numbers and addresses of one run are taken out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

PROCESSES = ("application-controller", "repo-server")
QUIET = ("debug", "info")
# in this order: the most specific first
_VARIABLE = (
    (re.compile(r"[a-z]+://[^\s\"'\\,;)]+"), "URL"),
    (re.compile(r"\b(dev|staging|prod)-[a-z0-9]+\b(-next)?(-argocd-spoke)?"), "CLUSTER"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UID"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "COMMIT"),
    (re.compile(r"\d+(\.\d+)*"), "N"),
)


# Complaints that either backend may give cause for, by the moment at which two processes meet, and why.
BY_CHANCE = {
    re.compile(r'Error updating application: applications\.argoproj\.io "CLUSTER" not found'): "an Application was refreshed while it was being deleted",
    re.compile(r'code = NotFound desc = cluster "URL" not found'): "an Application was looked at after its cluster's Secret was deleted",
    re.compile(r"the object has been modified; please apply your changes to the latest version"): "two writers met, and the later one tries again",
}


def chance(name: str) -> str:
    """Return why a class of complaints may come up on one backend only; empty when it may not."""
    return next((why for pattern, why in BY_CHANCE.items() if pattern.search(name)), "")


def complaints(logs: Mapping[str, str]) -> dict[str, str]:
    """Return {class: a line of it} of all that is worse than information, or is no line of a log at all (a panic)."""
    found: dict[str, str] = {}
    for process in PROCESSES:
        for line in filter(None, logs.get(process, "").splitlines()):
            level, text = read(line)
            if level not in QUIET:
                found.setdefault(f"{process} {level}: {template(text)}", line)
    return found


def read(line: str) -> tuple[str, str]:
    """Return level and message of a line, the error that it carries included."""
    try:
        entry = json.loads(line)
    except ValueError:
        return "raw", line
    return str(entry.get("level", "raw")), " ".join(str(entry[key]) for key in ("msg", "error") if entry.get(key))


def template(text: str) -> str:
    for pattern, name in _VARIABLE:
        text = pattern.sub(name, text)
    return text

"""Names, times and identifiers as the API makes and checks them."""

from __future__ import annotations

import random
import re
import uuid
from datetime import UTC, datetime

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
# What the server makes random names of: no vowels, and nothing that looks like another letter.
SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")

_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
    " (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
    " (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_QUALIFIED_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    " (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_CONFIG_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    " (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def _check(value: str, pattern: re.Pattern[str], limit: int, text: str, unit: str = "characters") -> list[str]:
    too_long = [f"must be no more than {limit} {unit}"] if len(value) > limit else []
    return too_long + ([] if pattern.fullmatch(value) else [text])


def subdomain(value: str) -> list[str]:
    """Return what is wrong with a name as an RFC 1123 subdomain; empty when nothing is."""
    return _check(value, SUBDOMAIN, 253, _SUBDOMAIN_TEXT)


def label(value: str) -> list[str]:
    """Return what is wrong with a name as an RFC 1123 label; of a subdomain only the dots are."""
    wrong = ["must be no more than 63 characters"] if len(value) > 63 else []
    if LABEL.fullmatch(value):
        return wrong
    return [*wrong, "must not contain dots" if SUBDOMAIN.fullmatch(value) else _LABEL_TEXT]


def path_segment(value: str) -> list[str]:
    """Return what is wrong with the name of an RBAC object, which may be nearly anything."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{mark}'" for mark in ("/", "%") if mark in value]


def label_value(value: str) -> list[str]:
    return _check(value, LABEL_VALUE, 63, _LABEL_VALUE_TEXT, "bytes")


def config_key(value: str) -> list[str]:
    return _check(value, CONFIG_KEY, 253, _CONFIG_KEY_TEXT) or _parents(value)


def _parents(value: str) -> list[str]:
    """Return what is wrong with a key that would lead out of the directory that it is mounted in."""
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def prefix(value: str) -> str:
    """Return a prefix of names as it is checked: like a name, but for the dash at its end."""
    return value[:-2] + "a" if len(value) > 1 and value.endswith("-") else value


def port_name(value: str) -> list[str]:
    """Return what is wrong with the name of a port."""
    wrong = ["must be no more than 15 characters"] if len(value) > 15 else []
    wrong += [] if re.fullmatch(r"[-a-z0-9]+", value) else ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]
    wrong += [] if re.search(r"[a-z]", value) else ["must contain at least one letter (a-z)"]
    wrong += ["must not contain consecutive hyphens"] if "--" in value else []
    return wrong + (["must not begin or end with a hyphen"] if value != value.strip("-") else [])


_TWO_SLASHES = (
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or"
    " 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/'"
    " (e.g. 'example.com/MyName')"
)


def qualified(value: str) -> list[str]:
    """Return what is wrong with a label or annotation key."""
    domain, slash, name = value.rpartition("/")
    if "/" in domain:
        return [_TWO_SLASHES]
    wrong = [f"prefix part {text}" for text in _key_prefix(domain)] if slash else []
    if not name:
        wrong.append("name part must be non-empty")
    if len(name) > 63:
        wrong.append("name part must be no more than 63 bytes")
    return wrong + ([] if QUALIFIED.fullmatch(name) else [_QUALIFIED_TEXT])


def _key_prefix(value: str) -> list[str]:
    return _check(value, SUBDOMAIN, 253, _SUBDOMAIN_TEXT, "bytes") if value else ["must be non-empty"]


def new_uid() -> str:
    return str(uuid.uuid4())


def generated(prefix: str) -> str:
    """Return a name made of a prefix and five random characters, the whole at most 63 long."""
    return prefix[:58] + "".join(random.choices(SUFFIX, k=5))


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> float:
    """Return seconds since the epoch for an RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()

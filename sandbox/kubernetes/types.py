"""The shapes of all objects: OpenAPI definitions of the built-in kinds and the schemas of custom resources, walked alike.

The built-in definitions are those that kubernetes-validate publishes, with descriptions, merge keys and list types.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.kubernetes.kinds import Kind

Schema = dict[str, Any]
SCHEMA_VERSION = "v1.36.0"
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_PREFIX = "#/definitions/"
_SOURCE_PREFIX = "#/$defs/"
# Packages that hold a group's types elsewhere than in io.k8s.api.<first word of the group>.
_PACKAGES = {
    "": "io.k8s.api.core",
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}
_FREE_FORM = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": "string", "format": "int-or-string", "x-kubernetes-int-or-string": True},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string", "x-kubernetes-quantity": True},
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {"type": "object", "x-kubernetes-map-type": "atomic", "x-kubernetes-free-form": True},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}


class Types:
    """Definitions by name and the steps between them: `child` of an object, `items` of a list, with references followed."""

    def __init__(self, definitions: dict[str, Schema]) -> None:
        self.definitions = definitions

    def resolve(self, schema: Schema | None) -> Schema | None:
        """Return what a reference means; annotations at the reference win over those at its target."""
        if schema is None or "$ref" not in schema:
            return schema
        target = self.definitions[schema["$ref"].removeprefix(_PREFIX)]
        marks = {key: value for key, value in schema.items() if key.startswith("x-")}
        return {**target, **marks} if marks else target

    def child(self, schema: Schema | None, key: str) -> Schema | None:
        """Return the schema of a field or map value; None when the schema says nothing of it."""
        resolved = self.resolve(schema)
        if resolved is None:
            return None
        properties = resolved.get("properties")
        if properties is not None and key in properties:
            return self.resolve(properties[key])
        extra = resolved.get("additionalProperties")
        return self.resolve(extra) if isinstance(extra, dict) else None

    def items(self, schema: Schema | None) -> Schema | None:
        resolved = self.resolve(schema)
        return self.resolve(resolved.get("items")) if resolved else None

    def of(self, kind: Kind) -> Schema | None:
        """Return the schema of a kind's objects."""
        if kind.custom is not None:
            schema: Schema | None = kind.schema
            return schema
        return self.definitions.get(definition_name(kind.group, kind.version, kind.kind))


def definition_name(group: str, version: str, kind: str) -> str:
    package = _PACKAGES.get(group) or f"io.k8s.api.{group.split('.')[0]}"
    return f"{package}.{version}.{kind}"


@cache
def builtin_types() -> Types:
    """Return the definitions of the built-in kinds; read once in a process."""
    definitions = json.loads((_schema_directory() / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    return Types({name: _FREE_FORM.get(name) or _normal(schema) for name, schema in definitions.items()})


def _schema_directory() -> Path:
    """Return the folder of the schemas, found without importing the package, which would load a validator that nobody needs here."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("kubernetes-validate is not installed: it brings the schemas of the built-in kinds")
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema" / f"{SCHEMA_VERSION}-local"


def _normal(schema: Any) -> Any:
    """Return a schema in OpenAPI's own form: one type, plain references, no enumerations that only repeat the kind."""
    normal: Schema = {key: value for key, value in schema.items() if key not in ("enum", "additionalProperties", "properties", "items", "type", "$ref")}
    if "$ref" in schema:
        normal["$ref"] = _PREFIX + schema["$ref"].split(_SOURCE_PREFIX)[-1]
    if "type" in schema:
        normal["type"] = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if "properties" in schema:
        normal["properties"] = {key: _normal(value) for key, value in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            normal[key] = _normal(schema[key])
    return normal


def is_atomic(schema: Schema | None, value: Any) -> bool:
    """Tell whether a map or list belongs to one owner as a whole."""
    if isinstance(value, list):
        return list_type(schema) == "atomic"
    return bool(schema) and (schema or {}).get("x-kubernetes-map-type") == "atomic"


def list_type(schema: Schema | None) -> str:
    return (schema or {}).get("x-kubernetes-list-type", "atomic")


def map_keys(schema: Schema | None) -> tuple[str, ...]:
    return tuple((schema or {}).get("x-kubernetes-list-map-keys", ()))


def is_field(schema: Schema | None, key: str) -> bool:
    """Tell whether a key is a declared field rather than an entry of a map."""
    return key in ((schema or {}).get("properties") or {})

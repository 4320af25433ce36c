"""OpenAPI documents: version 3 by group/version with schemas, version 2 in the two forms that clients ask for."""

from __future__ import annotations

import json
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.discovery import kinds_at
from sandbox.kubernetes.exchange import Request, Response, best
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.types import Schema, definition_name

Object = dict[str, Any]
PROTOBUF_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
# swagger "2.0", info.title "k8s", info.version "1": a document without definitions, which clients take as "nothing to check here".
_EMPTY_V2 = b"\n\x032.0\x12\x08\n\x03k8s\x12\x011B\x00"
# What the types say for this server alone.
_MARKS = ("x-kubernetes-free-form", "x-kubernetes-quantity")
_QUERY = ("dryRun", "fieldManager", "fieldValidation", "force")


def _where(api_version: str) -> str:
    return f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"


def index(cluster: Cluster) -> Response:
    """Answer `/openapi/v3`."""
    paths = {_where(gv): {"serverRelativeURL": f"/openapi/v3/{_where(gv)}?hash={_hash(cluster, gv)}"} for gv in cluster.api_versions()}
    prefix = f"/{cluster.path}" if cluster.path else ""
    shown = {path: {"serverRelativeURL": prefix + entry["serverRelativeURL"]} for path, entry in paths.items()}
    return Response(200, json.dumps({"paths": shown}, separators=(",", ":")), "text/plain; charset=utf-8")


def _hash(cluster: Cluster, api_version: str) -> str:
    return f"{abs(hash(tuple(id(kind) for kind in kinds_at(cluster, api_version)))):X}"


def document(cluster: Cluster, where: str, request: Request) -> Response:
    """Answer `/openapi/v3/api/v1` and `/openapi/v3/apis/<group>/<version>`, with nothing for one that is not served. An old hash leads to the new one."""
    api_version = where.partition("/")[2]
    if not cluster.serves(api_version):
        return Response(404, b"", "")
    tag, asked = _hash(cluster, api_version), request.query.get("hash")
    if asked not in (None, tag):
        prefix = f"/{cluster.path}" if cluster.path else ""
        return Response(301, b"", headers={"Location": f"{prefix}/openapi/v3/{where}?hash={tag}"})
    if not any(media in request.accept for media in ("json", "*/*", "application/*", "protobuf")) and request.accept:
        return Response(406, b"", "")
    if _known(request, tag):
        return Response(304, b"", headers={"ETag": f'"{tag}"'})
    kinds = kinds_at(cluster, api_version)
    schemas: Object = {}
    for kind in kinds:
        _add_schema(cluster, kind, schemas)
    paths = {path: item for kind in kinds for path, item in _paths(kind).items()}
    info = {"title": "Kubernetes", "version": cluster.version}
    body = {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
    return Response(200, body, headers={"ETag": f'"{tag}"'})


def _known(request: Request, tag: str) -> bool:
    """Tell whether the client has the document of a tag already."""
    return f'"{tag}"' in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]


def _component(kind: Kind) -> str:
    if kind.custom is None:
        return definition_name(kind.group, kind.version, kind.kind)
    return f"{'.'.join(reversed(kind.group.split('.')))}.{kind.version}.{kind.kind}"


def _add_schema(cluster: Cluster, kind: Kind, schemas: Object) -> None:
    schema = cluster.types.of(kind)
    if schema is not None:
        schema = _either(schema) if kind.custom is not None else schema
        own = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        schemas[_component(kind)] = _moved(cluster, schema, schemas) | {"x-kubernetes-group-version-kind": [own]}


def _either(schema: Any) -> Any:
    """Return a custom schema that says in OpenAPI's own words where a number or a text may be."""
    if isinstance(schema, list):
        return [_either(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _either(value) for key, value in schema.items()}
    return told | {"anyOf": [{"type": "integer"}, {"type": "string"}]} if schema.get("x-kubernetes-int-or-string") is True and "anyOf" not in schema else told


def _moved(cluster: Cluster, schema: Any, schemas: Object) -> Any:
    """Return a schema with its references pointing at components, which are added as they are met."""
    if isinstance(schema, list):
        return [_moved(cluster, item, schemas) for item in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {key: _moved(cluster, value, schemas) for key, value in schema.items() if key not in ("$ref", *_MARKS)}
    if isinstance(schema.get("$ref"), str):
        name = schema["$ref"].rpartition("/")[2]
        if name not in schemas:
            schemas[name] = {}
            schemas[name] = _moved(cluster, cluster.types.definitions[name], schemas)
        moved["allOf"] = [{"$ref": f"#/components/schemas/{name}"}]
    return moved


def _paths(kind: Kind) -> Object:
    base = f"/{_where(kind.api_version)}/" + ("namespaces/{namespace}/" if kind.namespaced else "") + kind.plural
    paths: Object = {base: {method: _operation(kind, action) for method, action in (("get", "list"), ("post", "post"))}}
    if kind.persistent:
        actions = (("get", "get"), ("put", "put"), ("patch", "patch"), ("delete", "delete"))
        paths[base + "/{name}"] = {method: _operation(kind, action) for method, action in actions}
    return paths


def _operation(kind: Kind, action: str) -> Object:
    own = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _QUERY]
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{_component(kind)}"}}}
    response = {"200": {"description": "OK", "content": content}}
    return {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": own, "parameters": parameters, "responses": response}


def version_two(cluster: Cluster, request: Request) -> Response:
    """Answer `/openapi/v2`: definitions as JSON; clients that want protobuf get a document without definitions."""
    media, tag = best(request.accept), f"{abs(hash(tuple(_hash(cluster, gv) for gv in cluster.api_versions()))):X}"
    headers = {"ETag": f'"{tag}"'}
    if media not in ("", "application/json", "*/*", "application/*") and "proto-openapi" not in media:
        return Response(406, b"", "")
    if _known(request, tag):
        return Response(304, b"", headers=headers)
    if "protobuf" in media:
        return Response(200, _EMPTY_V2, PROTOBUF_V2, headers)
    definitions = {name: _published(schema) for name, schema in cluster.types.definitions.items()}
    for kind in cluster.kinds():
        own = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        schema = cluster.types.of(kind)
        if schema is not None:
            definitions[_component(kind)] = _published(schema) | {"x-kubernetes-group-version-kind": [own]}
    body = {"swagger": "2.0", "info": {"title": "Kubernetes", "version": cluster.version}, "paths": {}, "definitions": definitions}
    return Response(200, body, headers=headers)


def _published(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in _MARKS}

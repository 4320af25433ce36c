"""From an authenticated request to its answer, for one cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.kubernetes import authz, conversion, deletion, discovery, listing, openapi, patching, registry, represent, reviews, selectors, subresources, watch
from sandbox.kubernetes.authn import Authenticator, User
from sandbox.kubernetes.calls import Call
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import (
    ApiError,
    Cause,
    PageNotFound,
    forbidden_field,
    invalid,
    method_not_allowed,
    no_such_path,
    not_found,
    required,
    too_large,
    verb_not_supported,
)
from sandbox.kubernetes.exchange import Request, Response, Stream, body_of, patch_of
from sandbox.kubernetes.kinds import REACHING, Kind, builtin
from sandbox.kubernetes.routes import Route

Object = dict[str, Any]
Answer = Response | Stream
# Built-in kinds whose every answer carries a warning.
_DEPRECATED = {
    ("", "endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ("", "componentstatuses"): "v1 ComponentStatus is deprecated in v1.19+",
}
_LARGEST_BODY = 3 * 1024 * 1024
_HEALTH = ("/healthz", "/livez", "/readyz")
_CHECKS = ("ping", "log", "etcd", "informer-sync", "poststarthook/crd-informer-synced", "poststarthook/rbac/bootstrap-roles")


@dataclass(frozen=True)
class Context:
    """One request with what is known about it."""

    cluster: Cluster
    authenticator: Authenticator
    user: User
    request: Request
    route: Route
    warnings: list[str] = field(default_factory=list)


def handle(context: Context) -> Answer:
    """Authorize a request and answer it. Raises ApiError, with the warnings of the request, or PageNotFound."""
    route = context.route
    authz.require(context.cluster, context.user, route.attempt())
    if len(context.request.body) > _LARGEST_BODY:
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {_LARGEST_BODY}")
    try:
        return _resource(context) if route.resource else _page(context)
    except ApiError as error:
        error.headers = _header(context.warnings)
        raise


def _header(texts: list[str]) -> dict[str, str]:
    return {"Warning": ", ".join(f"299 - {json.dumps(text, ensure_ascii=False)}" for text in dict.fromkeys(texts))} if texts else {}


def _page(context: Context) -> Answer:
    cluster, request = context.cluster, context.request
    path = request.path.rstrip("/") or "/"
    if any(path == page or path.removeprefix(page + "/") in _CHECKS for page in _HEALTH):
        return Response(200, "ok", "text/plain; charset=utf-8")
    fixed: dict[str, Callable[[], Response]] = {
        "/": lambda: Response(200, {"paths": ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]}),
        "/version": lambda: Response(200, discovery.version(cluster)),
        "/api": lambda: discovery.versions(cluster, request),
        "/apis": lambda: discovery.groups(cluster, request),
        "/openapi/v2": lambda: openapi.version_two(cluster, request),
        "/openapi/v3": lambda: openapi.index(cluster),
    }
    if path in fixed:
        return fixed[path]()
    found = _served_page(cluster, path, request)
    if found is None:
        raise no_such_path() if _built_in(path) else PageNotFound
    return found


def _built_in(path: str) -> bool:
    """Tell whether a path is below a group of the server's own, whose router answers for all that is there."""
    parts = path.strip("/").split("/")
    return parts[0] == "api" or (parts[0] == "apis" and len(parts) > 2 and any(gv.startswith(f"{parts[1]}/") for gv in builtin()))


def _served_page(cluster: Cluster, path: str, request: Request) -> Response | None:
    if path.startswith("/openapi/v3/"):
        return openapi.document(cluster, path.removeprefix("/openapi/v3/"), request)
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) == 2:
        return discovery.resources(cluster, parts[1])
    if parts[0] == "apis" and len(parts) == 2:
        return discovery.group(cluster, parts[1])
    return discovery.resources(cluster, f"{parts[1]}/{parts[2]}") if parts[0] == "apis" and len(parts) == 3 else None


def _resource(context: Context) -> Answer:
    route = context.route
    kind = context.cluster.lookup(route.api_version, route.resource)
    if kind is None or (route.namespace and not kind.namespaced and kind.plural != "namespaces"):
        raise no_such_path() if _built_in(route.path) else PageNotFound
    if context.request.method == "HEAD":
        raise method_not_allowed()
    if route.subresource:
        return _subresource(context, kind)
    if not _has_method(kind, route):
        raise method_not_allowed() if kind.custom is None else verb_not_supported(kind, context.request.method.lower())
    return _VERBS[route.verb](context, kind)


def _has_method(kind: Kind, route: Route) -> bool:
    """Tell whether a path takes a method: writes to a collection need its namespace, to an object its name."""
    if route.verb not in kind.verbs or (route.verb in ("update", "patch") and not route.name) or (route.verb == "create" and route.name):
        return False
    return not (kind.namespaced and not route.namespace and route.verb in ("create", "deletecollection"))


def _call(context: Context, kind: Kind) -> Call:
    query, route = context.request.query, context.route
    agent = context.request.agent.split("/")[0] or "unknown"
    dry_run = query.get("dryRun", "")
    faults = list(_option_faults(context))
    if faults:
        raise _invalid_options(route.verb, faults)
    return Call(
        cluster=context.cluster,
        kind=kind,
        user=context.user,
        namespace=route.namespace if kind.namespaced else "",
        name=route.name,
        subresource=route.subresource,
        manager=query.get("fieldManager") or agent,
        dry_run=dry_run == "All",
        validation=query.get("fieldValidation") or "Warn",
        force=query.get("force") in ("true", "1"),
        warnings=context.warnings,
    )


_OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


def _option_faults(context: Context) -> Iterator[Cause]:
    """Yield what is wrong with the options in a write's query; deletions have theirs checked where they are read."""
    if context.route.verb not in _OPTIONS:
        return
    query, applies = context.request.query, context.route.verb == "patch" and context.request.content_type == patching.APPLY_YAML
    manager = query.get("fieldManager", "")
    if applies and not manager:
        yield required("fieldManager", "is required for apply patch")
    if context.route.verb == "patch" and not applies and "force" in query:
        yield forbidden_field("force", "may not be specified for non-apply patch")
    if len(manager) > _LONGEST_MANAGER:
        yield Cause("FieldValueTooLong", "fieldManager", f"Too long: may not be more than {_LONGEST_MANAGER} bytes")
    if query.get("dryRun", "") not in ("", "All"):
        yield Cause("FieldValueNotSupported", "dryRun", f'Unsupported value: ["{query["dryRun"]}"]: supported values: "All"')
    if query.get("fieldValidation", "") not in ("", "Ignore", "Warn", "Strict"):
        yield Cause(
            "FieldValueNotSupported", "fieldValidation", f'Unsupported value: "{query["fieldValidation"]}": supported values: "", "Ignore", "Strict", "Warn"'
        )


_LONGEST_MANAGER = 128


def _invalid_options(verb: str, causes: list[Cause]) -> ApiError:
    return invalid(Kind("meta.k8s.io", "v1", "", _OPTIONS[verb], "", False), "", causes)


def _form(context: Context, kind: Kind) -> represent.Form:
    include = context.request.query.get("includeObject", "Metadata")
    return represent.form(kind, context.request.accept, include, context.cluster.world.clock(), context.route.verb in ("list", "watch"))


def _answer(context: Context, call: Call, obj: Object, created: bool = False) -> Response:
    return Response(201 if created else 200, _form(context, call.kind)(obj), headers=_warnings(call.kind, call.warnings))


def _warnings(kind: Kind, remarks: Iterable[str] = ()) -> dict[str, str]:
    """Return the header of what is to be said with an answer: remarks on the request, and that a kind is on its way out."""
    deprecated = kind.custom.deprecation if kind.custom is not None else _DEPRECATED.get(kind.store)
    return _header([*remarks, *([deprecated] if deprecated else [])])


def _get(context: Context, kind: Kind) -> Answer:
    call = _call(context, kind)
    return _answer(context, call, registry.get(call))


def _list(context: Context, kind: Kind) -> Answer:
    query = context.request.query
    selector, form = selectors.parse(kind, query), _form(context, kind)
    listing.check(query, watching=False)
    rows, version = context.cluster.store.snapshot(kind.store, context.route.namespace)
    wanted = query.get("resourceVersion", "")
    if wanted.isdigit() and int(wanted) > version:
        raise too_large(int(wanted), version)
    rows, metadata = listing.page(context.cluster.store, kind.store, context.route.namespace, query, selector, rows, version)
    if kind.custom is not None:
        metadata.setdefault("continue", "")
    items = [conversion.outward(kind, row) for row in rows]
    return Response(200, form({"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": metadata, "items": items}), headers=_warnings(kind))


def _watch(context: Context, kind: Kind) -> Answer:
    query, route = context.request.query, context.route
    listing.check(query, watching=True)
    namespace = route.namespace if kind.namespaced else ""
    followed = watch.Watch(context.cluster, kind, selectors.parse(kind, query), _form(context, kind), namespace, route.name)
    return Stream(watch.start(followed, query))


def _body(context: Context, kind: Kind) -> Any:
    sub = kind.subresource(context.route.subresource) if context.route.subresource else None
    return body_of(context.request, sub.kind if sub else kind.kind, typed=kind.custom is None)


def _create(context: Context, kind: Kind) -> Answer:
    call = _call(context, kind)
    body = _body(context, kind)
    if kind.group in ("authentication.k8s.io", "authorization.k8s.io"):
        found = reviews.answer(context.authenticator, context.cluster, context.user, kind, context.route.namespace, body)
        return Response(201, found)
    return _answer(context, call, registry.create(call, body), created=True)


def _update(context: Context, kind: Kind) -> Answer:
    call = _call(context, kind)
    obj, created = registry.update(call, _body(context, kind))
    return _answer(context, call, obj, created)


def _patch(context: Context, kind: Kind) -> Answer:
    content_type = context.request.content_type
    patching.check_patch_type(kind, content_type)
    call = _call(context, kind)
    obj, created = patching.patched(call, content_type, patch_of(context.request))
    return _answer(context, call, obj, created)


def _delete(context: Context, kind: Kind) -> Answer:
    call, options = _call(context, kind), deletion.options_of(context.cluster.types, context.request)
    if kind.store == ("batch", "jobs") and not {"propagationPolicy", "orphanDependents"} & options.keys():
        call.warnings.append(_JOB_PODS)
    last, gone = registry.delete(call, options)
    if not gone or kind.store in _RETURNED:
        answer = _answer(context, call, last)
        # Who asked in the old way for dependents to go is told that not all is done.
        return replace(answer, status=202) if not gone and options.get("orphanDependents") is False else answer
    details = {"name": call.name, "group": kind.group, "kind": kind.plural, "uid": last["metadata"]["uid"]}
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": {key: value for key, value in details.items() if value}}
    return Response(200, status)


_JOB_PODS = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them"
    " or set propagationPolicy=Orphan to suppress this warning"
)
# Kinds whose deletion answers with the object rather than with a Status.
_RETURNED = frozenset(
    {("", plural) for plural in ("namespaces", "pods", "podtemplates", "resourcequotas", "serviceaccounts", "services")}
    | {("", plural) for plural in ("persistentvolumeclaims", "persistentvolumes")}
    | {("storage.k8s.io", plural) for plural in ("csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses")}
)


def _delete_collection(context: Context, kind: Kind) -> Answer:
    call, options = _call(context, kind), deletion.options_of(context.cluster.types, context.request)
    query, store = context.request.query, context.cluster.store
    selector = selectors.parse(kind, query)
    listing.check(query, watching=False)
    every, version = store.snapshot(kind.store, call.namespace)
    rows, metadata = listing.page(store, kind.store, call.namespace, query, selector, every, version)
    for row in rows:
        one = replace(call, namespace=row["metadata"].get("namespace", ""), name=row["metadata"]["name"])
        if one.live() is not None:
            registry.delete(one, options)
    items = [conversion.outward(kind, row) for row in rows]
    if kind.custom is not None:
        metadata.setdefault("continue", "")
    return Response(200, _form(context, kind)({"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": metadata, "items": items}))


_VERBS: dict[str, Callable[[Context, Kind], Answer]] = {
    "get": _get,
    "list": _list,
    "watch": _watch,
    "create": _create,
    "update": _update,
    "patch": _patch,
    "delete": _delete,
    "deletecollection": _delete_collection,
}


def _subresource(context: Context, kind: Kind) -> Answer:
    route = context.route
    sub = kind.subresource(route.subresource)
    if sub is None:
        raise no_such_path() if kind.custom is None else not_found(kind, route.name)
    if route.verb not in sub.verbs:
        raise method_not_allowed() if kind.custom is None else verb_not_supported(kind, route.verb)
    call = _call(context, kind)
    if sub.name in REACHING and kind.custom is None:
        return _reach(call)
    if sub.name in _MADE:
        return Response(201, _MADE[sub.name](call, _body(context, kind)))
    return _scale(context, call) if sub.name == "scale" else _VERBS[route.verb](context, kind)


def _reach(call: Call) -> Answer:
    """Answer for a node that would have to be asked; the log of a pod without one is empty."""
    obj = registry.get(call)
    if call.subresource == "log" and not obj["spec"].get("nodeName"):
        return Response(204, b"")
    raise subresources.unreachable(call, obj)


_MADE = {"eviction": subresources.evict, "token": subresources.request_token, "binding": subresources.bind}


def _scale(context: Context, call: Call) -> Answer:
    if context.route.verb == "get":
        return Response(200, subresources.scale_of(call.kind, registry.get(call)))
    if context.route.verb == "update":
        with call.cluster.transaction():
            live = registry.get(call)
            return Response(200, subresources.set_scale(call, live, patching.scale_from(call, _body(context, call.kind))))
    content_type = context.request.content_type
    patching.check_patch_type(call.kind, content_type)
    return Response(200, patching.patched(call, content_type, patch_of(context.request))[0])

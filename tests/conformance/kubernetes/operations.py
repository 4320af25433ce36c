"""Random sequences of writes on one object: small alphabets, so that writers meet, and whole requests, so that a failure shows what was sent.

Every strategy yields `case.Step`s whose paths and names are of ${ns} and ${id}, which an example fills in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.conformance.kubernetes.case import Step

Object = dict[str, Any]
Values = st.SearchStrategy[Any]
MANAGERS = st.sampled_from(("a", "b", "c"))
GROUP = "${group}"


@dataclass(frozen=True)
class Kind:
    """What is written: `full` yields the members of a whole object, `partial` those of a merge patch.

    `pointers` is what a JSON patch may touch, with values for each.
    """

    name: str
    api_version: str
    collection: str
    full: Values
    partial: Values
    pointers: dict[str, Values]
    strategic: Values | None = None
    status: Values | None = None

    @property
    def path(self) -> str:
        return self.collection + "/${id}"


def some(**members: Values) -> Values:
    """Yield objects with any of the members."""
    return st.fixed_dictionaries({}, optional=members)


def any_of(**members: Values) -> Values:
    """Yield objects with at least one of the members."""
    return some(**members).filter(bool)


def nulled(strategy: Values) -> Values:
    return st.none() | strategy


def sometimes(strategy: Values, *rare: Any) -> Values:
    """Yield mostly what a strategy does, and now and then one of the rare values, such as null and what is empty."""
    return st.integers(0, 5).flatmap(lambda dice: st.sampled_from(rare) if dice == 0 else strategy)


def unique(items: Values, *keys: str, most: int = 3) -> Values:
    """Yield lists in which no two items have the same key; plain values are their own."""
    return st.lists(items, min_size=1, max_size=most, unique_by=(lambda item: tuple(item.get(key) for key in keys)) if keys else lambda item: item)


WORDS = st.sampled_from(("x", "y"))
STRINGS = sometimes(some(a=WORDS, b=WORDS, c=WORDS), None)
STRINGS_OR_NULL = some(a=nulled(WORDS), b=nulled(WORDS), c=nulled(WORDS))
META = some(labels=sometimes(some(a=WORDS, b=WORDS, c=WORDS), None), annotations=STRINGS)
META_PATCH = some(labels=nulled(STRINGS_OR_NULL), annotations=nulled(STRINGS_OR_NULL))
META_POINTERS = {"/metadata/labels": STRINGS, "/metadata/labels/a": WORDS, "/metadata/annotations/b": WORDS}


def kind_of_strings() -> Kind:
    return Kind(
        "ConfigMap",
        "v1",
        "/api/v1/namespaces/${ns}/configmaps",
        some(metadata=META, data=STRINGS, immutable=st.sampled_from((None, False))),
        some(metadata=META_PATCH, data=nulled(STRINGS_OR_NULL)),
        {**META_POINTERS, "/data": STRINGS, "/data/a": WORDS, "/data/b": WORDS},
        some(metadata=META_PATCH, data=nulled(STRINGS_OR_NULL)),
    )


PORT = st.fixed_dictionaries(
    {"name": st.sampled_from(("http", "dns")), "port": st.sampled_from((53, 80))},
    optional={"protocol": st.sampled_from(("TCP", "UDP")), "targetPort": sometimes(st.sampled_from((53, 8080, "web")), 0, "")},
)
PORTS = unique(PORT, "name")
YES_OR_NO = st.sampled_from((None, False, True))
SERVICE = any_of(
    ports=sometimes(PORTS, [], None), selector=STRINGS, sessionAffinity=st.sampled_from(("None", "ClientIP", "")), publishNotReadyAddresses=YES_OR_NO
)
SERVICE_PATCH = some(
    ports=sometimes(PORTS, [], None),
    selector=nulled(STRINGS_OR_NULL),
    sessionAffinity=st.sampled_from((None, "None", "ClientIP")),
    publishNotReadyAddresses=YES_OR_NO,
)
DELETED_PORT = st.fixed_dictionaries({"port": st.sampled_from((53, 80)), "$patch": st.just("delete")})
BALANCER = some(loadBalancer=some(ingress=st.sampled_from(([], None, [{"ip": "192.0.2.1"}], [{"ip": "192.0.2.2"}]))))
CONDITION = st.fixed_dictionaries(
    {"type": st.sampled_from(("Ready", "Known")), "status": st.sampled_from(("True", "False"))},
    optional={"reason": st.sampled_from(("", "Because")), "lastTransitionTime": st.sampled_from((None, "2026-01-01T00:00:00Z"))},
)
CONDITIONS = sometimes(unique(CONDITION, "type"), [], None)


def kind_of_ports() -> Kind:
    return Kind(
        "Service",
        "v1",
        "/api/v1/namespaces/${ns}/services",
        some(metadata=META, spec=SERVICE),
        some(metadata=META_PATCH, spec=SERVICE_PATCH),
        {
            **META_POINTERS,
            "/spec/ports": PORTS,
            "/spec/ports/0": PORT,
            "/spec/ports/-": PORT,
            "/spec/ports/0/port": st.sampled_from((53, 80)),
            "/spec/ports/1/name": st.sampled_from(("http", "dns")),
            "/spec/selector/a": WORDS,
        },
        some(metadata=META_PATCH, spec=some(ports=st.lists(PORT | DELETED_PORT, min_size=1, max_size=3), selector=nulled(STRINGS_OR_NULL))),
        some(metadata=META, status=BALANCER),
    )


VERBS = st.lists(st.sampled_from(("get", "list")), min_size=1, max_size=2, unique=True)
RULE = st.fixed_dictionaries({"verbs": VERBS, "apiGroups": st.sampled_from(([""], ["apps"])), "resources": st.just(["pods"])})
RULES = sometimes(st.lists(RULE, min_size=1, max_size=2), [], None)
AGGREGATION = sometimes(st.just({"clusterRoleSelectors": [{"matchLabels": {"a": "x"}}]}), None, {}, {"clusterRoleSelectors": []})


def kind_of_rules() -> Kind:
    return Kind(
        "ClusterRole",
        "rbac.authorization.k8s.io/v1",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        some(metadata=META, rules=RULES, aggregationRule=AGGREGATION),
        some(metadata=META_PATCH, rules=RULES, aggregationRule=AGGREGATION),
        {**META_POINTERS, "/rules": RULES, "/rules/-": RULE, "/rules/0/verbs": VERBS, "/aggregationRule": AGGREGATION},
        some(metadata=META_PATCH, rules=RULES),
    )


VARIABLE = st.fixed_dictionaries({"name": st.sampled_from(("A", "B"))}, optional={"value": st.sampled_from(("", "1", "2", None))})


def _container(called: str, *ports: int, **port: Values) -> Values:
    """Yield containers of a name, each name with ports of its own: the server warns of those that two containers have."""
    opening = st.fixed_dictionaries({"containerPort": st.sampled_from(ports)}, optional={"protocol": st.sampled_from(("TCP", "UDP")), **port})
    return st.fixed_dictionaries(
        {"name": st.just(called), "image": st.sampled_from(("one", "two:1"))},
        optional={
            "env": sometimes(unique(VARIABLE, "name"), [], None),
            "ports": sometimes(unique(opening, "containerPort"), [], None),
            "args": st.sampled_from((None, [], ["x"], ["y", "x"])),
            "resources": st.sampled_from((None, {}, {"limits": {}}, {"limits": {"cpu": "1"}}, {"limits": {"cpu": "1000m", "memory": "1Gi"}})),
            "securityContext": st.sampled_from((None, {}, {"privileged": False}, {"runAsUser": 0})),
            "tty": YES_OR_NO,
        },
    )


CONTAINER = _container("main", 53, 80, name=st.just("dns")) | _container("side", 8053, 8080)
CONTAINERS = unique(CONTAINER, "name")
POD = st.fixed_dictionaries(
    {"containers": CONTAINERS},
    optional={
        "nodeSelector": STRINGS,
        "tolerations": st.sampled_from((None, [], [{"operator": "Exists"}])),
        "hostNetwork": st.sampled_from((None, False)),
        "securityContext": st.sampled_from((None, {}, {"runAsNonRoot": True})),
    },
)
TEMPLATE = st.builds(lambda spec, extra: {"metadata": {"labels": {"app": "a", **extra}}, "spec": spec}, POD, st.sampled_from(({}, {"x": "y"})))
STRATEGY = st.sampled_from((None, {}, {"type": "Recreate"}, {"type": "RollingUpdate"}, {"rollingUpdate": {"maxSurge": 1}}, {"rollingUpdate": {}}))
SELECTOR = {"matchLabels": {"app": "a"}}
MORE = {"replicas": st.sampled_from((None, 0, 1, 2)), "strategy": STRATEGY, "paused": YES_OR_NO, "minReadySeconds": st.sampled_from((None, 0, 5))}
DEPLOYMENT = st.fixed_dictionaries({"selector": st.just(SELECTOR), "template": TEMPLATE}, optional=MORE) | some(**MORE)
DEPLOYMENT_PATCH = some(template=some(spec=some(containers=CONTAINERS, nodeSelector=nulled(STRINGS_OR_NULL))), **MORE)
DEPLOYMENT_STATUS = some(
    replicas=st.sampled_from((None, 0, 1)), observedGeneration=st.sampled_from((0, 1)), conditions=CONDITIONS, collisionCount=st.sampled_from((None, 0, 1))
)


def kind_of_containers() -> Kind:
    return Kind(
        "Deployment",
        "apps/v1",
        "/apis/apps/v1/namespaces/${ns}/deployments",
        some(metadata=META, spec=DEPLOYMENT),
        some(metadata=META_PATCH, spec=DEPLOYMENT_PATCH),
        {
            **META_POINTERS,
            "/spec/replicas": st.sampled_from((0, 2)),
            "/spec/template/spec/containers/0": CONTAINER,
            "/spec/template/spec/containers/-": CONTAINER,
            "/spec/template/spec/containers/0/env": st.sampled_from(([], [{"name": "A"}])),
            "/spec/template/spec/containers/0/image": st.sampled_from(("one", "three")),
            "/spec/template/metadata/labels/x": WORDS,
        },
        some(metadata=META_PATCH, spec=DEPLOYMENT_PATCH),
        some(metadata=META, status=DEPLOYMENT_STATUS),
    )


SET = unique(st.sampled_from(("p", "q", "r")))
TAGS = sometimes(SET, [], None)
PART = st.fixed_dictionaries({"id": st.sampled_from(("k", "l"))}, optional={"weight": st.sampled_from((1, 2, None)), "tags": TAGS})
PARTS = sometimes(unique(PART, "id"), [], None, [{"id": "k"}, {"id": "k"}])
ORDER = sometimes(st.lists(WORDS, min_size=1, max_size=2), [], None)
FREE = st.sampled_from((None, {}, {"x": None}, {"x": {}}, {"x": {"y": 1}}, {"x": []}, {"x": [1]}, {"x": "y"}, {"x": 1, "y": True}))
CUSTOM = some(
    tags=TAGS, parts=PARTS, order=ORDER, limits=STRINGS, whole=STRINGS, size=st.sampled_from((1, 2, None)), depth=st.sampled_from((1, 2, None)), free=FREE
)
CUSTOM_PATCH = some(
    tags=TAGS, parts=PARTS, order=ORDER, limits=nulled(STRINGS_OR_NULL), whole=nulled(STRINGS_OR_NULL), size=nulled(st.sampled_from((1, 2))), free=FREE
)
CUSTOM_STATUS = some(phase=st.sampled_from(("", "Up", None)), conditions=CONDITIONS, counts=STRINGS)
_STRING: Object = {"type": "string"}
_TAGS: Object = {"type": "array", "items": _STRING, "x-kubernetes-list-type": "set"}
_PART: Object = {"type": "object", "required": ["id"], "properties": {"id": _STRING, "weight": {"type": "integer", "default": 1}, "tags": _TAGS}}
_SPEC: Object = {
    "type": "object",
    "properties": {
        "tags": _TAGS,
        "parts": {"type": "array", "items": _PART, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"]},
        "order": {"type": "array", "items": _STRING},
        "limits": {"type": "object", "additionalProperties": _STRING},
        "whole": {"type": "object", "additionalProperties": _STRING, "x-kubernetes-map-type": "atomic"},
        "size": {"type": "integer"},
        "depth": {"type": "integer", "default": 1},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
_CONDITION: Object = {
    "type": "object",
    "required": ["type", "status"],
    "properties": {"type": _STRING, "status": _STRING, "reason": _STRING, "lastTransitionTime": {**_STRING, "format": "date-time", "nullable": True}},
}
_STATUS: Object = {
    "type": "object",
    "properties": {
        "phase": _STRING,
        "conditions": {"type": "array", "items": _CONDITION, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
        "counts": {"type": "object", "additionalProperties": _STRING},
    },
}


def definition(group: str) -> Object:
    """Return the CustomResourceDefinition of the custom kind."""
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": _SPEC, "status": _STATUS}}}
    names = {"plural": "mixtures", "singular": "mixture", "kind": "Mixture", "listKind": "MixtureList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
    return {"metadata": {"name": f"mixtures.{group}"}, "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}}


def kind_of_lists() -> Kind:
    return Kind(
        "Mixture",
        f"{GROUP}/v1",
        f"/apis/{GROUP}/v1/namespaces/${{ns}}/mixtures",
        # Its labels are neither null nor empty: the real server stores such an object as it was said, so that the next write that changes nothing is one.
        some(metadata=some(labels=any_of(a=WORDS, b=WORDS, c=WORDS), annotations=any_of(a=WORDS, b=WORDS)), spec=sometimes(CUSTOM, None)),
        some(metadata=META_PATCH, spec=nulled(CUSTOM_PATCH)),
        {
            **META_POINTERS,
            "/spec/tags": TAGS,
            "/spec/tags/-": st.sampled_from(("p", "q", "r")),
            "/spec/parts/0": PART,
            "/spec/parts/-": PART,
            "/spec/limits/a": WORDS,
            "/spec/whole/a": WORDS,
            "/spec/order/-": WORDS,
            "/spec/free": FREE,
        },
        status=some(status=CUSTOM_STATUS),
    )


KINDS = (kind_of_strings(), kind_of_ports(), kind_of_rules(), kind_of_containers(), kind_of_lists())


def sequences(kind: Kind) -> st.SearchStrategy[list[Step]]:
    """Yield one to six writes, the first of which mostly makes the object."""
    return st.tuples(_creations(kind), st.lists(_writes(kind), max_size=5)).map(lambda found: [found[0], *found[1]])


def _creations(kind: Kind) -> st.SearchStrategy[Step]:
    return st.builds(lambda by, body: Step("POST", kind.collection, query={"fieldManager": by}, body=_object(kind, body)), MANAGERS, kind.full) | _applies(kind)


def _writes(kind: Kind) -> st.SearchStrategy[Step]:
    updates = st.builds(lambda by, body: Step("PUT", kind.path, query={"fieldManager": by}, body=_object(kind, body)), MANAGERS, kind.full)
    patches = [("merge", kind.partial), ("json", st.lists(_changes(kind), min_size=1, max_size=3))]
    patches += [("strategic", kind.strategic)] if kind.strategic is not None else []
    reports = [_reports(kind, kind.status)] if kind.status is not None else []
    return st.one_of(_applies(kind), _applies(kind), updates, *(_patches(kind, type_, body) for type_, body in patches), *reports)


def _reports(kind: Kind, bodies: Values) -> st.SearchStrategy[Step]:
    """Yield writes of the status."""

    def step(by: str, how: str, body: Object) -> Step:
        method, says = ("PUT" if how == "" else "PATCH"), body if how == "merge" else _object(kind, body)
        return Step(method, kind.path + "/status", type=how, query={"fieldManager": by}, body=says)

    return st.builds(step, MANAGERS, st.sampled_from(("", "merge", "apply")), bodies)


def _applies(kind: Kind) -> st.SearchStrategy[Step]:
    def step(by: str, force: bool, body: Object) -> Step:
        return Step("PATCH", kind.path, type="apply", query={"fieldManager": by, **({"force": "true"} if force else {})}, body=_object(kind, body))

    return st.builds(step, MANAGERS, st.booleans(), kind.full)


def _patches(kind: Kind, type_: str, bodies: Values) -> st.SearchStrategy[Step]:
    return st.builds(lambda by, body: Step("PATCH", kind.path, type=type_, query={"fieldManager": by}, body=body), MANAGERS, bodies)


def _changes(kind: Kind) -> Values:
    """Yield operations of a JSON patch: to add, replace, test or remove."""

    def at(pointer: str) -> Values:
        says = st.fixed_dictionaries({"op": st.sampled_from(("add", "replace", "test")), "path": st.just(pointer), "value": kind.pointers[pointer]})
        return says | st.just({"op": "remove", "path": pointer})

    return st.sampled_from(sorted(kind.pointers)).flatmap(at)


def _object(kind: Kind, members: Object) -> Object:
    return {"apiVersion": kind.api_version, "kind": kind.name, **members, "metadata": {"name": "${id}", **members.get("metadata", {})}}

"""What the server itself is made of: definitions, aggregated APIs, webhooks, policies, flow control, classes."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.printers.cells import AGE, CREATED, NAME, Column, Object, at, boolean, field, integer, text


def _service(found: Object, now: float) -> str:
    service = at(found, "spec.service")
    return f"{service.get('namespace')}/{service.get('name')}" if service else "Local"


def _available(found: Object, now: float) -> str:
    condition = next((each for each in at(found, "status.conditions", ()) if each["type"] == "Available"), None)
    if condition is None:
        return "Unknown"
    return "True" if condition["status"] == "True" else f"{condition['status']} ({condition.get('reason', '')})"


def _param_kind(policy: Object, now: float) -> str:
    kind = at(policy, "spec.paramKind")
    return f"{kind['apiVersion']}/{kind['kind']}" if kind else "<unset>"


def _param_ref(binding: Object, now: float) -> str:
    given = at(binding, "spec.paramRef")
    if not given:
        return "<unset>"
    name = given.get("name") or "*"
    return f"{given['namespace']}/{name}" if given.get("namespace") else f"*/{name}"


def _budget(path: str) -> Any:
    return lambda obj, now: str(at(obj, path)) if at(obj, path) is not None else "N/A"


def _limited(path: str, otherwise: str = "<none>") -> Any:
    """Return a cell of a priority level that queues; its shares count for the exempt level too."""

    def cell(level: Object, now: float) -> Any:
        found = at(level, f"spec.limited.{path}")
        return otherwise if found is None else found

    return cell


def _shares(level: Object, now: float) -> Any:
    shape = "exempt" if at(level, "spec.type") == "Exempt" else "limited"
    return at(level, f"spec.{shape}.nominalConcurrencyShares", 0)


def _missing_level(schema: Object, now: float) -> str:
    condition = next((each for each in at(schema, "status.conditions", ()) if each["type"] == "Dangling"), None)
    return str(condition["status"]) if condition else "?"


def _webhooks(name: str, path: str) -> Column:
    return Column(name, lambda obj, now: len(at(obj, path, ())), "integer")


_HOOKS = (NAME, _webhooks("Webhooks", "webhooks"), AGE)

TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    ("apiextensions.k8s.io", "customresourcedefinitions"): (NAME, CREATED),
    ("apiregistration.k8s.io", "apiservices"): (NAME, Column("Service", _service), Column("Available", _available), AGE),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): _HOOKS,
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): _HOOKS,
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"): (
        NAME,
        _webhooks("Validations", "spec.validations"),
        Column("ParamKind", _param_kind),
        AGE,
    ),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"): (
        NAME,
        Column("PolicyName", field("spec.policyName")),
        Column("ParamRef", _param_ref),
        AGE,
    ),
    ("policy", "poddisruptionbudgets"): (
        NAME,
        Column("Min Available", _budget("spec.minAvailable")),
        Column("Max Unavailable", _budget("spec.maxUnavailable")),
        integer("Allowed Disruptions", "status.disruptionsAllowed"),
        AGE,
    ),
    ("flowcontrol.apiserver.k8s.io", "flowschemas"): (
        NAME,
        Column("PriorityLevel", field("spec.priorityLevelConfiguration.name")),
        Column("MatchingPrecedence", field("spec.matchingPrecedence", 0)),
        Column("DistinguisherMethod", field("spec.distinguisherMethod.type", "<none>")),
        AGE,
        Column("MissingPL", _missing_level),
    ),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"): (
        NAME,
        Column("Type", field("spec.type")),
        Column("NominalConcurrencyShares", _shares),
        Column("Queues", _limited("limitResponse.queuing.queues")),
        Column("HandSize", _limited("limitResponse.queuing.handSize")),
        Column("QueueLengthLimit", _limited("limitResponse.queuing.queueLengthLimit")),
        AGE,
    ),
    ("node.k8s.io", "runtimeclasses"): (NAME, Column("Handler", field("handler")), AGE),
    ("scheduling.k8s.io", "priorityclasses"): (
        NAME,
        integer("Value", "value"),
        boolean("Global-Default", "globalDefault"),
        AGE,
        Column("PreemptionPolicy", text("preemptionPolicy", "PreemptLowerPriority")),
    ),
}

"""The kinds that every cluster serves: group, version, names, scope, verbs and subresources."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
STATUS_VERBS = ("get", "patch", "update")


@dataclass(frozen=True)
class Subresource:
    """A part of an object with an address of its own; `kind` is what travels, `group` and `version` set when they differ from the parent's."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""


@dataclass(frozen=True)
class Kind:
    """A resource at one version. `schema` is the OpenAPI schema of a custom resource's version, None for the built-in kinds."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str
    namespaced: bool
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[Subresource, ...] = ()
    list_kind: str = ""
    schema: Any = field(default=None, compare=False, hash=False)
    custom: Any = field(default=None, compare=False, hash=False)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The resource as messages name it: `deployments.apps`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def store(self) -> tuple[str, str]:
        """The table that holds the objects; every version of a kind shares it, and events of both groups do."""
        return ("", "events") if self.plural == "events" and self.group == "events.k8s.io" else (self.group, self.plural)

    @property
    def persistent(self) -> bool:
        return "get" in self.verbs

    def subresource(self, name: str) -> Subresource | None:
        return next((sub for sub in self.subresources if sub.name == name), None)


# group/version: one row per resource: plural Kind singular scope(N or C) short-names categories subresources; "-" is none.
# Subresources: s = status, c = scale (autoscaling/v1), others by name. "!" is a kind that serves only create, "?" one that is only read.
_TABLE = """
v1
bindings Binding binding N - - !
componentstatuses ComponentStatus componentstatus C cs - ?
configmaps ConfigMap configmap N cm - -
endpoints Endpoints endpoints N ep - -
events Event event N ev - -
limitranges LimitRange limitrange N limits - -
namespaces Namespace namespace C ns - finalize,s
nodes Node node C no - proxy,s
persistentvolumeclaims PersistentVolumeClaim persistentvolumeclaim N pvc - s
persistentvolumes PersistentVolume persistentvolume C pv - s
pods Pod pod N po all attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,s
podtemplates PodTemplate podtemplate N - - -
replicationcontrollers ReplicationController replicationcontroller N rc all c,s
resourcequotas ResourceQuota resourcequota N quota - s
secrets Secret secret N - - -
serviceaccounts ServiceAccount serviceaccount N sa - token
services Service service N svc all proxy,s
apiregistration.k8s.io/v1
apiservices APIService apiservice C - api-extensions s
apps/v1
controllerrevisions ControllerRevision controllerrevision N - - -
daemonsets DaemonSet daemonset N ds all s
deployments Deployment deployment N deploy all c,s
replicasets ReplicaSet replicaset N rs all c,s
statefulsets StatefulSet statefulset N sts all c,s
events.k8s.io/v1
events Event event N ev - -
authentication.k8s.io/v1
selfsubjectreviews SelfSubjectReview selfsubjectreview C - - !
tokenreviews TokenReview tokenreview C - - !
authorization.k8s.io/v1
localsubjectaccessreviews LocalSubjectAccessReview localsubjectaccessreview N - - !
selfsubjectaccessreviews SelfSubjectAccessReview selfsubjectaccessreview C - - !
selfsubjectrulesreviews SelfSubjectRulesReview selfsubjectrulesreview C - - !
subjectaccessreviews SubjectAccessReview subjectaccessreview C - - !
autoscaling/v2
horizontalpodautoscalers HorizontalPodAutoscaler horizontalpodautoscaler N hpa all s
autoscaling/v1
horizontalpodautoscalers HorizontalPodAutoscaler horizontalpodautoscaler N hpa all s
batch/v1
cronjobs CronJob cronjob N cj all s
jobs Job job N - all s
certificates.k8s.io/v1
certificatesigningrequests CertificateSigningRequest certificatesigningrequest C csr - approval,s
networking.k8s.io/v1
ingressclasses IngressClass ingressclass C - - -
ingresses Ingress ingress N ing - s
ipaddresses IPAddress ipaddress C ip - -
networkpolicies NetworkPolicy networkpolicy N netpol - -
servicecidrs ServiceCIDR servicecidr C - - s
policy/v1
poddisruptionbudgets PodDisruptionBudget poddisruptionbudget N pdb - s
rbac.authorization.k8s.io/v1
clusterrolebindings ClusterRoleBinding clusterrolebinding C - - -
clusterroles ClusterRole clusterrole C - - -
rolebindings RoleBinding rolebinding N - - -
roles Role role N - - -
storage.k8s.io/v1
csidrivers CSIDriver csidriver C - - -
csinodes CSINode csinode C - - -
csistoragecapacities CSIStorageCapacity csistoragecapacity N - - -
storageclasses StorageClass storageclass C sc - -
volumeattachments VolumeAttachment volumeattachment C - - s
volumeattributesclasses VolumeAttributesClass volumeattributesclass C vac - -
admissionregistration.k8s.io/v1
mutatingadmissionpolicies MutatingAdmissionPolicy mutatingadmissionpolicy C - api-extensions -
mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding mutatingadmissionpolicybinding C - api-extensions -
mutatingwebhookconfigurations MutatingWebhookConfiguration mutatingwebhookconfiguration C - api-extensions -
validatingadmissionpolicies ValidatingAdmissionPolicy validatingadmissionpolicy C - api-extensions s
validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding validatingadmissionpolicybinding C - api-extensions -
validatingwebhookconfigurations ValidatingWebhookConfiguration validatingwebhookconfiguration C - api-extensions -
apiextensions.k8s.io/v1
customresourcedefinitions CustomResourceDefinition customresourcedefinition C crd,crds api-extensions s
scheduling.k8s.io/v1
priorityclasses PriorityClass priorityclass C pc - -
coordination.k8s.io/v1
leases Lease lease N - - -
node.k8s.io/v1
runtimeclasses RuntimeClass runtimeclass C - - -
discovery.k8s.io/v1
endpointslices EndpointSlice endpointslice N - - -
resource.k8s.io/v1
deviceclasses DeviceClass deviceclass C - - -
resourceclaims ResourceClaim resourceclaim N - - s
resourceclaimtemplates ResourceClaimTemplate resourceclaimtemplate N - - -
resourceslices ResourceSlice resourceslice C - - -
flowcontrol.apiserver.k8s.io/v1
flowschemas FlowSchema flowschema C - - s
prioritylevelconfigurations PriorityLevelConfiguration prioritylevelconfiguration C - - s
"""

_SPECIAL_SUBRESOURCES = {
    "binding": Subresource("binding", "Binding", ("create",)),
    "eviction": Subresource("eviction", "Eviction", ("create",), "policy", "v1"),
    "finalize": Subresource("finalize", "Namespace", ("update",)),
    "token": Subresource("token", "TokenRequest", ("create",), "authentication.k8s.io", "v1"),
    "c": Subresource("scale", "Scale", STATUS_VERBS, "autoscaling", "v1"),
}
_FEW_VERBS = {"!": ("create",), "?": ("get", "list")}
_NO_COLLECTION_VERBS = tuple(verb for verb in ALL_VERBS if verb != "deletecollection")


_OPTION_KINDS = {"attach": "Attach", "exec": "Exec", "portforward": "PortForward"}
REACHING = ("attach", "exec", "log", "portforward", "proxy")
"""Subresources that the server answers by asking a node."""
_PROXY_VERBS = ("create", "delete", "get", "patch", "update")


def _subresource(word: str, kind: str) -> Subresource:
    if word == "s":
        return Subresource("status", kind, STATUS_VERBS)
    if word == "proxy":
        return Subresource("proxy", f"{kind}ProxyOptions", _PROXY_VERBS)
    if word == "log":
        return Subresource("log", kind, ("get",))
    if word in REACHING:
        return Subresource(word, f"Pod{_OPTION_KINDS[word]}Options", ("create", "get"))
    return _SPECIAL_SUBRESOURCES.get(word) or Subresource(word, kind, STATUS_VERBS)


def _verbs(plural: str, group: str, extra: str) -> tuple[str, ...]:
    if extra in _FEW_VERBS:
        return _FEW_VERBS[extra]
    return _NO_COLLECTION_VERBS if plural == "namespaces" and not group else ALL_VERBS


def _words(text: str) -> tuple[str, ...]:
    return () if text == "-" or text in _FEW_VERBS else tuple(text.split(","))


def _row(api_version: str, line: str) -> Kind:
    group, _, version = api_version.rpartition("/")
    plural, kind, singular, scope, short, categories, extra = line.split()
    return Kind(
        group=group,
        version=version,
        plural=plural,
        kind=kind,
        singular=singular,
        namespaced=scope == "N",
        short=_words(short),
        categories=_words(categories),
        verbs=_verbs(plural, group, extra),
        subresources=tuple(_subresource(word, kind) for word in _words(extra)),
        list_kind=f"{kind}List",
    )


@cache
def builtin() -> dict[str, dict[str, Kind]]:
    """Return every built-in kind by group/version, then plural."""
    found: dict[str, dict[str, Kind]] = {}
    api_version = ""
    for line in filter(None, _TABLE.splitlines()):
        if " " not in line:
            api_version = line
            continue
        kind = _row(api_version, line)
        found.setdefault(api_version, {})[kind.plural] = kind
    return found


@cache
def by_kind() -> dict[tuple[str, str], Kind]:
    """Return the built-in kinds by (apiVersion, kind)."""
    return {(gv, kind.kind): kind for gv, kinds in builtin().items() for kind in kinds.values()}


def builtin_kind(api_version: str, kind: str) -> Kind:
    """Return one built-in kind; KeyError when there is none."""
    return by_kind()[(api_version, kind)]

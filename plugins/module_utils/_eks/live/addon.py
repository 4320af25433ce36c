# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons of a cluster, live: one, or a set in the order of what needs what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import refuse_repeated
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Deadline, SystemClock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import addon, verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_order import waves
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonSpec, AddonState, Facts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import Offer, offers_from_api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import addon as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import describe_update
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.pod_identity import describe_pod_identity_association, list_pod_identity_associations
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live import addon_configuration as configuration
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.listed import Listed
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.lookups import Lookups
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource

LONG_ENOUGH = 120.0
"""Seconds after which an update that is InProgress is held up by missing nodes, where the add-on's issues say so."""


class Catalogue(Lookups):
    """What EKS offers for the Kubernetes version of one cluster, each answer read once, when first asked for."""

    def __init__(self, client: Any, cluster: str) -> None:
        super().__init__()
        self.client = client
        self.cluster = cluster
        self._version: str | None = None
        self._asked = False
        self._offers: dict[str, tuple[Offer, ...]] = {}
        self._namespaces: dict[str, str | None] = {}

    @property
    def kubernetes_version(self) -> str | None:
        """None when there is no such cluster."""
        if not self._asked:
            with speaking(f"read the Kubernetes version of cluster {self.cluster}"):
                found = api.describe_cluster(self.client, self.cluster)
            self._version, self._asked = found["version"] if found else None, True
        return self._version

    def offers(self, name: str) -> tuple[Offer, ...]:
        """Return the versions of an add-on that fit the cluster, newest first."""
        version = self.kubernetes_version
        if version is None:
            return ()
        if name not in self._offers:
            with speaking(f"read the versions of add-on {name} for Kubernetes {version}"):
                found = api.describe_addon_versions(self.client, addonName=name, kubernetesVersion=version) or []
            self._namespaces[name] = found[0].get("defaultNamespace") if found else None
            self._offers[name] = tuple(offer for entry in found for offer in offers_from_api(entry["addonVersions"], version))
        return self._offers[name]

    def namespace(self, name: str) -> str | None:
        """Return where an add-on goes that declares no namespace; None when EKS does not say."""
        self.offers(name)
        return self._namespaces.get(name)

    def schema(self, name: str, version: str) -> str | None:
        """Return the JSON schema of an add-on's configuration, as text."""
        return (self._configuration(name, version) or {}).get("configurationSchema")

    def accounts(self, name: str, version: str) -> list[str] | None:
        """Return the service accounts for which an add-on takes associations; None when that cannot be read."""
        found = self._configuration(name, version)
        return None if found is None else [each["serviceAccount"] for each in found.get("podIdentityConfiguration") or ()]

    def associations(self, namespace: str) -> list[dict[str, Any]]:
        """Return the associations of a namespace of the cluster, summarised; empty when that cannot be read."""
        read = partial(list_pod_identity_associations, self.client, self.cluster, namespace=namespace)
        return self.once("eks:ListPodIdentityAssociations", (namespace,), f"list the pod identity associations of cluster {self.cluster}", read) or []

    def _configuration(self, name: str, version: str) -> dict[str, Any] | None:
        what = f"read the configuration of add-on {name} {version}"
        return self.once("eks:DescribeAddonConfiguration", (name, version), what, partial(api.describe_addon_configuration, self.client, name, version))


class LiveAddon(PatientResource):
    """One add-on of a cluster."""

    def __init__(self, client: Any, spec: AddonSpec, catalogue: Catalogue, *, present: bool = True, wait: bool = True, clock: Clock | None = None) -> None:
        super().__init__(client, spec.cluster_name, clock=clock)
        self.spec = spec
        self.catalogue = catalogue
        self.present = present
        self.wait = wait
        self.clock = clock or SystemClock()
        self.noun = f"add-on {spec.name}"
        self._patience: dict[str, Deadline] = {}

    def observe(self) -> AddonState | None:
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            answer = api.describe_addon(self.client, self.cluster, self.spec.name)
            if answer is None and self.present:
                self.require_cluster(api.list_addons(self.client, self.cluster))
            return described(self.client, answer, associations=self.spec.pod_identity_associations is not None)

    def in_flight(self, state: AddonState | None) -> Verdict | None:
        return addon.in_flight(state) if self.present or self.wait else None

    def plan(self, state: AddonState | None) -> Plan:
        if not self.present:
            return addon.plan_absent(self.spec, state)
        return self.catalogue.warned(addon.plan_present(self.spec, state, self._facts(state)))

    def _facts(self, state: AddonState | None) -> Facts:
        """Read what this decision needs to know, and no more."""
        facts = Facts()
        if addon.needs_offers(self.spec, state):
            facts = Facts(self.catalogue.kubernetes_version, self.catalogue.offers(self.spec.name))
        version = addon.target_version(self.spec, state, facts)
        if version is not None and addon.needs_schema(self.spec, state, version):
            found = configuration.problems(self.spec.configuration_values, self.catalogue.schema(self.spec.name, version))
            facts = replace(facts, problems=found)
        if version is not None and addon.needs_identities(self.spec, state, version):
            facts = replace(facts, accounts=self.catalogue.accounts(self.spec.name, version), foreign=self._foreign(state))
        return facts

    def _foreign(self, state: AddonState | None) -> tuple[str, ...]:
        """Return the declared service accounts with an association of somebody else's; one that the add-on has need not be looked up."""
        declared = [each["service_account"] for each in self.spec.pod_identity_associations or ()]
        own = [each["service_account"] for each in (state.associations if state is not None else None) or ()]
        namespace = (state.namespace if state is not None else None) or self.spec.namespace or self.catalogue.namespace(self.spec.name)
        if namespace is None or not set(declared) - set(own):
            return ()
        held = {each["serviceAccount"] for each in self.catalogue.associations(namespace)}
        return tuple(account for account in declared if account in held and account not in own)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        update = answer.get("update")
        if step.settle == "update" and update:
            verdict = self.under_way(update["id"], addonName=self.spec.name)
            if verdict.kind == "failed" or (verdict.kind == "pending" and not self._takes_degraded(update["id"])):
                return verdict
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            read = api.describe_addon(self.client, self.cluster, self.spec.name)
        if step.settle == "deleted":
            return verdicts.deleted_verdict(read)
        if read is None and step.operation == "create_addon":
            return pending("not visible yet")
        return addon.active(read, accept_degraded=self.spec.accept_degraded)

    def _takes_degraded(self, update_id: str) -> bool:
        """Whether the update stays InProgress because the add-on waits for nodes, which the task does not do; soon after its begin nobody can tell."""
        patience = self._patience.setdefault(update_id, Deadline(self.clock, LONG_ENOUGH))
        if not self.spec.accept_degraded or patience.remaining() > 0:
            return False
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            return addon.waits_for_nodes(api.describe_addon(self.client, self.cluster, self.spec.name) or {})

    def busy(self, error: Busy) -> Verdict:
        """Where the update that stands in the way stands: this add-on's, or else the cluster's."""
        if error.update_id is None:
            return addon.in_flight(self.observe()) or done()
        with speaking(f"describe update {error.update_id} of cluster {self.cluster}"):
            found = describe_update(self.client, name=self.cluster, addonName=self.spec.name, updateId=error.update_id)
        if found is None:
            return super().busy(error)
        verdict = verdicts.update_verdict(found)
        return done(verdict.reason) if verdict.kind == "failed" else verdict


def live_addon(client: Any, params: Mapping[str, Any], catalogue: Catalogue, *, wait: bool, clock: Clock | None = None) -> LiveAddon:
    """Return the add-on that params (eks_addon's, or a member's with cluster_name) declare."""
    given = {**params, "configuration_values": configuration.declared(params.get("configuration_values"))}
    return LiveAddon(client, AddonSpec.from_params(given), catalogue, present=params["state"] == "present", wait=wait, clock=clock)


def live_addons(client: Any, params: Mapping[str, Any], *, clock: Clock | None = None) -> Listed:
    """Return the set that eks_addons' params declare: what is to be present in its order, then what is to go in the opposite one."""
    cluster, wait = params["cluster_name"], params["wait"]
    refuse_repeated("addons", [item["name"] for item in params["addons"]])
    found = names(client, cluster)
    catalogue = Catalogue(client, cluster)
    unwanted = _unwanted(params, found or ())
    declared = {item["name"]: item for item in params["addons"] if item["name"] not in unwanted}
    members = {name: live_addon(client, {**item, "cluster_name": cluster}, catalogue, wait=wait, clock=clock) for name, item in declared.items()}
    members |= {name: LiveAddon(client, spec, catalogue, present=False, wait=wait, clock=clock) for name, spec in unwanted.items()}
    order = [*waves(_after(declared)), *reversed(waves(dict.fromkeys(unwanted)))]
    in_order = [{name: members[name] for name in wave} for wave in order]
    return Listed(LiveResource(client, cluster), in_order, partial(names, client, cluster), found=found, required=bool(declared))


def _after(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Sequence[str] | None]:
    return {name: item.get("after") for name, item in declared.items()}


def _unwanted(params: Mapping[str, Any], found: Iterable[str]) -> dict[str, AddonSpec]:
    """Return the add-ons that are to go: declared absent, or found and not declared where purge_addons is set."""
    cluster = params["cluster_name"]
    absent = {item["name"]: AddonSpec(cluster, item["name"], preserve=item["preserve"]) for item in params["addons"] if item["state"] == "absent"}
    declared = {item["name"] for item in params["addons"]}
    purged = {name: AddonSpec(cluster, name, preserve=params["preserve"]) for name in found if params["purge_addons"] and name not in declared}
    return {**purged, **absent}


def names(client: Any, cluster: str) -> list[str] | None:
    """Return the names of a cluster's add-ons; None when there is no such cluster."""
    with speaking(f"list the add-ons of cluster {cluster}"):
        return api.list_addons(client, cluster)


def described(client: Any, answer: Mapping[str, Any] | None, *, associations: bool) -> AddonState | None:
    """Return an add-on's state; with the associations it owns, described, where asked: DescribeAddon names their ARNs only."""
    if answer is None:
        return None
    owned = _owned(client, answer["clusterName"], answer.get("podIdentityAssociations") or ()) if associations else None
    return AddonState.from_api(answer, configuration=configuration.described(answer.get("configurationValues")), associations=owned)


def _owned(client: Any, cluster: str, arns: Iterable[str]) -> list[dict[str, str]]:
    found = [describe_pod_identity_association(client, cluster, arn.rsplit("/", 1)[-1]) for arn in arns]
    return [{"service_account": item["serviceAccount"], "role_arn": item["roleArn"]} for item in found if item is not None]

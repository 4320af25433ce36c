# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenID Connect providers of IAM, by which service accounts of a cluster assume roles (IRSA). Pure: declaration and state in, plan out.

Facts: the issuer's host and path are the identity, and immutable; IAM trusts EKS's issuers by their certificate authority, so that thumbprints are not
needed; at most 100 client ids and 5 thumbprints. IAM API reference, CreateOpenIDConnectProvider.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import same_set, tag_delta
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import shown, tag_texts

STS = "sts.amazonaws.com"
LONGEST = 255
MOST_CLIENTS = 100
MOST_THUMBPRINTS = 5
_THUMBPRINT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class ProviderSpec:
    """A declared provider; None = not mentioned. `issuer` is host and path; None = the one of the cluster, which is read first."""

    issuer: str | None = None
    cluster_name: str | None = None
    client_ids: Sequence[str] | None = None
    thumbprints: Sequence[str] | None = None
    tags: Mapping[str, str] | None = None
    purge_client_ids: bool = True
    purge_tags: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ProviderSpec:
        """Return the spec; what IAM would refuse is refused here."""
        spec = cls(
            issuer=issuer_of(params["url"]) if params.get("url") else None,
            cluster_name=params.get("cluster_name"),
            client_ids=_once(params.get("client_ids")),
            thumbprints=_once([each.replace(":", "").lower() for each in params["thumbprints"]] if params.get("thumbprints") is not None else None),
            tags=tag_texts(params.get("tags")),
            purge_client_ids=params.get("purge_client_ids", True),
            purge_tags=params.get("purge_tags", True),
        )
        _refuse_impossible(spec)
        return spec

    def of(self, issuer: str) -> ProviderSpec:
        """Return the spec with the issuer that the cluster has told."""
        return replace(self, issuer=issuer)


@dataclass(frozen=True)
class ProviderState:
    """A provider as IAM describes it."""

    arn: str
    client_ids: Sequence[str]
    thumbprints: Sequence[str]
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, arn: str, answer: Mapping[str, Any] | None) -> ProviderState | None:
        if answer is None:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or []}
        return cls(arn, answer.get("ClientIDList") or [], answer.get("ThumbprintList") or [], tags, answer)

    @property
    def issuer(self) -> str:
        return self.arn.split(":oidc-provider/", 1)[1]


def issuer_of(url: str) -> str:
    """Return host and path of an issuer's URL, as IAM names the provider; a URL that cannot be one is refused."""
    text = url if "://" in url else f"https://{url}"
    parts = urlsplit(text)
    wrong = (
        (parts.scheme != "https", "does not begin with https://"),
        (not parts.hostname or "." not in parts.hostname, "has no host name"),
        (":" in parts.netloc, "has a port"),
        (bool(parts.query or parts.fragment), "has a query or a fragment"),
        (len(text) > LONGEST, f"is longer than {LONGEST} characters"),
    )
    for impossible, what in wrong:
        if impossible:
            raise Refusal(f"url {url} cannot be an issuer: it {what}.", remedy="Give the issuer of the cluster, or cluster_name to read it.", fields=("url",))
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def plan_present(spec: ProviderSpec, state: ProviderState | None) -> Plan:
    """Return the steps that make the provider as declared; empty when it is."""
    if state is None:
        return Plan((_create(spec),))
    return Plan((*_clients(spec, state), *_thumbprints(spec, state), *_tags(spec, state)))


def plan_absent(state: ProviderState | None) -> Plan:
    """Return the step that removes the provider; empty when there is none."""
    if state is None:
        return Plan()
    step = Step("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": state.arn}, deleted("arn", state.arn), settle="deleted")
    return Plan((step,))


def to_result(state: ProviderState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "arn": state.arn,
        "url": f"https://{state.issuer}",
        "issuer": state.issuer,
        "client_ids": sorted(state.client_ids),
        "thumbprints": sorted(state.thumbprints),
        "create_date": state.raw["CreateDate"].isoformat(),
        "tags": dict(state.tags),
    }


def _once(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(dict.fromkeys(values))


def _refuse_impossible(spec: ProviderSpec) -> None:
    clients, prints = spec.client_ids, spec.thumbprints
    long = [each for each in clients or () if not 1 <= len(each) <= LONGEST]
    odd = [each for each in prints or () if not _THUMBPRINT.fullmatch(each)]
    checks = (
        (clients == (), "client_ids is empty: nobody could assume a role by this provider.", f"Give {STS}, or leave client_ids out.", "client_ids"),
        (bool(long), f"client_ids has one that is not of 1 to {LONGEST} characters.", "Shorten it.", "client_ids"),
        (len(clients or ()) > MOST_CLIENTS, f"client_ids has more than {MOST_CLIENTS}.", "Leave out those that no token is for.", "client_ids"),
        (prints == (), "thumbprints is empty.", "Leave thumbprints out: IAM then trusts the issuer by its certificate authority.", "thumbprints"),
        (len(prints or ()) > MOST_THUMBPRINTS, f"thumbprints has more than {MOST_THUMBPRINTS}.", "Leave out old ones.", "thumbprints"),
        (bool(odd), f"{', '.join(odd)} is not a SHA-1 thumbprint of 40 hexadecimal digits.", "Correct thumbprints, or leave it out.", "thumbprints"),
    )
    for impossible, what, remedy, name in checks:
        if impossible:
            raise Refusal(what, remedy=remedy, fields=(name,))


def _create(spec: ProviderSpec) -> Step:
    """The URL is not known where the cluster is yet to come: then this is only planned."""
    request: dict[str, Any] = {"Url": f"https://{spec.issuer}", "ClientIDList": list(spec.client_ids or (STS,))}
    if spec.thumbprints is not None:
        request["ThumbprintList"] = list(spec.thumbprints)
    if spec.tags:
        request["Tags"] = _pairs(spec.tags)
    url = request["Url"] if spec.issuer else f"the issuer of cluster {spec.cluster_name}"
    after = {"url": url, "client_ids": request["ClientIDList"], "thumbprints": request.get("ThumbprintList"), "tags": spec.tags}
    return Step("create_open_id_connect_provider", request, created("", after), settle="visible")


def _clients(spec: ProviderSpec, state: ProviderState) -> tuple[Step, ...]:
    """Where none are mentioned STS must be among them, and others are left alone. Those that come come before those that go."""
    wanted = spec.client_ids if spec.client_ids is not None else (STS,)
    purge = spec.purge_client_ids and spec.client_ids is not None
    coming = [each for each in wanted if each not in state.client_ids]
    going = sorted(each for each in state.client_ids if purge and each not in wanted)
    before = sorted(state.client_ids)
    change = (Change("client_ids", before, sorted({*before, *coming} - {*going})),)
    steps = [("add_client_id_to_open_id_connect_provider", each) for each in coming]
    steps += [("remove_client_id_from_open_id_connect_provider", each) for each in going]
    return tuple(Step(operation, {"OpenIDConnectProviderArn": state.arn, "ClientID": each}, change) for operation, each in steps)


def _thumbprints(spec: ProviderSpec, state: ProviderState) -> tuple[Step, ...]:
    if spec.thumbprints is None or same_set(spec.thumbprints, [each.lower() for each in state.thumbprints]):
        return ()
    change = (Change("thumbprints", sorted(state.thumbprints), sorted(spec.thumbprints)),)
    request = {"OpenIDConnectProviderArn": state.arn, "ThumbprintList": list(spec.thumbprints)}
    return (Step("update_open_id_connect_provider_thumbprint", request, change),)


def _tags(spec: ProviderSpec, state: ProviderState) -> tuple[Step, ...]:
    wanted, unwanted = tag_delta(spec.tags, state.tags, purge=spec.purge_tags)
    steps = []
    if wanted:
        changes = tuple(Change(f"tags.{shown(key)}", state.tags.get(key), value) for key, value in wanted.items())
        steps.append(Step("tag_open_id_connect_provider", {"OpenIDConnectProviderArn": state.arn, "Tags": _pairs(wanted)}, changes))
    if unwanted:
        changes = tuple(Change(f"tags.{shown(key)}", state.tags[key], None) for key in unwanted)
        steps.append(Step("untag_open_id_connect_provider", {"OpenIDConnectProviderArn": state.arn, "TagKeys": unwanted}, changes))
    return tuple(steps)


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]

# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bearer tokens of EKS, made without a call: a presigned STS GetCallerIdentity that names the cluster in a signed header.

Source: the token format of aws-iam-authenticator, v1 (`k8s-aws-v1.` and the URL in base64url without padding).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
URL_EXPIRES = 60
"""Seconds in X-Amz-Expires. EKS reads the signing time instead: a token is good for LIFETIME from then, whatever this says."""
LIFETIME = timedelta(minutes=14)
_OPERATION = "sts.GetCallerIdentity"
_PARAMETER = "ClusterName"


@dataclass(frozen=True)
class Token:
    """A bearer token and when it stops working (UTC)."""

    value: str = field(repr=False)
    expires: datetime


def bearer_token(clients: Clients, cluster: str) -> Token:
    """Return a token for cluster, signed with the task's credentials at the region's own STS endpoint; no request is sent."""
    with speaking(f"sign a token for cluster {cluster}"):
        sts = _sts(clients)
        begun = datetime.now(UTC)
        url = sts.generate_presigned_url("get_caller_identity", Params={_PARAMETER: cluster}, ExpiresIn=URL_EXPIRES, HttpMethod="GET")
    encoded = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    return Token(PREFIX + encoded, begun + LIFETIME)


def _sts(clients: Clients) -> Any:
    """Return the STS client with the header's handlers; EKS accepts tokens of regional endpoints in every partition."""
    clients.session.set_config_variable("sts_regional_endpoints", "regional")
    sts = clients("sts")
    sts.meta.events.register(f"provide-client-params.{_OPERATION}", _take_cluster, unique_id="fleetops.eks-take-cluster")
    sts.meta.events.register(f"before-sign.{_OPERATION}", _add_header, unique_id="fleetops.eks-add-header")
    return sts


def _take_cluster(params: dict[str, Any], context: dict[str, Any], **_kwargs: Any) -> None:
    """Carry the cluster's name past the validation of parameters, which does not know it."""
    if _PARAMETER in params:
        context[HEADER] = params.pop(_PARAMETER)


def _add_header(request: Any, **_kwargs: Any) -> None:
    if HEADER in request.context:
        request.headers[HEADER] = request.context[HEADER]

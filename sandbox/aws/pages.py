"""Pages smaller than the service's own, and pages of IAM's lists that moto answers whole.

AWS says of its lists that a page may hold fewer rows than were asked for: who reads goes on while there is a token. The setting `page` makes it so.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import StructureShape
from moto.core.responses import ActionResult
from moto.iam.exceptions import ValidationError
from moto.iam.responses import IamResponse

IAM_PAGE = 100
HEADER = "X-Sandbox-Page"
LIMITS = ("maxResults", "MaxResults")
Rows = Callable[[IamResponse, str], list[Any]]


def smaller(shape: StructureShape | None, params: dict[str, Any], most: int) -> dict[str, Any]:
    """Return the parameters of a list with no more rows asked for than `most`; those of anything else, and all where most is 0, as they are."""
    members: Mapping[str, Any] = shape.members if shape is not None else {}
    limit = next((name for name in LIMITS if name in members), None)
    return {**params, limit: min(params.get(limit) or most, most)} if limit and most else params


def _attached(response: IamResponse, role: str) -> list[Any]:
    found, _ = response.backend.list_attached_role_policies(role, max_items=10**6, path_prefix=response._get_param("PathPrefix", "/"))
    return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in found]


def _inline(response: IamResponse, role: str) -> list[Any]:
    return list(response.backend.list_role_policies(role))


def _profiles(response: IamResponse, role: str) -> list[Any]:
    return list(response.backend.get_instance_profiles_for_role(role_name=role))


def _paged(key: str, rows: Rows) -> Callable[[IamResponse], ActionResult]:
    def listed(self: IamResponse) -> ActionResult:
        every, start = rows(self, self._get_param("RoleName")), _offset(self._get_param("Marker"))
        size = min(int(self._get_param("MaxItems") or IAM_PAGE), int(self.headers.get(HEADER) or IAM_PAGE))
        more = start + size < len(every)
        return ActionResult({key: every[start : start + size], "IsTruncated": more, **({"Marker": _marker(start + size)} if more else {})})

    return listed


def _marker(offset: int) -> str:
    return base64.urlsafe_b64encode(f"marker:{offset}".encode()).decode()


def _offset(marker: str | None) -> int:
    """Return where a page begins; IAM refuses a marker that it did not give."""
    if not marker:
        return 0
    try:
        label, _, number = base64.urlsafe_b64decode(marker).decode().partition(":")
    except ValueError:
        label, number = "", ""
    if label != "marker" or not number.isdigit():
        raise ValidationError("Invalid Marker.")
    return int(number)


def extend() -> None:
    """Let moto answer a role's policies and instance profiles in pages, once for the process."""
    lists = (("attached_role_policies", "AttachedPolicies", _attached), ("role_policies", "PolicyNames", _inline))
    for name, key, rows in (*lists, ("instance_profiles_for_role", "InstanceProfiles", _profiles)):
        setattr(IamResponse, f"list_{name}", _paged(key, rows))

# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of an EKS resource as steps: TagResource and UntagResource take an ARN and answer at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import tag_delta
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Step

MOST = 50
RESERVED = "aws:"


def tag_texts(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return tags with their values as text, as AWS keeps them: YAML reads `CostCenter: 1` as a number."""
    return None if tags is None else {str(key): str(value) for key, value in tags.items()}


def refuse_tags(subject: str, declared: Mapping[str, str] | None) -> None:
    """Refuse tags that no AWS resource can have; subject: `Fargate profile web of cluster edge`."""
    reserved = sorted(key for key in declared or () if key.lower().startswith(RESERVED))
    if reserved:
        raise Refusal(f"The tags {', '.join(reserved)} of {subject} are reserved: AWS alone sets {RESERVED}….", remedy="Leave them out.", fields=("tags",))
    if declared is not None and len(declared) > MOST:
        raise Refusal(f"{subject} has {len(declared)} tags; AWS takes {MOST}.", remedy="Leave some out.", fields=("tags",))


def tag_steps(arn: str, declared: Mapping[str, str] | None, actual: Mapping[str, str], *, purge: bool) -> tuple[Step, ...]:
    """Return the steps that make the tags of arn as declared; none when declared is None. New ones come first, where there is room for them."""
    wanted, unwanted = tag_delta(declared, actual, purge=purge)
    _refuse_crowd(arn, wanted, {key for key in actual if key not in unwanted})
    steps = []
    if wanted:
        changes = tuple(Change(f"tags.{shown(key)}", actual.get(key), value) for key, value in wanted.items())
        steps.append(Step("tag_resource", {"resourceArn": arn, "tags": wanted}, changes))
    if unwanted:
        changes = tuple(Change(f"tags.{shown(key)}", actual[key], None) for key in unwanted)
        steps.append(Step("untag_resource", {"resourceArn": arn, "tagKeys": unwanted}, changes))
    return tuple(steps if _counted({*actual, *wanted}) <= MOST else reversed(steps))


def _refuse_crowd(arn: str, wanted: Collection[str], kept: Collection[str]) -> None:
    """Refuse to add to the tags that stay more than AWS takes of one resource."""
    count = _counted({*wanted, *kept})
    if wanted and count > MOST:
        raise Refusal(f"{arn} would have {count} tags; AWS takes {MOST}.", remedy="Leave some out, or set purge_tags: true.", fields=("tags", "purge_tags"))


def _counted(keys: Collection[str]) -> int:
    """AWS does not count the tags that it sets itself (AWS General Reference, Tagging)."""
    return sum(not key.lower().startswith(RESERVED) for key in keys)


def shown(key: str) -> str:
    """Return a user's key as a part of a change's path, where a dot would make a tree of it."""
    return key.replace(".", "·")

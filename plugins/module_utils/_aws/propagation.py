# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM made a moment ago is not known everywhere yet: a refusal that names it is worth another try for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Deadline, SystemClock

WINDOW = 60.0
"""Seconds. IAM's own word is `within seconds`; the worst seen by others is near a minute."""

EKS_ROLE = ("role provided in the request does not exist", "could not be assumed because it does not exist", "principalarn is invalid")
"""What EKS says of a role that it does not know, or not yet."""
EKS_ROLE_REMEDY = "Create the role first (fleetops.eks.eks_iam_roles), with a trust policy for the service, or correct its ARN."


class Propagation:
    """Tells a name that is not known yet from a name that is wrong: by time, from the first refusal on."""

    def __init__(self, texts: tuple[str, ...], *, clock: Clock | None = None, window: float = WINDOW, remedy: str = "") -> None:
        """texts: parts of the service's messages, in lower case, that a fresh name explains. remedy: what to do when it stays unknown."""
        self.texts = texts
        self.clock = clock or SystemClock()
        self.window = window
        self.remedy = remedy
        self._patience: Deadline | None = None

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Let a refusal that may pass by itself be Busy: reconcile pauses and makes the call again."""
        try:
            yield
        except ServiceError as error:
            raise self.weigh(error) from error.__cause__

    def weigh(self, error: ServiceError) -> ServiceError:
        """Return Busy while the refusal may pass by itself, else the error, with the remedy where the name stayed unknown."""
        if not any(text in error.message.lower() for text in self.texts):
            return error
        self._patience = self._patience or Deadline(self.clock, self.window)
        if self._patience.remaining() > 0:
            return Busy(error.message, code=error.code, error=error.facts.get("error"))
        error.remedy = error.remedy or self.remedy
        return error

# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast path of fleetops.eks.eks_interruption_queue_info."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.modules import eks_interruption_queue_info
from ansible_collections.fleetops.eks.plugins.plugin_utils.fast_path import FastPathAction


class ActionModule(FastPathAction):
    module = eks_interruption_queue_info
    services = ("sqs", "events", "sts")

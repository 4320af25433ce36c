"""The simulator and the helpers of its unit tests, for the rules that AWS holds its callers to."""

from __future__ import annotations

from tests.conformance.aws.recording import pytest_runtest_makereport
from tests.unit.sandbox.aws.conftest import aws, cluster, eks, new_cluster, new_nodegroup, refused, simulator

__all__ = ["aws", "cluster", "eks", "new_cluster", "new_nodegroup", "pytest_runtest_makereport", "refused", "simulator"]

"""What every test may rely on: the tools of this environment on PATH, and none of the user's own AWS settings."""

from __future__ import annotations

import os
import pathlib
import sys

from hypothesis import settings

from tests.conformance import ledger

# A fixture and a hook, for every test.
conformance = ledger.conformance
pytest_runtest_makereport = ledger.pytest_runtest_makereport
BIN = str(pathlib.Path(sys.executable).parent)
if BIN not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = BIN + os.pathsep + os.environ["PATH"]
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
# A loaded machine is no bug, so no example has a deadline; and a failure is the same on every machine, so examples are not random.
settings.register_profile("fleetops", deadline=None, derandomize=True)
settings.load_profile("fleetops")

"""Hosts as the supervisor sees them: containers that come with `up` and go with whatever ends the sandbox."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from sandbox import state as statedir
from sandbox.hosts import NoEngine
from sandbox.hosts.engine import Engine, find_engine
from sandbox.hosts.network import LABEL, sandbox_id
from tests.integration.sandbox.lab import Lab, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    try:
        return find_engine(tmp_path_factory.mktemp("engine"))
    except NoEngine as error:
        pytest.skip(str(error))


@pytest.fixture
def hosts_lab(lab: Lab, engine: Engine) -> Iterator[Lab]:
    yield lab
    lab.run("down")
    assert left(lab, engine) == ([], [])


def left(lab: Lab, engine: Engine) -> tuple[list[str], list[str]]:
    """Return the sandbox's containers and networks, as the engine lists them."""
    label = f"label={LABEL}={sandbox_id(lab.directory)}"
    return engine.text("ps", "-a", "-q", "--filter", label).split(), engine.text("network", "ls", "-q", "--filter", label).split()


def test_hosts_come_with_up_and_their_remains_go_with_the_next_command(hosts_lab: Lab, engine: Engine) -> None:
    done = hosts_lab.run("up", "--hosts", "edge-a1")
    assert done.returncode == 0, done.stderr
    state = hosts_lab.state()
    assert state["hosts"].keys() == {"edge-a1"}
    assert state["hosts_left_out"] is None
    assert state["artifacts"]["url"].startswith(f"http://{state['network']['gateway']}:")
    reset = hosts_lab.run("reset")
    assert reset.returncode == 0, reset.stderr
    assert hosts_lab.state()["network"] == state["network"]
    os.kill(state["pid"], signal.SIGKILL)
    until(lambda: not statedir.is_running(hosts_lab.directory))
    assert [len(rows) for rows in left(hosts_lab, engine)] == [1, 1]
    assert hosts_lab.run("down").returncode == 0
    assert left(hosts_lab, engine) == ([], [])

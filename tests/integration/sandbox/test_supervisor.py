"""The supervisor on stand-in parts: everything starts in order, and nothing is ever left."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox import state as statedir
from tests.integration.sandbox.lab import Lab, until

NOT_RUNNING = 3


def test_parts_start_in_order_and_hear_of_each_other(lab: Lab) -> None:
    done = lab.up()
    assert done.returncode == 0, done.stderr
    state = lab.state()
    assert state["status"] == "running"
    assert state["aws"]["url"] == f"http://127.0.0.1:{state['ports']['aws']}"
    assert state["foundation"] == {"seen": state["aws"]["url"]}


def test_state_is_for_the_owner_only(lab: Lab) -> None:
    lab.up()
    assert lab.directory.stat().st_mode & 0o777 == 0o700
    readable = [path for path in lab.directory.rglob("*") if path.stat().st_mode & 0o077]
    assert readable == []


def test_down_leaves_no_process_and_no_file(lab: Lab) -> None:
    lab.up()
    assert lab.processes()
    done = lab.run("down")
    assert (done.returncode, done.stdout) == (0, f"down: {lab.directory}\n")
    assert lab.processes() == {}
    assert not lab.directory.exists()


def test_down_twice_is_quiet(lab: Lab) -> None:
    lab.up()
    lab.run("down")
    done = lab.run("down")
    assert (done.returncode, done.stdout) == (0, f"nothing runs in {lab.directory}\n")


def test_down_ends_parts_that_do_not_hear_and_grandchildren_in_other_sessions(lab: Lab, other_lab: Lab) -> None:
    lab.up("orphan")
    other_lab.up("stubborn")
    assert len(lab.processes()) == 3
    for each in (lab, other_lab):
        assert each.run("down").returncode == 0
        assert each.processes() == {}


def test_two_sandboxes_side_by_side(lab: Lab, other_lab: Lab) -> None:
    with ThreadPoolExecutor() as pool:
        assert [done.returncode for done in pool.map(lambda each: each.up(), (lab, other_lab))] == [0, 0]
    assert lab.run("down").returncode == 0
    assert statedir.is_running(other_lab.directory)
    assert len(other_lab.processes()) == 3


def test_a_part_that_dies_at_start_ends_all_and_says_why(lab: Lab) -> None:
    done = lab.up("dies-at-start")
    assert done.returncode != 0
    assert "foundation ended with exit code 1:\n    no room left on the simulated device" in done.stderr
    lab.assert_no_process()
    status = lab.run("status")
    assert status.returncode == NOT_RUNNING
    assert "no room left" in status.stdout
    assert "no room left" in lab.run("logs", "foundation").stdout


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ("silent", "aws was not ready after 0.3 s and said nothing"),
        ("missing-program", "Could not start /nonexistent: No such file or directory"),
        ("missing-need", "aws need parts that are not in the plan"),
    ],
)
def test_what_cannot_start_is_said_in_one_line(lab: Lab, plan: str, reason: str) -> None:
    done = lab.up(plan)
    assert done.returncode != 0
    assert reason in done.stderr
    lab.assert_no_process()


def test_a_part_without_its_condition_is_left_out(lab: Lab) -> None:
    done = lab.up("left-out")
    assert done.returncode == 0, done.stderr
    assert "hosts" not in lab.state()


def test_a_part_that_dies_later_ends_all(lab: Lab) -> None:
    lab.up()
    os.kill(lab.state()["kubernetes"]["pid"], signal.SIGKILL)
    until(lambda: not statedir.is_running(lab.directory))
    lab.assert_no_process()
    assert lab.state()["status"] == "ended"
    assert lab.state()["why"].startswith("kubernetes ended with signal SIGKILL")


def test_the_supervisor_takes_its_parts_with_it(lab: Lab) -> None:
    lab.up()
    os.kill(lab.state()["pid"], signal.SIGKILL)
    lab.assert_no_process()
    assert lab.run("status").returncode == NOT_RUNNING
    assert "cleared what was left" in lab.run("down").stdout
    assert not lab.directory.exists()


def test_down_finds_the_grandchildren_of_a_supervisor_that_was_killed(lab: Lab) -> None:
    lab.up("orphan")
    os.kill(lab.state()["pid"], signal.SIGKILL)
    until(lambda: len(lab.processes()) == 1)
    assert lab.run("down").returncode == 0
    assert lab.processes() == {}


def test_down_never_ends_a_shell_that_names_the_sandbox(lab: Lab) -> None:
    lab.up()
    with subprocess.Popen(["sleep", "60"], env={**os.environ, statedir.VARIABLE: str(lab.directory)}) as shell:
        lab.run("down")
        assert shell.poll() is None
        shell.kill()


@pytest.mark.parametrize("seed", range(6))
def test_a_starter_killed_at_any_moment_leaves_nothing(lab: Lab, seed: int) -> None:
    with subprocess.Popen(lab.up_command("slow"), stdout=subprocess.DEVNULL) as starter:
        time.sleep(random.Random(seed).uniform(0.05, 0.6))
        starter.kill()
    lab.assert_no_process()
    assert not (lab.directory / statedir.STATE_FILE).exists()


def test_a_starter_killed_while_parts_run_leaves_no_directory(lab: Lab) -> None:
    with subprocess.Popen(lab.up_command("slow"), stdout=subprocess.DEVNULL) as starter:
        until(lambda: "foundation" in lab.state())
        starter.kill()
    lab.assert_no_process()
    assert not lab.directory.exists()


def test_ctrl_c_calls_it_off(lab: Lab) -> None:
    heeding = ["env", "--default-signal=INT"]  # what a shell starts in the background ignores SIGINT, and so would its children
    with subprocess.Popen([*heeding, *lab.up_command("slow")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as starter:
        until(lambda: "foundation" in lab.state())
        starter.send_signal(signal.SIGINT)
        starter.wait(10)
    assert lab.processes() == {}
    assert not lab.directory.exists()


def test_down_during_up_waits_for_it(lab: Lab) -> None:
    with subprocess.Popen(lab.up_command(), stdout=subprocess.PIPE, text=True) as starter:
        until(lambda: (lab.directory / statedir.DAEMON_LOCK).exists())
        done = lab.run("down")
        assert starter.wait(10) == 0
    assert (done.returncode, done.stdout) == (0, f"down: {lab.directory}\n")


def test_the_cleanup_runs_once_whoever_ends_the_sandbox(lab: Lab, tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned"
    lab.up("cleanup", env={**os.environ, "CLEANED": str(cleaned)})
    lab.run("down")
    assert cleaned.read_text() == "x"


def test_state_from_before_a_reboot_is_cleared(lab: Lab) -> None:
    statedir.claim(lab.directory)
    statedir.write(lab.directory, {"pid": os.getpid(), "status": "running", "options": {"hosts": []}})
    done = lab.run("status")
    assert (done.returncode, done.stdout) == (NOT_RUNNING, f"nothing runs in {lab.directory}: its supervisor was killed, or the machine restarted\n")
    assert lab.run("down").returncode == 0
    assert not lab.directory.exists()


@pytest.mark.parametrize("command", ["down", "up"])
def test_a_directory_deleted_under_its_supervisor_does_not_hide_it(lab: Lab, command: str) -> None:
    """`up` goes on to fail, at a port that another program has: what it does before that is what counts."""
    lab.up()
    shutil.rmtree(lab.directory)
    with socket.create_server(("127.0.0.1", 0)) as other:
        options = ["--no-hosts", "--aws-port", str(other.getsockname()[1])] if command == "up" else []
        lab.run(command, *options)
    assert lab.processes() == {}

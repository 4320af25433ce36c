"""The daemon of one sandbox: starts the parts it is told to, restarts nothing, and ends them all when one ends.

It knows nothing of AWS or Kubernetes: a Plan (from sandbox/fleet.py, or from a test) says which programs run, in which order, and how what
one of them announces reaches the next. A part is a server, which prints `ready URL` once it answers and then lives as long as the sandbox,
or a job, which may print `result {json}` and ends with 0. What they announce is merged into state.json, where the words of later parts
(`{aws.url}`) find it.

Nothing outlives it. Parts die with the daemon (PR_SET_PDEATHSIG); their orphans come back to it (PR_SET_CHILD_SUBREAPER); until the starter
has said `detached` over its socket, the end of the starter is the end of the sandbox and of its state directory.
It has one thread only, for PR_SET_PDEATHSIG follows the thread that forked.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import state as statedir
from sandbox.plan import Part, Plan, base_environment, environment, expand, lookup, proxy_exceptions
from sandbox.processes import adopt_orphans, announcement, exit_text, kill_marked, reap_children, signal_groups, spawn, tail, watch_signals

STARTING_POLL_SECONDS = 0.03
CLEANUP_SECONDS = 90.0


class Ending(statedir.SandboxError):
    """The sandbox ends; the text says why."""


class StarterGone(Ending):
    """The starter ended before the sandbox was up."""


@dataclass
class Running:
    """A part that has been started."""

    part: Part
    process: subprocess.Popen[bytes]
    log: Path
    deadline: float
    announced: bool = False


class Supervisor:
    """One sandbox from its first part to its last breath. `starter` is the socket to the command that wants it up."""

    def __init__(self, directory: Path, plan: Plan, starter: socket.socket, lock: int) -> None:
        self.directory = directory
        self.lock = lock
        self.plan = plan
        self.starter: socket.socket | None = starter
        self.state: statedir.State = {**plan.facts, "pid": os.getpid(), "status": "starting", "why": None}
        self.running: dict[str, Running] = {}
        self.done: set[str] = set()
        self.told_to_stop = False
        self.reserved: dict[str, socket.socket] = {}
        self.wakeup = watch_signals(self._on_stop_signal)

    def run(self) -> int:
        """Bring everything up, hand over to the starter, wait for the end, end everything. Return the exit code."""
        try:
            self._bring_up()
            self._hand_over()
            while True:
                self._wait(None)
        except StarterGone as end:
            self._finish(str(end), forget=True)
            return 1
        except statedir.SandboxError as end:
            self._finish(str(end), forget=False)
            return 0 if self.told_to_stop else 1
        except Exception as error:  # noqa: BLE001  whatever it is, the parts and the containers must go before this process does
            traceback.print_exc()
            self._finish(f"the supervisor failed: {type(error).__name__}: {error}", forget=False)
            return 1

    # Bringing up

    def _bring_up(self) -> None:
        self._save()
        self._reserve_ports()
        self._save()
        pending = list(self.plan.parts)
        while pending or self._unannounced():
            pending = [part for part in pending if not self._start_if_due(part)]
            if pending and not self._unannounced() and not any(self.done.issuperset(part.needs) for part in pending):
                raise Ending(f"{', '.join(part.name for part in pending)} need parts that are not in the plan")
            self._wait(STARTING_POLL_SECONDS)
            self._listen_to_parts()

    def _unannounced(self) -> list[Running]:
        return [running for running in self.running.values() if not running.announced]

    def _start_if_due(self, part: Part) -> bool:
        """Start a part whose needs are met, or pass over one that has no reason to run. Return whether that settled it."""
        if not self.done.issuperset(part.needs):
            return False
        if part.only_if and lookup(self.state, part.only_if) is None:
            self.done.add(part.name)
        else:
            self._start(part)
        return True

    def _start(self, part: Part) -> None:
        log = self.directory / "logs" / f"{part.name}.log"
        process = spawn(expand(part.argv, self.state), environment(part, self.directory, self.state), log)
        self.running[part.name] = Running(part, process, log, time.monotonic() + part.seconds)
        self._tell(event="start", part=part.name)

    def _listen_to_parts(self) -> None:
        for running in self._unannounced():
            if running.part.job:
                self._check_deadline(running)
            elif (url := announcement(running.log, "ready")) is not None:
                self._announced(running, {running.part.name: self._server_facts(running, url)})
            else:
                self._check_deadline(running)

    def _server_facts(self, running: Running, url: str) -> dict[str, Any]:
        return {"url": url, "pid": running.process.pid, **dict(running.part.facts)}

    def _announced(self, running: Running, news: dict[str, Any]) -> None:
        running.announced = True
        self.done.add(running.part.name)
        self.state.update(news)
        if holder := self.reserved.pop(running.part.name, None):
            holder.close()
        self._save()
        self._tell(event="ready", part=running.part.name)

    def _check_deadline(self, running: Running) -> None:
        if time.monotonic() > running.deadline:
            raise Ending(f"{running.part.name} was not ready after {running.part.seconds:g} s{tail(running.log)}")

    def _reserve_ports(self) -> None:
        """Hold the ports bound, not listening, until their parts listen there: SO_REUSEADDR on both sides lets that happen and keeps others away."""
        self.reserved = {name: reserve_port(name, port) for name, port in self.plan.ports.items()}
        self.state["ports"] = {name: holder.getsockname()[1] for name, holder in self.reserved.items()}

    def _hand_over(self) -> None:
        self.state["status"] = "running"
        self._save()
        self._tell(event="up")
        while self.starter:
            self._wait(None)

    # Waiting

    def _on_stop_signal(self) -> None:
        self.told_to_stop = True

    def _wait(self, seconds: float | None) -> None:
        """Sleep until something happens, at most so long; raise Ending when that something is a reason to end."""
        if self.starter in self._sleep([self.starter] if self.starter else [], seconds):
            self._hear_starter()
        if self.told_to_stop:
            raise Ending("it was told to stop")
        self._reap()

    def _sleep(self, sources: list[socket.socket], seconds: float | None) -> list[socket.socket]:
        """Sleep until a signal comes or a source has something, at most so long; return those sources."""
        ready, _, _ = select.select([self.wakeup, *sources], [], [], seconds)
        if self.wakeup in ready:
            self.wakeup.recv(4096)
        return [source for source in ready if source is not self.wakeup]

    def _hear_starter(self) -> None:
        if self.starter is None:
            return
        try:
            word = self.starter.recv(64)
        except ConnectionResetError:
            word = b""
        if word != b"detached\n":
            raise StarterGone("the command that started it ended before it was up")
        self.starter.close()
        self.starter = None

    def _reap(self) -> None:
        for running, code in list(self._ended()):
            if not running.part.job or code != 0:
                raise Ending(f"{running.part.name} ended with {exit_text(code)}{tail(running.log)}")
            self._announced(running, json.loads(announcement(running.log, "result") or "{}"))

    def _ended(self) -> Iterator[tuple[Running, int]]:
        """Collect every dead child, orphans that became ours included; yield those that are parts, with their exit codes."""
        by_pid = {running.process.pid: running for running in self.running.values()}
        for pid, code in reap_children():
            if pid in by_pid:
                by_pid[pid].process.returncode = code
                del self.running[by_pid[pid].part.name]
                yield by_pid[pid], code

    # Ending

    def _finish(self, why: str, *, forget: bool) -> None:
        """End all parts, remove what is not a process, then leave the reason behind, or nothing at all."""
        for holder in self.reserved.values():
            holder.close()
        self._stop_parts()
        cleaned = self._clean_up()
        print(f"ended: {why}", flush=True)
        if forget and cleaned:
            forget_sandbox(self.directory)
        elif self._is_home():
            statedir.update(self.directory, status="ended", why=why, cleaned=cleaned)
        self._tell(event="failed", why=why)

    def _stop_parts(self) -> None:
        """Ask every part's process group to end, insist after the plan's grace."""
        groups = {running.process.pid for running in self.running.values()}
        signal_groups(groups, signal.SIGTERM)
        deadline = time.monotonic() + self.plan.grace
        while self.running and time.monotonic() < deadline:
            self._sleep([], STARTING_POLL_SECONDS)
            list(self._ended())
        signal_groups(groups, signal.SIGKILL)
        kill_marked(self.directory)

    def _clean_up(self) -> bool:
        """Remove what is not a process; tell whether that went well."""
        if not self.plan.cleanup:
            return True
        log = self.directory / "logs" / "cleanup.log" if self._is_home() else Path(os.devnull)
        process = spawn(expand(self.plan.cleanup, self.state), {**base_environment(), **proxy_exceptions(self.state)}, log)
        try:
            return process.wait(CLEANUP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            signal_groups({process.pid}, signal.SIGKILL)
            print(f"the clean-up was not done after {CLEANUP_SECONDS:g} s", flush=True)
            return False

    # Telling

    def _is_home(self) -> bool:
        """Tell whether the state directory is still ours: somebody may have deleted it, and somebody else made it anew."""
        return statedir.is_current(self.lock, self.directory / statedir.DAEMON_LOCK)

    def _save(self) -> None:
        if not self._is_home():
            raise Ending(f"its state directory {self.directory} was deleted")
        statedir.write(self.directory, self.state)

    def _tell(self, **message: Any) -> None:
        if self.starter is None:
            return
        try:
            self.starter.sendall((json.dumps(message) + "\n").encode())
        except (BrokenPipeError, ConnectionResetError):
            print("the starter does not listen any more", flush=True)


def reserve_port(name: str, port: int) -> socket.socket:
    """Return a socket bound to the port of a part (0: any that is free on all addresses), not listening."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind(("127.0.0.1" if port else "0.0.0.0", port))
    except OSError as error:
        holder.close()
        raise Ending(f"Port {port} for {name} cannot be used: {error.strerror}: name another, or leave the option out") from error
    return holder


def forget_sandbox(directory: Path) -> None:
    """Delete what a sandbox that never came up has left, unless another command is at work here, which then does that itself."""
    lock = statedir.take_lock(directory, statedir.COMMAND_LOCK, seconds=0)
    if lock is not None:
        statedir.remove(directory)
        os.close(lock)


def main(argv: list[str]) -> int:
    """Run the daemon: `python -m sandbox.supervisor DIRECTORY SOCKET LOCK`, the last two being inherited descriptors; the plan is the first
    line on the socket."""
    directory, descriptor, lock = Path(argv[0]), int(argv[1]), int(argv[2])
    os.set_inheritable(descriptor, False)
    os.set_inheritable(lock, False)
    adopt_orphans()
    starter = socket.socket(fileno=descriptor)
    with starter.makefile("r") as lines:
        text = lines.readline()
    if text.endswith("\n"):
        return Supervisor(directory, Plan.from_json(text), starter, lock).run()
    forget_sandbox(directory)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command line: `python -m sandbox up|down|status|logs|env|reset|aws|kubernetes`. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing runs."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox import fleet, launch
from sandbox import state as statedir
from sandbox.processes import supervisors
from sandbox.state import SandboxError, State
from sandbox.views import log_lines, ours, shell_strays, shell_variables, summary

DONE, FAILED, USAGE, NOT_RUNNING = 0, 1, 2, 3
FOREGROUND = {"aws": "sandbox.aws.server", "kubernetes": "sandbox.kubernetes.server", "kubernetes-real": "sandbox.real.front"}
UNKNOWN_END = "its supervisor was killed, or the machine restarted"
SLOW_PARTS = {"network": "looking for a container engine", "images": "making the hosts' image (a minute or two, the first time)", "hosts": "starting the hosts"}

Command = Callable[[argparse.Namespace, Path], int]


def main(argv: list[str]) -> int:
    """Run one command. What the user can act on is printed in words, never as a traceback."""
    args, rest = parser().parse_known_args(argv)
    if args.command is None:
        return _foreground(args.part, [*(["--state", args.state] if args.state else []), *rest])
    if rest:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(args.command(args, statedir.locate(args.state)))
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The reader (head, less) has gone; Python must not complain about it when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _foreground(name: str, argv: list[str]) -> int:
    """Run one server in this process; its options are its own."""
    return int(importlib.import_module(FOREGROUND[name]).main(argv) or DONE)


def parser() -> argparse.ArgumentParser:
    """Return the parser. `--state` is taken before and after the command."""
    top = argparse.ArgumentParser(prog="python -m sandbox", description="a whole fleet on one machine, with no AWS account")
    top.add_argument("--state", metavar="DIR", help=f"state directory; else ${statedir.VARIABLE}, else .cache/sandbox in the checkout")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    rows: dict[str, tuple[Command, str]] = {
        "up": (up, "start everything; returns when it answers"),
        "down": (down, "end everything and delete the state directory"),
        "status": (status, "show what runs; exit code 3 when nothing does"),
        "logs": (logs, "print the logs of all parts, or of one"),
        "env": (env, 'print what a shell needs: eval "$(python -m sandbox env)"'),
        "reset": (reset, "empty the simulated AWS and Kubernetes, seed the foundation again, make the hosts anew"),
    }
    made = {name: _add(commands, name, command, text) for name, (command, text) in rows.items()}
    for name in FOREGROUND:
        text = f"only the {name} part, in the foreground: see `python -m sandbox {name} --help`"
        commands.add_parser(name, add_help=False, help=text).set_defaults(command=None, part=name)
    _up_options(made["up"])
    made["status"].add_argument("--json", action="store_true", help="print state.json without the control token")
    made["logs"].add_argument("part", nargs="?", metavar="PART")
    made["logs"].add_argument("-f", "--follow", action="store_true", help="go on as they grow, until the sandbox ends")
    return top


def _add(commands: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    made.add_argument("--state", metavar="DIR", default=argparse.SUPPRESS, help="state directory")
    made.set_defaults(command=command)
    return made


def _up_options(sub: argparse.ArgumentParser) -> None:
    sub.set_defaults(hosts=fleet.HOSTS)
    hosts = sub.add_mutually_exclusive_group()
    none: dict[str, Any] = {"dest": "hosts", "action": "store_const", "const": (), "default": argparse.SUPPRESS}
    hosts.add_argument("--no-hosts", **none, help="no on-premises hosts, and no container engine")
    names = f"names of the hosts (default: {','.join(fleet.HOSTS)})"
    hosts.add_argument("--hosts", type=_names, default=argparse.SUPPRESS, metavar="A,B", help=names)
    sub.add_argument("--delay", type=_seconds, default=0.5, metavar="SECONDS", help="how long AWS takes for each change (default: %(default)s)")
    sub.add_argument("--kubernetes", choices=fleet.KUBERNETES, default="embedded", help="what serves the clusters' API (default: %(default)s)")
    sub.add_argument("--aws-port", type=_port, default=0, metavar="N", help="port of the AWS endpoint (default: any that is free)")
    sub.add_argument("--kubernetes-port", type=_port, default=0, metavar="N", help="port of the Kubernetes API (default: any that is free)")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    wrong = [name for name in names if not name.replace("-", "").isalnum() or not name.isascii() or name != name.strip("-").lower()]
    if wrong or not names:
        raise argparse.ArgumentTypeError(f"host names are lower-case letters, digits and dashes, parted by commas; not {text!r}")
    return names


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 86400:
        raise argparse.ArgumentTypeError(f"seconds from 0 to a day, not {text}")
    return seconds


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 65536:
        raise argparse.ArgumentTypeError(f"a port from 1 to 65535, or 0 for any, not {text}")
    return port


# up, down, reset


def up(args: argparse.Namespace, directory: Path) -> int:
    """Start everything, or say that it runs already."""
    if sys.platform != "linux":
        raise SandboxError(f"The sandbox runs on Linux only, and this is {sys.platform}: use a Linux machine or a virtual one")
    options = fleet.Options(args.hosts, args.delay, args.aws_port, args.kubernetes_port, args.kubernetes)
    with launch.claimed(directory, note):
        if _is_up(directory):
            print(f"already up in {directory}{_differing(directory, options)}")
        else:
            _clear_leftovers(directory)
            fleet.prepare(options, note)
            began = time.monotonic()
            launch.start(directory, fleet.plan(directory, options), _show_progress)
            print(f"up after {time.monotonic() - began:.1f} s")
        print(summary(directory, statedir.read(directory)))
    return DONE


def _differing(directory: Path, asked: fleet.Options) -> str:
    """Return a remark when the sandbox was started with other options than those asked for now; a port of 0 asks for nothing."""
    has = statedir.read(directory).get("options", {})
    wishes = {name: value for name, value in json.loads(json.dumps(asdict(asked))).items() if value or not name.endswith("_port")}
    names = [name for name, value in wishes.items() if value != has.get(name)]
    return f", started with another {' and '.join(names)}: `{ours('down', directory)}`, then `up`, changes that" if names else ""


def _is_up(directory: Path) -> bool:
    """Tell whether a sandbox is up and every part answers; raise SandboxError when one does not."""
    if not statedir.is_running(directory) or statedir.read(directory).get("status") != "running":
        return False
    ailing = launch.ailing(statedir.read(directory))
    if ailing:
        raise SandboxError(f"The sandbox in {directory} runs, but {'; '.join(ailing.values())}: run `{ours('down', directory)}`, then `up` again")
    return True


def _clear_leftovers(directory: Path) -> None:
    """Remove what a sandbox that did not end in an orderly way has left: after a crash, a reboot, a part that failed, a deleted directory."""
    state = statedir.read(directory)
    if not state and not supervisors(directory):
        return
    launch.end_daemon(directory)
    launch.sweep(directory, _remove_hosts)
    statedir.clear(directory)
    note(f"cleared what an earlier sandbox had left ({(state.get('why') or UNKNOWN_END).splitlines()[0]})")


def _remove_hosts(directory: Path) -> None:
    """Remove containers, unless the supervisor has done that or the state says that there never were any."""
    state = statedir.read(directory)
    if not state.get("cleaned") and state.get("options", {}).get("hosts", True):
        fleet.run_job("remove", directory)


def down(args: argparse.Namespace, directory: Path) -> int:
    """End everything. Nothing is kept: what is worth keeping lies in the cache."""
    if not statedir.is_sandbox(directory) and supervisors(directory):
        statedir.claim(directory)  # it was deleted under its supervisor
    with launch.command_lock(directory, note) as there:
        if not there:
            print(f"nothing runs in {directory}")
            return DONE
        was_running = bool(supervisors(directory))
        launch.end_daemon(directory)
        launch.sweep(directory, _remove_hosts)
        statedir.remove(directory)
    print(f"down: {directory}" if was_running else f"nothing ran in {directory}; cleared what was left")
    return DONE


def reset(args: argparse.Namespace, directory: Path) -> int:
    """Put the sandbox back to what `up` made."""
    with launch.command_lock(directory, note):
        state = running_state(directory)
        if state is None:
            return not_running(directory)
        statedir.update(directory, **fleet.reset(directory, state))
    print("reset: simulated AWS and Kubernetes are as after `up`")
    return DONE


# status, logs, env


def status(args: argparse.Namespace, directory: Path) -> int:
    """Show what runs."""
    state = statedir.read(directory)
    running = statedir.is_running(directory)
    if args.json:
        shown = {key: value for key, value in state.items() if key != "control_token"}
        print(json.dumps({**shown, "running": running, "state": str(directory)}, indent=1))
    elif running:
        print(summary(directory, state, launch.ailing(state)))
    else:
        print(f"nothing runs in {directory}" + (f": {state.get('why') or UNKNOWN_END}" if state else ""))
    return DONE if running else NOT_RUNNING


def logs(args: argparse.Namespace, directory: Path) -> int:
    """Print logs, as they grow if asked to."""
    known = sorted(path.stem for path in (directory / "logs").glob("*.log"))
    if args.part and args.part not in known:
        raise SandboxError(f"No log of {args.part} in {directory / 'logs'}: there are {', '.join(known) or 'none'}")
    names = [args.part] if args.part else known
    if not names:
        return not_running(directory)
    for line in log_lines(directory, names, follow=args.follow):
        print(line, end="", flush=args.follow)
    return DONE


def env(args: argparse.Namespace, directory: Path) -> int:
    """Print shell lines that lead AWS clients to the sandbox and to nothing else. Keys stay in their file."""
    state = running_state(directory)
    if state is None:
        return not_running(directory)
    stray = shell_strays(os.environ)
    if stray:
        print(f"unset {' '.join(stray)}")
    for name, value in shell_variables(directory, state).items():
        print(f"export {name}={shlex.quote(value)}")
    return DONE


def running_state(directory: Path) -> State | None:
    """Return the state of a sandbox that is up, or None."""
    state = statedir.read(directory)
    return state if statedir.is_running(directory) and state.get("status") == "running" else None


def not_running(directory: Path) -> int:
    """Say that there is nothing to work with."""
    print(f"nothing runs in {directory}: `{ours('up', directory)}` starts it", file=sys.stderr)
    return NOT_RUNNING


def _show_progress(message: dict[str, Any]) -> None:
    text = SLOW_PARTS.get(message["part"])
    if message["event"] == "start" and text:
        note(text)


def note(text: str) -> None:
    """Tell the user what goes on, beside the command's output."""
    print(f"... {text}", file=sys.stderr, flush=True)

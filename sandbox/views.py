"""What people and shells get to see of a sandbox."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox import foundation
from sandbox import state as statedir
from sandbox.plan import proxy_exceptions
from sandbox.state import State

FOLLOW_SECONDS = 0.2
# What would lead an AWS client past the profiles: keys, roles, regions and endpoints of single services from the user's own environment. Beginnings of names.
AWS_OVERRIDES = (
    *("AWS_PROFILE", "AWS_DEFAULT_", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_REGION"),
    *("AWS_ROLE_", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_"),
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def summary(directory: Path, state: State, ailing: dict[str, str] | None = None) -> str:
    """Return what a user wants to know of a running sandbox, as a table."""
    urls = {name: (state.get(name) or {}).get("url") for name in ("aws", "kubernetes", "artifacts")}
    hosts = ", ".join(f"{name} ({host['address']})" for name, host in state.get("hosts", {}).items())
    rows = [
        *((name, f"{url}  {(ailing or {}).get(name, '')}".rstrip()) for name, url in urls.items() if url),
        ("profiles", ", ".join(f"{profile} ({account})" for profile, account in foundation.PROFILES.items())),
        ("hosts", hosts or f"none: {state.get('hosts_left_out') or 'still starting'}"),
        ("status", f"{state.get('status', 'starting')}, process {state.get('pid', 'not known yet')}"),
        ("use it", f'eval "$({ours("env", directory)})"'),
        ("stop it", ours("down", directory)),
    ]
    return "\n".join(f"  {name:<11}{text}" for name, text in rows)


def log_lines(directory: Path, names: list[str], *, follow: bool) -> Iterator[str]:
    """Yield the logs' lines, each after its part's name when there are several; with `follow`, until the sandbox has ended."""
    ends = dict.fromkeys(names, 0)
    while True:
        last_round = not follow or not statedir.is_running(directory)
        for name in names:
            text, ends[name] = _read_from(directory / "logs" / f"{name}.log", ends[name])
            yield from (f"{name:<13}| {line}" if len(names) > 1 else line for line in text.splitlines(keepends=True))
        if last_round:
            return
        time.sleep(FOLLOW_SECONDS)


def _read_from(path: Path, offset: int) -> tuple[str, int]:
    """Return what stands in a file from the offset to the last whole line, and where that ends."""
    try:
        data = path.read_bytes()[offset:]
    except FileNotFoundError:
        return "", offset
    whole = data[: data.rfind(b"\n") + 1]
    return whole.decode(errors="replace"), offset + len(whole)


def shell_variables(directory: Path, state: State) -> dict[str, str]:
    """Return the variables of a shell that works with this sandbox."""
    proxies = proxy_exceptions(state) if any(name in os.environ for name in PROXIES) else {}
    return {"AWS_ENDPOINT_URL": state["aws"]["url"], **foundation.profile_environment(directory), statedir.VARIABLE: str(directory), **proxies}


def shell_strays(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that a shell has to drop; a profile of the sandbox may stay."""
    return [name for name, value in sorted(environ.items()) if name.startswith(AWS_OVERRIDES) and value not in foundation.PROFILES]


def ours(command: str, directory: Path) -> str:
    """Return the command line that does this for this sandbox, as short as it can be."""
    is_default = directory == statedir.locate(None, {})
    return f"python -m sandbox {command}" + ("" if is_default else f" --state {shlex.quote(str(directory))}")

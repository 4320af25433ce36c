"""What tests of real API servers wait for."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Callable

from sandbox.real import testing

LONGEST = 60.0


def until(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < deadline, f"not within {LONGEST:.0f} s: {what}"
        time.sleep(0.1)


def is_gone(server: testing.Running, path: str) -> bool:
    try:
        server.call("GET", path)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return True
        raise
    return False


def is_served(server: testing.Running, path: str) -> bool:
    """Tell whether a kind is served: neither unknown yet (404) nor still given its storage (429)."""
    try:
        server.call("GET", path)
    except urllib.error.HTTPError as error:
        if error.code in (404, 429):
            return False
        raise
    return True

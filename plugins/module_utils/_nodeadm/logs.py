# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nodeadm says: JSON lines on stderr, some with bytes that are no text, some with the activation code in clear. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

REDACTED = "********"


def entries(stderr: bytes) -> list[dict[str, Any]]:
    """Return the log's entries; a line that is no JSON becomes an entry with its text."""
    found = []
    for line in stderr.decode("utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            entry = {"msg": line}
        if isinstance(entry, dict) and line.strip():
            found.append(entry)
    return found


def reason(stderr: bytes, secrets: Iterable[str]) -> str:
    """Return why nodeadm failed, in its own words, with each failed validation's remedy, and without secrets."""
    log = entries(stderr)
    fatal = next((entry for entry in reversed(log) if entry.get("error")), log[-1] if log else {})
    text = str(fatal.get("error") or fatal.get("msg") or "it said nothing")
    remedies = [str(entry["remediation"]) for entry in log if entry.get("remediation")]
    return redact(" ".join([text.strip(), *dict.fromkeys(remedies)]), secrets)


def redact(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret, REDACTED)
    return text

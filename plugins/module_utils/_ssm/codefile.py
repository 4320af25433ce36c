# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that takes an activation's code from the call that made it to the hosts that need it; nobody but its owner may read it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError

KEYS = frozenset({"activation_id", "activation_code", "region"})
Write = Callable[[Mapping[str, str]], None]


class CodeFile:
    """A JSON file of mode 0600 with KEYS. Its directory is made, with mode 0700, where there is none."""

    def __init__(self, path: str) -> None:
        self.path = Path(path).expanduser().absolute()

    def activation_id(self) -> str | None:
        """Return the id of the activation whose code it holds; None without a file. A file that is something else is an error: it is not ours to replace."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._foreign(type(error).__name__) from None
        if not isinstance(content, dict) or set(content) != KEYS:
            raise self._foreign("other content")
        return str(content["activation_id"])

    @contextmanager
    def reserved(self) -> Iterator[Write]:
        """Yield what writes the file at once and as a whole. That it can be written is found out before, since a code cannot be asked for again."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, beside = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # mode 0600
        except OSError as error:
            raise FleetopsError(f"Could not write {self.path}: {error.strerror}.", remedy="Choose a code_dest that this user can write.") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:

            def write(content: Mapping[str, str]) -> None:
                json.dump(dict(content), handle)
                handle.flush()
                os.fsync(handle.fileno())
                os.replace(beside, self.path)

            try:
                yield write
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(beside)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def _foreign(self, what: str) -> FleetopsError:
        return FleetopsError(
            f"{self.path} is not a file that holds an activation's code ({what}); it is left alone.",
            remedy="Choose another code_dest, or remove the file.",
        )

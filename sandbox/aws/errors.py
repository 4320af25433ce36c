"""The one exception by which an operation refuses a request."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An error answer: its code in the service's model, its text, and the members the model gives that error."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members


class DropConnection(Exception):
    """The request was carried out, but its caller must never learn of it."""

"""Documents that a client has already are not sent again, by either API."""

from __future__ import annotations

import pytest

from tests.conformance.kubernetes.backends import Backend


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3/apis/apps/v1", "/openapi/v3/api/v1"])
@pytest.mark.parametrize("name", ["embedded", "real"])
def test_an_unchanged_document_is_not_sent_again(name: str, path: str, request: pytest.FixtureRequest) -> None:
    backend: Backend = request.getfixturevalue(name)
    headers = {"Authorization": f"Bearer {backend.token}", "Accept": "application/json"}
    first = backend.send("GET", path, headers=headers)
    assert first.status == 200
    tag = first.headers["etag"]
    again = backend.send("GET", path, headers=headers | {"If-None-Match": tag})
    assert (again.status, again.headers["etag"], again.body) == (304, tag, "")
    other = backend.send("GET", path, headers=headers | {"If-None-Match": '"another"'})
    assert (other.status, other.headers["etag"]) == (200, tag)

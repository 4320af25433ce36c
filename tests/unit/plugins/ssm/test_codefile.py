"""The file of an activation's code: for its owner alone, whole or not at all, never over somebody else's file."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.codefile import CodeFile

CONTENT = {"activation_id": "a1", "activation_code": "not-for-you-0123456789", "region": "us-east-1"}


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "code.json"
    with CodeFile(str(path)).reserved() as write:
        write(CONTENT)
    assert json.loads(path.read_text()) == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert CodeFile(str(path)).activation_id() == "a1"


def test_a_call_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), CodeFile(str(tmp_path / "code.json")).reserved():
        raise RuntimeError("the call failed")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_found_out_before_the_call(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FleetopsError, match="code_dest"), CodeFile(str(tmp_path / "file" / "code.json")).reserved():
        pytest.fail("went on to the call")


@pytest.mark.parametrize("text", ["root:x:0:0", "[]", '{"activation_id": "a1"}'])
def test_somebody_elses_file_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "passwd"
    path.write_text(text)
    with pytest.raises(FleetopsError, match="left alone"):
        CodeFile(str(path)).activation_id()
    assert path.read_text() == text


def test_no_file_holds_no_code(tmp_path: Path) -> None:
    file = CodeFile(str(tmp_path / "code.json"))
    file.remove()
    assert file.activation_id() is None

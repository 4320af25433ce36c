"""kubectl and helm do the same things on the embedded API and on a real one, and say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.clients import programs
from tests.conformance.clients.script import Script, differences, load, on_both, play
from tests.conformance.kubernetes.backends import Backend
from tests.conformance.ledger import Conformance

SCRIPTS = [pytest.param(script, id=f"{topic}: {script.name}") for topic in ("kubectl", "helm") for script in load(topic)]


@pytest.fixture(scope="session")
def tools() -> dict[str, Path]:
    return programs.ensure()


@pytest.mark.conformance(part="clients", backend="embedded against kube-apiserver")
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_says_the_same_on_both(
    script: Script, embedded: Backend, real: Backend, tools: dict[str, Path], tmp_path: Path, conformance: Conformance
) -> None:
    ours, theirs = on_both(lambda backend: list(play(script, backend, tools, tmp_path)), embedded, real)
    for command in script.commands:
        if command.ignore:
            conformance.excuse(f"{command.line}: {command.ignore}")
    found = list(differences(script, ours, theirs))
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_excuse_is_a_sentence() -> None:
    excuses = [command.ignore for topic in ("kubectl", "helm") for script in load(topic) for command in script.commands if command.ignore]
    assert all(len(excuse) >= 15 for excuse in excuses)

"""Whatever a few managers write to an object, in whatever order and manner: the embedded API and a real kube-apiserver answer alike, objects and errors."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.kubernetes.backends import Backend, Unexpected
from tests.conformance.kubernetes.case import Step
from tests.conformance.kubernetes.normal import differences, plain
from tests.conformance.kubernetes.operations import KINDS, Kind, definition, sequences

# Another number, for a longer search with other dice: CONFORMANCE_EXAMPLES=2000 pytest --hypothesis-seed=1 ...
SEARCH = int(os.environ.get("CONFORMANCE_EXAMPLES", "0"))
EXAMPLES = 120


@dataclass(frozen=True)
class Pair:
    """Both APIs with the namespace and the custom kind that all examples share; each example has an object of its own, of a name not used before."""

    embedded: Backend
    real: Backend
    suffix: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def group(self) -> str:
        return f"property-{self.suffix}.example.com"

    @property
    def namespace(self) -> str:
        return f"property-{self.suffix}"

    def prepare(self) -> None:
        for backend in (self.embedded, self.real):
            backend.make("/api/v1/namespaces", {"metadata": {"name": self.namespace}})
            crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            backend.make(crds, definition(self.group))
            backend.ask(Step("GET", f"{crds}/mixtures.{self.group}", until={"/status/conditions/1/type": "Established"}), {})
            backend.ask(Step("GET", f"/apis/{self.group}/v1", until={"/resources/0/kind": "Mixture"}), {})

    def play(self, steps: Sequence[Step]) -> list[str]:
        """Take the steps on both and return what differs in the answers."""
        values = {"ns": self.namespace, "group": self.group, "id": f"p{next(self.numbers)}-{self.suffix}"}
        embedded, real = (plain([backend.ask(step, values) for step in steps]) for backend in (self.embedded, self.real))
        answers = enumerate(zip(steps, embedded, real, strict=True), 1)
        return [f"step {number}, {step.method} {step.type}: {text}" for number, (step, ours, theirs) in answers for _, text in differences(ours, theirs)]


@pytest.fixture(scope="session")
def pair(embedded: Backend, real: Backend) -> Pair:
    made = Pair(embedded, real, "".join(random.Random(os.urandom(8)).choices("bcdfghjklm", k=6)))
    made.prepare()
    return made


@pytest.mark.conformance(part="property", backend="embedded against kube-apiserver")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"random writes to a {kind.name}")
@settings(max_examples=SEARCH or EXAMPLES, derandomize=not SEARCH, database=None)
@given(data=st.data())
def test_whatever_is_written_both_answer_alike(kind: Kind, pair: Pair, data: st.DataObject) -> None:
    steps = [*data.draw(sequences(kind), label="steps"), Step("GET", kind.path)]
    lines = pair.play(steps)
    if lines:
        raise Unexpected("\n".join(lines))

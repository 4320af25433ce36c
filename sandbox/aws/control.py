"""The control API: health, log, faults, settings, clock, outcomes, insights, reset, export, TokenReview."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from sandbox.aws import moto_side, tokenreview
from sandbox.aws.moto_side import Answer
from sandbox.aws.request import Wire
from sandbox.aws.world import World

Document = dict[str, Any]
Handler = Callable[[World, Document, dict[str, str]], Document]

OUTCOME_KINDS = ("cluster", "addon", "nodegroup", "fargate_profile", "capability", "update", "insights")
_TOKENREVIEW = re.compile(r"/_sandbox/clusters/([^/]+)/([^/]+)/([^/]+)/tokenreview")


def answer(world: World, wire: Wire) -> Answer:
    """Return the answer to a request of the control API; 400 says what was wrong with it, 404 that there is no such call."""
    review = _TOKENREVIEW.fullmatch(wire.raw_path)
    handler = _CALLS.get((wire.method, wire.raw_path))
    try:
        document = json.loads(wire.body or b"{}")
        if review is not None and wire.method == "POST":
            return _json(200, tokenreview.review(world, review[1], review[2], review[3], document))
        if handler is None:
            return _json(404, {"error": f"no such call: {wire.method} {wire.raw_path}"})
        with world.lock:
            world.schedule.run_due()
            return _json(200, handler(world, document, {key: values[0] for key, values in parse_qs(wire.query).items()}))
    except (ValueError, TypeError, KeyError, re.error) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, document: Document) -> Answer:
    body = json.dumps(document).encode()
    return status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body


def _health(_world: World, _document: Document, _query: dict[str, str]) -> Document:
    return {"ok": True}


def _log(world: World, _document: Document, query: dict[str, str]) -> Document:
    return world.log.since(int(query.get("since", 0)), writes=query.get("writes") in ("1", "true"), service=query.get("service"))


def _clear_log(world: World, _document: Document, _query: dict[str, str]) -> Document:
    world.log.clear()
    return {}


def _faults(world: World, _document: Document, _query: dict[str, str]) -> Document:
    return world.faults.as_json()


def _put_faults(world: World, document: Document, _query: dict[str, str]) -> Document:
    world.faults.replace(document)
    return world.faults.as_json()


def _settings(world: World, _document: Document, _query: dict[str, str]) -> Document:
    return world.settings.as_json()


def _put_settings(world: World, document: Document, _query: dict[str, str]) -> Document:
    world.settings = world.settings.changed(document)
    return world.settings.as_json()


def _clock(world: World, document: Document, _query: dict[str, str]) -> Document:
    world.clock.advance(float(document.get("advance", 0)))
    world.schedule.run_due()
    return {"now": world.clock.now()}


def _outcome(world: World, document: Document, _query: dict[str, str]) -> Document:
    if document.get("kind") not in OUTCOME_KINDS:
        raise ValueError(f"kind must be one of {', '.join(OUTCOME_KINDS)}")
    world.outcomes.append({"cluster": None, "name": None, "issues": [], "errors": [], **document, "status": document["status"]})
    return {}


def _insights(world: World, document: Document, _query: dict[str, str]) -> Document:
    store = world.region(document["account"], document["region"]).nouns_of(document["cluster"], "insight")
    for key, _ in store.items():
        store.remove(key)
    for insight in document["insights"]:
        store.put(insight["id"], {"lastRefreshTime": world.clock.now(), "lastTransitionTime": world.clock.now(), "_set": True, **insight})
    return {}


def _reset(world: World, _document: Document, _query: dict[str, str]) -> Document:
    moto_side.reset()
    world.reset()
    return {"status": "ok"}


def _export(world: World, _document: Document, _query: dict[str, str]) -> Document:
    """Return {account: {region: {noun: …}}}; a cluster carries its own nouns under their names."""
    accounts: Document = {}
    for (account, region), held in world.regions.items():
        clusters = {}
        for name, body in held.clusters.items():
            nouns = {kind: [_shown(each) for each in store.bodies()] for kind, store in held.nouns.get(str(name), {}).items()}
            clusters[str(name)] = {**_shown(body), "_nouns": nouns}
        accounts.setdefault(account, {})[region] = {
            "clusters": clusters,
            "activations": [_shown(body) for body in held.activations.bodies()],
            "managed_instances": [_shown(body) for body in held.managed_instances.bodies()],
            "subscriptions": [_shown(body) for body in held.subscriptions.bodies()],
        }
    return {"accounts": accounts}


def _shown(body: Document) -> Document:
    return {key: value for key, value in body.items() if not key.startswith("_")}


_CALLS: dict[tuple[str, str], Handler] = {
    ("GET", "/_sandbox/health"): _health,
    ("GET", "/_sandbox/log"): _log,
    ("DELETE", "/_sandbox/log"): _clear_log,
    ("GET", "/_sandbox/faults"): _faults,
    ("PUT", "/_sandbox/faults"): _put_faults,
    ("GET", "/_sandbox/settings"): _settings,
    ("PUT", "/_sandbox/settings"): _put_settings,
    ("POST", "/_sandbox/clock"): _clock,
    ("POST", "/_sandbox/eks/outcome"): _outcome,
    ("POST", "/_sandbox/eks/insights"): _insights,
    ("POST", "/_sandbox/reset"): _reset,
    ("POST", "/moto-api/reset"): _reset,
    ("GET", "/_sandbox/export"): _export,
}

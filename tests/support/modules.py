"""Run a module's logic in this process, its options parsed as Ansible parses them."""

from __future__ import annotations

import importlib
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws import shell

from sandbox.aws.testing import ACCESS_KEY, REGION, Running

VALIDATION = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")


def call(module: str, params: dict[str, Any], *, check_mode: bool = False, url: str = "", region: str = "us-east-1") -> dict[str, Any]:
    """Return the result of one module run; options that do not fit give `failed` and `msg`, as they do in Ansible.

    With `url` the task talks to that endpoint with made-up keys; without, it uses what params and the environment say.
    """
    entry = importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{module}")
    given = {**({"endpoint_url": url, "region": region, "access_key": "AKIATEST", "secret_key": "not-a-secret"} if url else {}), **params}
    spec = entry.SPEC
    checked = ArgumentSpecValidator(spec["argument_spec"], **{name: spec.get(name) for name in VALIDATION}).validate(given)
    if checked.error_messages:
        return {"failed": True, "msg": checked.errors.msg}
    return shell.execute(entry.run, checked.validated_parameters, check_mode=check_mode)


def call_on(aws: Running, module: str, params: dict[str, Any], *, check_mode: bool = False) -> dict[str, Any]:
    """Return the result of one module run as the account that the simulator's own clients use."""
    return call(module, {"endpoint_url": aws.url, "region": REGION, "access_key": ACCESS_KEY, "secret_key": "secret", **params}, check_mode=check_mode)

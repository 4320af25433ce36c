# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of AWS, made from a task's options. Retries and throttling are configured here, and nowhere else."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError

try:
    import botocore.config
    import botocore.credentials
    import botocore.loaders
    import botocore.session
    import botocore.utils

    HAS_BOTOCORE = True
    _LOADER = botocore.loaders.create_loader(os.environ.get("AWS_DATA_PATH"))
except ImportError:
    HAS_BOTOCORE = False

USER_AGENT = "fleetops.eks"
RETRIES = {"mode": "standard", "max_attempts": 10}
"""Standard mode retries throttling, 5xx and lost connections with exponential back-off and jitter, at most 20 s apart."""
ONCE = {"total_max_attempts": 1}
"""botocore's max_attempts counts the retries, without the first try."""
TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60}


class Clients:
    """The clients of one task, each made when first asked for."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.calls: list[str] = []
        self._clients: dict[str, Any] = {}
        self._session: Any = None

    @property
    def session(self) -> Any:
        if self._session is None:
            self._session = _session(self.params)
        return self._session

    @property
    def region(self) -> str:
        """The region of the task: its option, its environment, or its profile's."""
        region = self.params.get("region") or self.session.get_config_variable("region")
        if not region:
            raise FleetopsError("No AWS region is set.", remedy="Give `region` to the task, or set AWS_REGION, or a region in the profile.")
        return str(region)

    def __call__(self, service: str, *, retry: bool = True) -> Any:
        """Return the client of service. `retry=False` is for calls that must not be repeated when their answer is lost."""
        key = service if retry else f"{service} without retries"
        if key not in self._clients:
            self._clients[key] = self._make(service, retry)
        return self._clients[key]

    def _make(self, service: str, retry: bool) -> Any:
        p = self.params
        settings = {"retries": RETRIES, "user_agent_extra": USER_AGENT, **TIMEOUTS, **(p.get("aws_config") or {})}
        config = botocore.config.Config(**settings if retry else {**settings, "retries": ONCE})
        client = self.session.create_client(
            service,
            region_name=self.region,
            endpoint_url=p.get("endpoint_url") or None,
            verify=(p.get("aws_ca_bundle") or True) if p.get("validate_certs", True) else False,
            aws_access_key_id=p.get("access_key") or None,
            aws_secret_access_key=p.get("secret_key") or None,
            aws_session_token=p.get("session_token") or None,
            config=config,
        )
        if p.get("debug_botocore_endpoint_logs"):
            client.meta.events.register("before-call", self._record)
        return client

    def _record(self, model: Any, **_kwargs: Any) -> None:
        self.calls.append(f"{model.service_model.service_name}:{model.name}")


def _session(params: Mapping[str, Any]) -> Any:
    """Return a session that shares the process's parsed service models, and the AWS CLI's cache of assumed roles."""
    explicit = params.get("access_key")
    session = botocore.session.Session(profile=None if explicit else params.get("profile") or None)
    session.register_component("data_loader", _LOADER)
    if not explicit and session.profile is not None:
        assume_role = session.get_component("credential_provider").get_provider("assume-role")
        assume_role.cache = botocore.utils.JSONFileCache(str(pathlib.Path("~/.aws/cli/cache").expanduser()))
    return session


def preload(services: tuple[str, ...]) -> None:
    """Parse the models of services once; processes forked from this one inherit them. No client is made, no call sent."""
    for service in services:
        for kind in ("service-2", "paginators-1", "endpoint-rule-set-1"):
            if service not in _LOADER.list_available_services(kind):
                continue
            _LOADER.load_service_model(service, kind)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        _LOADER.load_data(name)

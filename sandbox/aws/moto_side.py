"""moto's server as one WSGI application, and what the simulator looks up in moto's backends."""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")  # read when moto's settings are imported

import moto.backends
from botocore.model import OperationModel
from moto.core.model import ServiceModel
from moto.core.request import determine_request_protocol
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from moto.ec2.models import ec2_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.kms.models import kms_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.aws import moto_more, moto_network, pages

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Answer = tuple[int, list[tuple[str, str]], bytes]

_MODULES = tuple(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: _MODULES  # moto lists a directory at every request for this (a quarter of its time)
moto_more.extend()
moto_network.extend()
pages.extend()

# a fault may have any code, whether the service's model knows it or not
warnings.filterwarnings("ignore", message=r"Exception\(_Fault\)")
_read_policies = IAMBackend._init_aws_policies
_policies: dict[str, list[Any]] = {}


def _managed_policies(backend: IAMBackend) -> list[Any]:
    """Return AWS's managed policies for one account; moto reads all 1,600 anew for each, a fifth of a second every time."""
    region = backend.region_name
    if region not in _policies:
        _policies[region] = _read_policies(backend)
    mine = [copy.copy(policy) for policy in _policies[region]]
    for policy in mine:
        policy.account_id, policy.attachment_count = backend.account_id, 0
    return mine


IAMBackend._init_aws_policies = _managed_policies  # type: ignore[method-assign,assignment]


class _Fault(Exception):
    """An error that moto's serializers write; they read code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def create_app() -> App:
    """Return moto's whole server as a WSGI application."""
    app: App = DomainDispatcherApplication(create_backend_app)
    return app


def run(app: App, environ: Environ) -> Answer:
    """Return moto's answer to one request."""
    answer: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer.update(status=int(status.split()[0]), headers=headers)

    chunks = app(environ, start_response)
    body = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
    return answer["status"], answer["headers"], body


def protocol_of(service: str, content_type: str) -> tuple[ServiceModel, str]:
    """Return the service's model, and the protocol that a request of this content type speaks."""
    model = get_service_model(service)
    return model, determine_request_protocol(model, content_type)


def error_answer(service: str, content_type: str, code: str, message: str) -> Answer:
    """Return an error in the protocol that the service, and this request, speak."""
    model, protocol = protocol_of(service, content_type)
    serializer = get_serializer_class(service, protocol)(OperationModel({}, model), SerializationContext())
    answer = serializer.serialize(_Fault(code, message))
    body = answer["body"]
    return answer["status_code"], list(answer["headers"].items()), body if isinstance(body, bytes) else body.encode()


def reset() -> None:
    """Empty moto. Its own reset builds every backend anew only to drop it, which for these costs most of the time."""
    for backends in (ec2_backends, iam_backends):
        backends.clear()
    moto_api_backend.reset()


def find_role(arn: str) -> Any | None:
    """Return moto's role of that ARN, or None."""
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    backend = iam_backends[account]["aws"] if account.isdigit() else None
    return next((role for role in list(backend.roles.values()) if role.arn == arn), None) if backend is not None else None


def find_role_named(account: str, name: str) -> Any | None:
    """Return moto's role of that name; a path before the name (service-role/Name) is allowed."""
    plain = name.rpartition("/")[2]
    return next((role for role in list(iam_backends[account]["aws"].roles.values()) if role.name == plain), None)


def find_subnet(account: str, region: str, subnet: str) -> Any | None:
    """Return moto's subnet of that id, or None."""
    if account not in ec2_backends:
        return None
    zones = ec2_backends[account][region].subnets.values()
    return next((zone[subnet] for zone in list(zones) if subnet in zone), None)


def has_security_group(account: str, region: str, group: str) -> bool:
    return any(group in groups for groups in list(ec2_backends[account][region].groups.values()))


def has_key(arn: str) -> bool:
    """Return whether moto's KMS has the key of that ARN."""
    _, _, _, region, account, resource = arn.split(":", 5)
    return resource.rpartition("/")[2] in kms_backends[account][region].keys


def vpc_cidrs(account: str, region: str, vpc_id: str) -> list[str]:
    """Return the CIDR blocks of moto's VPC; empty when there is none."""
    vpc = ec2_backends[account][region].vpcs.get(vpc_id)
    return [] if vpc is None else [str(each["cidr_block"]) for each in vpc.cidr_block_association_set]


def find_launch_template(account: str, region: str, identifier: str | None, name: str | None) -> Any | None:
    """Return moto's launch template of that id, or else of that name."""
    templates = list(ec2_backends[account][region].launch_templates.values())
    return next((each for each in templates if each.id == identifier or (identifier is None and each.name == name)), None)

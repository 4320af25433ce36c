"""The front door: every request is identified, may meet a fault, is answered by us or by moto, and is logged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from sandbox.aws import answers, control, faults, moto_side, pages, parsed, sts, supposed, validation
from sandbox.aws.context import Context
from sandbox.aws.eks import OPERATIONS as EKS
from sandbox.aws.errors import ApiError, DropConnection
from sandbox.aws.moto_side import Answer
from sandbox.aws.protocol import Model
from sandbox.aws.request import Call, Environ, Wire, credential_of, names_in, operation_of, own_model, read_wire
from sandbox.aws.ssm import AGENT, names_managed_instance
from sandbox.aws.ssm import OPERATIONS as SSM
from sandbox.aws.world import World

Start = Callable[[str, list[tuple[str, str]]], Any]
Operation = Callable[[Context, dict[str, Any]], dict[str, Any]]


class Application:
    """The simulator as a WSGI application."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._moto = moto_side.create_app()
        self._conditional = threading.Lock()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        wire = read_wire(environ)
        if wire.raw_path.startswith("/_sandbox/") or wire.raw_path == "/moto-api/reset":
            status, headers, body = control.answer(self.world, wire)
        elif wire.raw_path.startswith("/moto-api"):
            status, headers, body = moto_side.run(self._moto, environ)
        else:
            status, headers, body = self._aws(wire)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def _aws(self, wire: Wire) -> Answer:
        started = time.perf_counter()
        call, model, refusal = self._identify(wire)
        fault = self._fault(call)
        status, headers, body, code = self._answer(wire, call, model, fault, refusal)
        headers = [*headers, ("Date", formatdate(self.world.clock.now(), usegmt=True))]
        spent = (time.perf_counter() - started) * 1000
        self.world.log.add(
            time=round(self.world.clock.now(), 4),
            service=call.service,
            operation=call.operation,
            account=call.account,
            region=call.region,
            access_key=call.access_key,
            status=status,
            code=code,
            ms=round(spent, 2),
            resource=call.resource,
            user_agent=call.user_agent,
        )
        if fault is not None and fault.lost_answer:
            raise DropConnection
        return status, headers, body

    def _identify(self, wire: Wire) -> tuple[Call, Model | None, ApiError | None]:
        """Return the call, the model when the service is our own, and why its request cannot be read."""
        credential = credential_of(wire)
        service, model, refusal = credential.service, own_model(credential.service), None
        params: dict[str, Any] = {}
        if service == "eks" and model is not None:
            operation, params, refusal = _read_eks(model, wire)
        else:
            operation, params = operation_of(wire, service)
        names = tuple(names_in(params))
        account = self.world.principals.account_of(credential.access_key)
        region, agent = credential.region or "us-east-1", wire.header("User-Agent")
        resource = "/".join(_labels(params)) if service == "eks" else next(iter(names), "")
        return Call(service, operation, account, region, credential.access_key, wire.host, agent, names, resource, params), model, refusal

    def _fault(self, call: Call) -> faults.Rule | None:
        with self.world.lock:
            rule = self.world.faults.pick(call)
        pause = self.world.settings.latency + (rule.latency if rule else 0.0)
        if pause > 0:
            time.sleep(pause)
        return rule

    def _answer(
        self, wire: Wire, call: Call, model: Model | None, fault: faults.Rule | None, refusal: ApiError | None
    ) -> tuple[int, list[tuple[str, str]], bytes, str | None]:
        if fault is not None and fault.code and not fault.lost_answer:
            return (*_fault_answer(call, model, fault, str(wire.environ.get("CONTENT_TYPE", ""))), fault.code)
        operation = self._own_operation(call)
        if model is not None and (operation is not None or call.service == "eks"):
            return self._own(call, model, operation, refusal)
        identity = self.world.principals.own_identity(call.access_key) if (call.service, call.operation) == ("sts", "GetCallerIdentity") else None
        if identity is not None:
            return (*sts.caller_identity(identity), None)
        if not self.world.settings.strict_references:
            with self.world.lock:
                supposed.suppose(call)
        wire.environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        wire.environ["HTTP_" + pages.HEADER.upper().replace("-", "_")] = str(self.world.settings.page or "")
        # a conditional write is atomic in DynamoDB; in moto, between threads, it is not
        with self._conditional if call.service == "dynamodb" else nullcontext():
            status, headers, body = moto_side.run(self._moto, wire.environ)
        found = parsed.problems(call.service, call.operation, str(wire.environ.get("CONTENT_TYPE", "")), (status, headers, body))
        if found:
            self.world.misfit(f"{call.service}:{call.operation}: {'; '.join(found)}")
        self._remember_role(call, status)
        return status, headers, body, None if status < 400 else _code_in(body)

    def _own_operation(self, call: Call) -> Operation | None:
        if call.service == "eks":
            return EKS.get(call.operation)
        if call.service == "ssm" and names_managed_instance(call.operation, call.params):
            return SSM.get(call.operation)
        return None

    def _own(self, call: Call, model: Model, operation: Operation | None, refusal: ApiError | None) -> tuple[int, list[tuple[str, str]], bytes, str | None]:
        """Carry out an operation of ours under the lock."""
        try:
            if refusal is not None or operation is None:
                raise refusal or ApiError("InvalidRequestException", f"The operation {call.operation or 'of this path'} is not simulated")
            if call.operation not in AGENT:
                code = answers.FRONT_DOOR if call.service == "eks" else "ValidationException"
                validation.check(model.operation(call.operation).input_shape, call.params, code)
            with self.world.lock:
                throttled = self.world.throttle.refusal(call, self.world.settings.requests_per_second)
                if throttled is not None:
                    raise throttled
                self.world.schedule.run_due()
                body = self._carry_out(call, model, operation)
        except ApiError as error:
            status, body = model.error(error.code, error.message, error.members)
            return status, _json_headers(body, error.code, call.service), body, error.code
        return 200, _json_headers(body, None, call.service), body, None

    def _carry_out(self, call: Call, model: Model, operation: Operation) -> bytes:
        """Return the operation's answer, or raise its refusal, once the model allows either."""
        if call.operation in AGENT:  # not in the model
            return json.dumps(operation(Context(self.world, call), call.params)).encode()
        try:
            answer = operation(Context(self.world, call), pages.smaller(model.operation(call.operation).input_shape, call.params, self.world.settings.page))
        except ApiError as refusal:
            said = self._coded(call, refusal)
            self._hold(call, answers.of(call.service).error(call.operation, said.code, said.members))
            raise said from refusal
        self._hold(call, answers.of(call.service).answer(call.operation, answer))
        return model.render(call.operation, answer)

    def _coded(self, call: Call, refusal: ApiError) -> ApiError:
        """Return the refusal under the code that the settings ask for: the service says "No cluster found" under two."""
        wanted = self.world.settings.not_found_code
        if not refusal.message.startswith("No cluster found") or not answers.of(call.service).declares(call.operation, wanted):
            return refusal
        return ApiError(wanted, refusal.message, **refusal.members)

    def _hold(self, call: Call, problems: list[str]) -> None:
        """Fail loudly, as a defect of the simulator, when an answer does not fit the model."""
        if problems:
            self.world.misfit(f"{call.service}:{call.operation}: {'; '.join(problems)}")
            raise ApiError("InternalFailure", f"The sandbox's answer to {call.operation} does not fit botocore's model: {'; '.join(problems)}")

    def _remember_role(self, call: Call, status: int) -> None:
        if call.operation == "CreateRole" and status < 300:
            self.world.roles_since[(call.account, call.params.get("RoleName", ""))] = self.world.clock.now()


def _read_eks(model: Model, wire: Wire) -> tuple[str, dict[str, Any], ApiError | None]:
    found = model.match(wire.method, wire.raw_path)
    if found is None:
        return "", {}, ApiError("InvalidRequestException", f"No operation for {wire.method} {wire.raw_path}")
    operation, labels = found
    try:
        return operation, model.parse(operation, labels, wire.query, wire.body), None
    except ValueError as error:
        return operation, {}, ApiError("InvalidParameterException", f"The request body is not readable: {error}")


_LABELS = (
    "name",
    "clusterName",
    "nodegroupName",
    "addonName",
    "fargateProfileName",
    "principalArn",
    "capabilityName",
    "associationId",
    "updateId",
    "resourceArn",
)


def _labels(params: dict[str, Any]) -> list[str]:
    return [params[name] for name in _LABELS if isinstance(params.get(name), str)]


def _fault_answer(call: Call, model: Model | None, fault: faults.Rule, content_type: str) -> Answer:
    code, message = fault.code or "", fault.message or f"{fault.code} (a fault of the sandbox)"
    if model is not None:
        _, body = model.error(code, message, {})
        return faults.status_of(fault), _json_headers(body, code, call.service), body
    _, headers, body = moto_side.error_answer(call.service, content_type, code, message)
    return faults.status_of(fault), headers, body


def _json_headers(body: bytes, code: str | None, service: str) -> list[tuple[str, str]]:
    kind = "application/json" if service == "eks" else "application/x-amz-json-1.1"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    return [*headers, ("x-amzn-ErrorType", code)] if code else headers


def _code_in(body: bytes) -> str | None:
    """Return the error code in moto's answer, whatever its protocol."""
    text = body.decode("utf-8", "replace")
    for before, after in (("<Code>", "</Code>"), ('"__type": "', '"'), ('"__type":"', '"')):
        _, found, rest = text.partition(before)
        if found:
            return rest.partition(after)[0].rpartition("#")[2]
    return None

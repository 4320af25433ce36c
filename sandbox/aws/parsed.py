"""Moto's answers read by botocore's own parser, as a client reads them, and held to the model of their operation."""

from __future__ import annotations

from typing import Any

from botocore.compat import HTTPHeaders
from botocore.model import OperationNotFoundError
from botocore.parsers import ResponseParserError, create_parser
from botocore.validate import ParamValidator

from sandbox.aws.moto_side import Answer, protocol_of

_NEVER_LOWERED = "ProvisionedThroughput.NumberOfDecreasesToday, value: 0, valid min value: 1"
# (operation, problem): why an answer that has it is nevertheless as the service's own
EXCUSED = {
    ("ListHostedZones", 'Missing required parameter in input: "Marker"'): "a first page follows no marker, whatever the model says",
    **{
        (operation, f"Invalid value for parameter {member}.{_NEVER_LOWERED}"): "the throughput of a table that is new was lowered 0 times"
        for operation, member in (("CreateTable", "TableDescription"), ("DescribeTable", "Table"), ("DeleteTable", "TableDescription"))
    },
}


def problems(service: str, operation: str, sent: str, answer: Answer) -> list[str]:
    """Return what is wrong with an answer: it cannot be parsed, members that the model requires are missing, or are of another type.

    sent: the request's content type, which says the protocol of services that speak several. An error has a code and a message.
    """
    model, protocol = protocol_of(service, sent)
    try:
        shape = model.operation_model(operation).output_shape
    except OperationNotFoundError:
        return [f"botocore's {service} has no such operation"]
    status, headers, body = answer
    try:
        parsed: dict[str, Any] = create_parser(protocol).parse({"status_code": status, "headers": HTTPHeaders.from_pairs(headers), "body": body}, shape)
    except ResponseParserError as error:
        return [f"botocore cannot parse it: {error}"]
    if status >= 300:
        return [f"the error has no {part}" for part in ("Code", "Message") if not parsed.get("Error", {}).get(part)]
    members = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    report = "" if shape is None else ParamValidator().validate(members, shape).generate_report()
    return [line for line in report.splitlines() if (operation, line) not in EXCUSED]

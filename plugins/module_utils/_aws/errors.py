# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""botocore's exceptions as errors of ours: what was tried on what, what came back, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError, ServiceError

try:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError, PartialCredentialsError, ProfileNotFound
except ImportError:
    HAS_BOTOCORE = False
else:
    HAS_BOTOCORE = True

Call = TypeVar("Call", bound=Callable[..., Any])

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
"""How services say that the caller may not; EC2 has a code of its own."""
REMEDIES = {
    **dict.fromkeys(DENIED, "Allow the action to the identity this task runs as, or run it as another one (profile, AWS_PROFILE)."),
    "UnrecognizedClientException": "The credentials are not valid in this account and region: refresh them, or choose another profile.",
    "ExpiredTokenException": "The credentials have expired: refresh them (for SSO: aws sso login) and run again.",
    "ResourceLimitExceededException": "Raise the quota of the account in Service Quotas, or free what is no longer used, and run again.",
    "ThrottlingException": "AWS refused after all retries: run with fewer forks, or again later.",
    "UnsupportedAvailabilityZoneException": "Choose subnets in the zones the message names.",
}
_UPDATE = re.compile(r"currently has (?:an )?update (?:(?P<id>[0-9a-f-]{36}) )?in progress")


@contextmanager
def speaking(what: str) -> Iterator[None]:
    """Turn botocore's exceptions into ServiceError or FleetopsError; `what` is tried on what: `create cluster edge`."""
    try:
        yield
    except ClientError as error:
        raise _service_error(what, error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise FleetopsError(
            f"Could not {what}: no complete AWS credentials were found.",
            remedy="Set `profile`, AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where an instance or pod role gives them.",
        ) from error
    except ProfileNotFound as error:
        raise FleetopsError(f"Could not {what}: {error}.", remedy="Name a profile of ~/.aws/config, or of the file in AWS_CONFIG_FILE.") from error
    except ParamValidationError as error:
        raise FleetopsError(f"Could not {what}: the request is malformed: {error}.", remedy="Correct the option that the message names.") from error
    except BotoCoreError as error:
        raise FleetopsError(f"Could not {what}: {error}.", remedy="Check the network, the region and endpoint_url, and run again.") from error


def _service_error(what: str, error: ClientError) -> ServiceError:
    answer = error.response.get("Error", {})
    code, text = answer.get("Code", "Unknown"), answer.get("Message", str(error))
    metadata = error.response.get("ResponseMetadata", {})
    facts = {"message": text, "operation": error.operation_name, "status": metadata.get("HTTPStatusCode"), "request_id": metadata.get("RequestId")}
    message = f"Could not {what}: {code}: {text.rstrip('.')}."
    in_progress = _UPDATE.search(text)
    if code == "ResourceInUseException" and in_progress:
        return Busy(message, code=code, update_id=in_progress["id"], error=facts)
    return ServiceError(message, code=code, remedy=REMEDIES.get(code, ""), error=facts)


def error_code(error: Exception) -> str:
    """Return the service's code of a ClientError, else the empty string."""
    return error.response.get("Error", {}).get("Code", "") if HAS_BOTOCORE and isinstance(error, ClientError) else ""


def missing_is_none(*codes: str) -> Callable[[Call], Call]:
    """Let a read answer None where the service says that there is no such thing; EKS says it in two ways (peers: `No cluster found`)."""

    def decorate(call: Call) -> Call:
        @wraps(call)
        def reading(*args: Any, **kwargs: Any) -> Any:
            try:
                return call(*args, **kwargs)
            except ClientError as error:
                code, text = error_code(error), str(error)
                if code in codes or (code == "ClientException" and "No cluster found" in text):
                    return None
                raise

        return reading  # type: ignore[return-value]

    return decorate

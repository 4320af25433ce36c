"""GetCallerIdentity for the keys that moto does not know."""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

from sandbox.aws.moto_side import Answer
from sandbox.aws.principals import Identity

_ANSWER = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
<Arn>{arn}</Arn><UserId>{user_id}</UserId><Account>{account}</Account></GetCallerIdentityResult>\
<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


def caller_identity(identity: Identity) -> Answer:
    values = {"arn": identity.arn, "user_id": identity.user_id, "account": identity.account, "request_id": str(uuid.uuid4())}
    body = _ANSWER.format(**{name: escape(value) for name, value in values.items()}).encode()
    return 200, [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))], body

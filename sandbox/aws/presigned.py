"""A `k8s-aws-v1.` token taken apart as aws-iam-authenticator does it before it sends the request inside to STS."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, parse_qsl, urlsplit

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LIFE = 900  # aws-iam-authenticator takes a token for 15 minutes from its date, and no longer X-Amz-Expires
SKEW = 300  # STS takes a signature from this many seconds ahead of its own clock
LONGEST = 4096
_SIGNING = ("algorithm", "credential", "date", "expires", "security-token", "signature", "signedheaders")
PARAMETERS = {"action", "version", *(f"x-amz-{name}" for name in _SIGNING)}
GLOBAL_HOST, GLOBAL_REGION = "sts.amazonaws.com", "us-east-1"
# With FIPS and dual-stack endpoints; China's regions have another domain, and are another partition.
_REGIONAL_HOST = re.compile(r"sts(?:-fips)?\.((?!cn-)[a-z]{2,}(?:-[a-z]+)+-\d+)\.(?:amazonaws\.com|api\.aws)")
_ALPHABET = re.compile(r"[\w-]*", re.ASCII)
Own = Callable[[str], bool]


class Refused(Exception):
    """Why the token is not accepted."""


@dataclass(frozen=True)
class Presigned:
    """The request of a token. The names of `query` are lower case."""

    url: SplitResult
    query: Mapping[str, str]

    @property
    def access_key(self) -> str:
        return self.query.get("x-amz-credential", "").partition("/")[0]

    @property
    def scope(self) -> tuple[str, str]:
        """Return the region and the service that it is signed for. Raises Refused for a credential that names none."""
        words = self.query.get("x-amz-credential", "").split("/")
        if len(words) != 5:
            raise Refused("X-Amz-Credential is not a key, a date, a region and a service")
        return words[2], words[3]

    @property
    def unsigned(self) -> str:
        """Return the URL that was signed."""
        pairs = [pair for pair in self.url.query.split("&") if not pair.lower().startswith("x-amz-signature=")]
        return self.url._replace(query="&".join(pairs)).geturl()


def read(token: str, now: float, own: Own) -> Presigned:
    """Return what a token holds. `own` tells which host and port is the simulator itself, which speaks http in place of STS. Raises Refused."""
    url = _url(token)
    _check_place(url, own)
    request = Presigned(url, _query(url.query))
    _check_request(request.query)
    _check_time(request.query, now)
    return request


def _url(token: str) -> SplitResult:
    if len(token) > LONGEST:
        raise Refused("the token is too large")
    if not token.startswith(PREFIX):
        raise Refused(f"the token does not begin with {PREFIX}")
    text = token.removeprefix(PREFIX)
    try:
        if not _ALPHABET.fullmatch(text):
            raise ValueError
        return urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except ValueError as error:
        raise Refused("the token is not a URL in base64url without padding") from error


def _check_place(url: SplitResult, own: Own) -> None:
    """Refuse what is not the address of STS: whoever answers there would say who the caller is."""
    if url.scheme == "http" and own(url.netloc):
        pass
    elif url.scheme != "https":
        raise Refused(f'unexpected scheme "{url.scheme}" in the presigned URL')
    elif region_of(url.netloc) is None:
        raise Refused(f'unexpected hostname "{url.netloc}" in the presigned URL')
    if url.path != "/":
        raise Refused("unexpected path in the presigned URL")


def region_of(host: str) -> str | None:
    """Return the region for which requests to a host of STS are signed; None for another host."""
    found = _REGIONAL_HOST.fullmatch(host)
    return found[1] if found else GLOBAL_REGION if host == GLOBAL_HOST else None


def _query(text: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        name = key.lower()
        if name not in PARAMETERS:
            raise Refused(f'unexpected query parameter "{key}"')
        if name in query:
            raise Refused(f'the query parameter "{key}" is given twice')
        query[name] = value
    return query


def _check_request(query: Mapping[str, str]) -> None:
    if query.get("action") != "GetCallerIdentity":
        raise Refused("the token is not a GetCallerIdentity request")
    if CLUSTER_HEADER not in query.get("x-amz-signedheaders", "").lower().split(";"):
        raise Refused(f"the header {CLUSTER_HEADER} is not signed")


def _check_time(query: Mapping[str, str], now: float) -> None:
    try:
        made = datetime.strptime(query["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        lives = int(query["x-amz-expires"])
    except (KeyError, ValueError) as error:
        raise Refused("the token has no date, or no time to live") from error
    if not 0 <= lives <= LIFE:
        raise Refused(f"X-Amz-Expires is not within 0 and {LIFE}")
    if now > made + LIFE:
        raise Refused("the token has expired")
    if now < made - SKEW:
        raise Refused("the token's signature is not yet current")

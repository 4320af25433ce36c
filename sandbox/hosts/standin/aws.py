"""AWS calls with the standard library: endpoints, credentials, signature version 4, errors in the words of the Go SDK."""

from __future__ import annotations

import base64
import configparser
import datetime
import hashlib
import hmac
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

ATTEMPTS = 3
TIMEOUT = 20
TOKEN_PREFIX = "k8s-aws-v1."
RETRIED = ("ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException")


class AwsError(Exception):
    """A refused call: `code` and `message` of the service; the text is that of the Go SDK."""

    def __init__(self, service, operation, status, code, message, request_id=""):
        self.code, self.message, self.status = code, message, status
        words = f"https response error StatusCode: {status}, RequestID: {request_id}, api error {code}: {message}"
        super().__init__(f"operation error {service}: {operation}, {words}")


def endpoint(machine, service, region):
    """Return the service's address: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, or AWS's own."""
    variables = (f"AWS_ENDPOINT_URL_{service.upper().replace(' ', '_')}", "AWS_ENDPOINT_URL")
    host = {"ecr": "api.ecr"}.get(service, service)
    given = next((machine.env[name] for name in variables if machine.env.get(name)), None)
    return (given or f"https://{host}.{region}.amazonaws.com").rstrip("/")


def credentials(machine, env=None):
    """Return {access, secret, token} of the node, or None: variables, credential_process of AWS_CONFIG_FILE, the shared credentials file."""
    env = {**machine.env, **(env or {})}
    if env.get("AWS_ACCESS_KEY_ID"):
        return {"access": env["AWS_ACCESS_KEY_ID"], "secret": env["AWS_SECRET_ACCESS_KEY"], "token": env.get("AWS_SESSION_TOKEN")}
    profile = env.get("AWS_PROFILE", "default")
    command = _ini(machine, env.get("AWS_CONFIG_FILE", "/root/.aws/config"), f"profile {profile}").get("credential_process")
    if command:
        return _from_process(machine, command)
    row = _ini(machine, env.get("AWS_SHARED_CREDENTIALS_FILE", "/root/.aws/credentials"), profile)
    if not row.get("aws_access_key_id"):
        return None
    return {"access": row["aws_access_key_id"], "secret": row["aws_secret_access_key"], "token": row.get("aws_session_token")}


def _ini(machine, path, section):
    parser = configparser.RawConfigParser()
    if machine.exists(path):
        parser.read_string(machine.read(path))
    return dict(parser[section]) if parser.has_section(section) else {}


def _from_process(machine, command):
    done = machine.run(*command.split())
    if done.returncode:
        return None
    answer = json.loads(done.stdout)
    return {"access": answer["AccessKeyId"], "secret": answer["SecretAccessKey"], "token": answer.get("SessionToken")}


def rest(machine, service, operation, region, method, path, creds, *, title):
    """Call an operation of a REST service and return the JSON it answers."""
    return json.loads(_send(machine, service, operation, region, method, path, b"", {}, creds, title) or b"{}")


def target(machine, service, operation, region, prefix, payload, creds, *, title):
    """Call an operation of a service that names operations in X-Amz-Target (JSON 1.1). creds None: unsigned."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{prefix}.{operation}"}
    return json.loads(_send(machine, service, operation, region, "POST", "/", json.dumps(payload).encode(), headers, creds, title) or b"{}")


def caller_identity(machine, region, creds):
    """Return the ARN of the caller (STS GetCallerIdentity)."""
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = _send(machine, "sts", "GetCallerIdentity", region, "POST", "/", body, headers, creds, "STS")
    return _xml(answer).get("Arn", "")


def _send(machine, service, operation, region, method, path, body, headers, creds, title):
    url = endpoint(machine, service, region) + path
    for attempt in range(1, ATTEMPTS + 1):
        signed = sign(method, url, service, region, body, headers, creds) if creds else headers
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=body or None, method=method, headers=signed), timeout=TIMEOUT) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            problem = _error(title, operation, error)
            if attempt == ATTEMPTS or not (problem.status >= 500 or problem.code in RETRIED):
                raise problem from error
        except OSError as error:
            if attempt == ATTEMPTS:
                raise AwsError(title, operation, 0, "RequestError", f"send request failed: {error}") from error
        machine.sleep(attempt)
    raise AssertionError("unreachable")


def _error(title, operation, error):
    """Return the AwsError of an answer, whichever of the three protocols it speaks."""
    raw = error.read()
    request_id = error.headers.get("x-amzn-requestid", "")
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        body = _xml(raw)
    code = error.headers.get("x-amzn-errortype") or body.get("__type") or body.get("Code") or body.get("code") or "UnknownError"
    message = body.get("message") or body.get("Message") or ""
    return AwsError(title, operation, error.code, code.split(":")[0].rpartition("#")[2], message, request_id or body.get("RequestId", ""))


def _xml(raw):
    """Return the leaves of an XML answer by name, namespaces left out."""
    try:
        return {element.tag.rpartition("}")[2]: element.text or "" for element in ElementTree.fromstring(raw).iter() if len(element) == 0}
    except ElementTree.ParseError:
        return {}


def sign(method, url, service, region, body, headers, creds):
    """Return the headers with an AWS4-HMAC-SHA256 authorization."""
    parts = urllib.parse.urlsplit(url)
    stamp = _stamp()
    signed = {**headers, "Host": parts.netloc, "X-Amz-Date": stamp, "User-Agent": "aws-sdk-go-v2 nodeadm"}
    if creds.get("token"):
        signed["X-Amz-Security-Token"] = creds["token"]
    names = {key.lower(): value for key, value in signed.items() if key != "User-Agent"}
    listed = ";".join(sorted(names))
    canonical = _canonical(method, parts, sorted(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)), names, hashlib.sha256(body).hexdigest())
    scope, signature = _signature(creds, stamp, region, service, canonical)
    signed["Authorization"] = f"AWS4-HMAC-SHA256 Credential={creds['access']}/{scope}, SignedHeaders={listed}, Signature={signature}"
    return signed


def eks_token(region, cluster, creds):
    """Return (bearer token, expiry in epoch seconds) for a cluster: a presigned GetCallerIdentity, good for 15 minutes of which we use 14."""
    stamp, host = _stamp(), f"sts.{region}.amazonaws.com"
    scope = f"{stamp[:8]}/{region}/sts/aws4_request"
    query = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{creds['access']}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    }
    if creds.get("token"):
        query["X-Amz-Security-Token"] = creds["token"]
    parts = urllib.parse.urlsplit(f"https://{host}/")
    canonical = _canonical("GET", parts, sorted(query.items()), {"host": host, "x-k8s-aws-id": cluster}, hashlib.sha256(b"").hexdigest())
    _, signature = _signature(creds, stamp, region, "sts", canonical)
    url = f"https://{host}/?{_query(sorted(query.items()))}&X-Amz-Signature={signature}"
    return TOKEN_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("="), time.time() + 14 * 60


def _stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def _query(pairs):
    return "&".join(f"{urllib.parse.quote(key, safe='-_.~')}={urllib.parse.quote(value, safe='-_.~')}" for key, value in pairs)


def _canonical(method, parts, pairs, headers, digest):
    path = urllib.parse.quote(parts.path or "/", safe="/-_.~")
    lines = "".join(f"{key}:{re.sub(' +', ' ', str(value).strip())}\n" for key, value in sorted(headers.items()))
    return "\n".join((method, path, _query(pairs), lines, ";".join(sorted(headers)), digest))


def _signature(creds, stamp, region, service, canonical):
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{creds['secret']}".encode()
    for word in (stamp[:8], region, service, "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return scope, hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

"""NodeConfig: reading (strict, as sigs.k8s.io/yaml decodes) and the checks of its fields."""

from __future__ import annotations

import datetime
import re
import ssl

import yaml
from standin.machine import Fatal

STRING, BOOL, STRINGS, DOCUMENT = "string", "bool", "[]string", "api.InlineDocument"

# struct → field → type; a dict stands for a struct (its Go name under "").
SCHEMA = {
    "": "NodeConfig",
    "apiVersion": STRING,
    "kind": STRING,
    "metadata": DOCUMENT,
    "status": DOCUMENT,
    "spec": {
        "": "NodeConfigSpec",
        "featureGates": DOCUMENT,
        "cluster": {
            "": "ClusterDetails",
            "name": STRING,
            "region": STRING,
            "apiServerEndpoint": STRING,
            "certificateAuthority": STRING,
            "cidr": STRING,
            "enableOutpost": BOOL,
            "id": STRING,
        },
        "containerd": {"": "ContainerdOptions", "config": STRING},
        "instance": {"": "InstanceOptions", "localStorage": {"": "LocalStorageOptions", "strategy": STRING}},
        "kubelet": {"": "KubeletOptions", "config": DOCUMENT, "flags": STRINGS},
        "hybrid": {
            "": "HybridOptions",
            "enableCredentialsFile": BOOL,
            "ssm": {"": "SSM", "activationCode": STRING, "activationId": STRING},
            "iamRolesAnywhere": {
                "": "IAMRolesAnywhere",
                "nodeName": STRING,
                "trustAnchorArn": STRING,
                "profileArn": STRING,
                "roleArn": STRING,
                "awsConfigPath": STRING,
                "certificatePath": STRING,
                "privateKeyPath": STRING,
            },
        },
    },
}
ACTIVATION_ID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ANYWHERE_REQUIRED = (
    ("roleArn", "RoleARN is missing in hybrid iam roles anywhere configuration"),
    ("profileArn", "ProfileARN is missing in hybrid iam roles anywhere configuration"),
    ("trustAnchorArn", "TrustAnchorARN is missing in hybrid iam roles anywhere configuration"),
    ("nodeName", "NodeName can't be empty in hybrid iam roles anywhere configuration"),
    ("certificatePath", "CertificatePath is missing in hybrid iam roles anywhere configuration"),
    ("privateKeyPath", "PrivateKeyPath is missing in hybrid iam roles anywhere configuration"),
)
ANYWHERE_DEFAULTS = {
    "awsConfigPath": "/etc/aws/hybrid/config",
    "certificatePath": "/etc/iam/pki/server.pem",
    "privateKeyPath": "/etc/iam/pki/server.key",
}


def load(machine, source):
    """Read the NodeConfig that a `--config-source` names and return it as a dict; raise Fatal in nodeadm's words."""
    scheme, separator, path = (source or "").partition("://")
    if not separator or scheme not in ("file", "imds"):
        raise Fatal(f"unsupported scheme: {scheme if separator else ''}")
    if scheme == "imds":
        raise Fatal("operation error ec2imds: GetUserData, request canceled, context deadline exceeded")
    try:
        text = machine.path(path).read_text()
    except OSError as error:
        raise Fatal(f"open {path}: {error.strerror.lower()}") from error
    return decode(text)


def decode(text):
    """Return the first YAML document of the text, checked against the schema."""
    try:
        document = next(iter(yaml.load_all(text, Loader=_Loader)), None) or {}
    except yaml.YAMLError as error:
        raise Fatal(f"error converting YAML to JSON: yaml: {go_yaml_error(error)}") from error
    try:
        _check(SCHEMA, document, "")
    except ValueError as error:
        raise Fatal(f"error unmarshaling JSON: while decoding JSON: json: {error}") from error
    return document


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, as Go does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:timestamp"] for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def go_yaml_error(error):
    """Say a syntax error as go-yaml does: both parsers descend from libyaml, the words and the counting of lines differ."""
    problem = str(getattr(error, "problem", "") or "control characters are not allowed")
    mark = getattr(error, "problem_mark", None)
    line = (mark.line + 1) if mark else 1
    if problem.startswith("expected the node content"):
        problem = "did not find expected node content"
    elif problem.startswith("expected ',' or"):
        problem = "did not find expected ',' or '}'" if "}" in problem else "did not find expected ',' or ']'"
    elif problem.startswith("expected <block end>"):
        problem = "did not find expected key"
    return f"line {line}: {problem}"


def _check(schema, value, path):
    if value is None:
        return
    if not isinstance(value, dict):
        raise ValueError(f"cannot unmarshal {_kind(value)} into Go {_place(path, schema)}")
    for key, item in value.items():
        if str(key) not in schema or key == "":
            raise ValueError(f'unknown field "{key}"')
        expected = schema[str(key)]
        here = f"{path}.{key}".lstrip(".")
        if isinstance(expected, dict):
            _check(expected, item, here)
        elif item is not None and not _fits(expected, item):
            raise ValueError(f"cannot unmarshal {_kind(item)} into Go struct field {schema['']}.{here} of type {expected}")


def _place(path, schema):
    return f"struct field {path} of type api.{schema['']}" if path else f"value of type v1alpha1.{schema['']}"


def _fits(expected, value):
    """Say whether a YAML value can become the Go type: sigs.k8s.io/yaml turns scalars into text where text is wanted."""
    if expected == BOOL:
        return isinstance(value, bool)
    if expected == STRING:
        return not isinstance(value, (dict, list))
    if expected == STRINGS:
        return isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value)
    return isinstance(value, dict)


def _kind(value):
    names = ((bool, "bool"), (str, "string"), ((int, float), "number"), (list, "array"), (dict, "object"))
    return next(name for kind, name in names if isinstance(value, kind))


def section(config, *keys):
    """Return a nested object, {} where any step is missing."""
    for key in ("spec", *keys):
        config = (config or {}).get(key)
    return config or {}


def provider(config):
    """Return ssm or iam-ra."""
    return "ssm" if section(config, "hybrid", "ssm") else "iam-ra"


def validate(machine, config):
    """Check the fields, in nodeadm's order; raise Fatal for the first that is wrong."""
    cluster, hybrid = section(config, "cluster"), section(config, "hybrid")
    for key, title in (("name", "Name"), ("region", "Region")):
        if not cluster.get(key):
            raise Fatal(f"{title} is missing in cluster configuration")
    anywhere, ssm = section(config, "hybrid", "iamRolesAnywhere"), section(config, "hybrid", "ssm")
    if not anywhere and not ssm:
        raise Fatal("Either IAMRolesAnywhere or SSM must be provided for hybrid node configuration")
    if anywhere and ssm:
        raise Fatal("Only one of IAMRolesAnywhere or SSM must be provided for hybrid node configuration")
    for flag in section(config, "kubelet").get("flags") or []:
        if str(flag).startswith("--hostname-override"):
            raise Fatal(f"hostname-override kubelet flag is not supported for hybrid nodes but found override: {str(flag).partition('=')[2]}")
    if ssm:
        _validate_ssm(ssm)
    else:
        _validate_anywhere(machine, hybrid["iamRolesAnywhere"])


def _validate_ssm(ssm):
    """The code is printed in the clear when its length is wrong: so does nodeadm."""
    code, identifier = str(ssm.get("activationCode") or ""), str(ssm.get("activationId") or "")
    if not code:
        raise Fatal("ActivationCode is missing in hybrid ssm configuration")
    if not identifier:
        raise Fatal("ActivationID is missing in hybrid ssm configuration")
    if not 20 <= len(code) <= 250:
        raise Fatal(f"invalid ActivationCode format: {code}. Must be 20-250 characters")
    if not re.fullmatch(ACTIVATION_ID, identifier):
        raise Fatal(f"invalid ActivationID format: {identifier}. Must be in format: {ACTIVATION_ID}")


def _validate_anywhere(machine, anywhere):
    for key, message in ANYWHERE_REQUIRED:
        if not anywhere.get(key):
            raise Fatal(message)
    if len(anywhere["nodeName"]) > 64:
        raise Fatal("NodeName can't be longer than 64 characters in hybrid iam roles anywhere configuration")
    for key, title in (("certificatePath", "certificate"), ("privateKeyPath", "private key")):
        if not machine.exists(anywhere[key]):
            raise Fatal(f"IAM Roles Anywhere {title} {anywhere[key]} not found")
    reason = certificate_problem(machine.path(anywhere["certificatePath"]))
    if reason:
        raise Fatal(f"validating iam-roles-anywhere certificate: {reason}")


def certificate_problem(path):
    """Return what is wrong with a PEM certificate, or None. The standard library reads certificates only through this helper of its tests."""
    try:
        decoded = ssl._ssl._test_decode_cert(str(path))
    except (ssl.SSLError, OSError):
        return "parsing certificate"
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    if ssl.cert_time_to_seconds(decoded["notAfter"]) < now:
        return "server certificate has expired"
    if ssl.cert_time_to_seconds(decoded["notBefore"]) > now:
        return "server certificate is not yet valid"
    return None


def with_defaults(config):
    """Return the config with the paths of IAM Roles Anywhere filled in; `config check` does not do this, `init` does."""
    anywhere = section(config, "hybrid", "iamRolesAnywhere")
    for key, value in ANYWHERE_DEFAULTS.items():
        if anywhere and not anywhere.get(key):
            anywhere[key] = value
    return config

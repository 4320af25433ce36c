"""The small programs that `install` puts on a node."""

from __future__ import annotations

import datetime
import json
import sys

from standin import aws, manifest


def kubectl(_machine, argv, version):
    """Say the client's version; a node of the sandbox has no user of more."""
    if argv[:1] == ["version"]:
        print(f"Client Version: v{version}")
        return 0
    print("error: this kubectl only knows `version`", file=sys.stderr)
    return 1


def authenticator(machine, argv, version):
    """`aws-iam-authenticator token --cluster-id NAME --region REGION`: print an ExecCredential with a token for the cluster."""
    if argv[:1] == ["version"]:
        print(json.dumps({"Version": version}))
        return 0
    options = dict(zip(argv[1::2], argv[2::2]))
    creds = aws.credentials(machine)
    if creds is None:
        print("could not get token: NoCredentialProviders: no valid providers in chain", file=sys.stderr)
        return 1
    token, expiry = aws.eks_token(options.get("--region") or options.get("-r"), options.get("--cluster-id") or options.get("-i"), creds)
    print(json.dumps(exec_credential(token, expiry)))
    return 0


def exec_credential(token, expiry):
    """Return the object that client-go's exec plugins print."""
    stamp = datetime.datetime.fromtimestamp(expiry, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {"expirationTimestamp": stamp, "token": token}
    return {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1", "spec": {}, "status": status}


def ecr_credential_provider(_machine, _argv, version):
    """Say the version: no image is pulled on the sandbox's hosts."""
    print(version)
    return 0


def signing_helper(machine, argv, version):
    """`aws_signing_helper credential-process …`: ask IAM Roles Anywhere for a session and print it as SDKs expect."""
    if argv[:1] == ["version"]:
        print(version)
        return 0
    options = dict(zip(argv[1::2], argv[2::2]))
    arns = {"trustAnchorArn": "--trust-anchor-arn", "profileArn": "--profile-arn", "roleArn": "--role-arn"}
    body = {key: options.get(flag, "") for key, flag in arns.items()}
    region = body["trustAnchorArn"].split(":")[3] if body["trustAnchorArn"].count(":") > 3 else "us-east-1"
    body["roleSessionName"] = options.get("--role-session-name", "")
    try:
        answer = json.loads(manifest.fetch_json(f"{aws.endpoint(machine, 'rolesanywhere', region)}/sessions", body))
    except manifest.BadDownload as error:
        print(f"unable to get credentials from IAM Roles Anywhere: {error}", file=sys.stderr)
        return 1
    session = answer["credentialSet"][0]["credentials"]
    print(json.dumps({"Version": 1, **{key[0].upper() + key[1:]: value for key, value in session.items()}}))
    return 0

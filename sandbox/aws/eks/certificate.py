"""A cluster's certificate authorities: made certificates, and the record of which one signs."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.aws.context import Context
from sandbox.aws.store import Body

YEARS = 10
FIRST_ACTIVATION = 365 * 86400
FINAL_ACTIVATION = 90 * 86400
"""Seconds before the end of its validity at which EKS activates an authority by itself; the service computes them, and does not say how."""


def first_authority(ctx: Context, cluster: Body) -> Body:
    """Make the authority that a new cluster starts with; return the cluster's certificateAuthority block."""
    authority = new_authority(ctx, cluster["name"], "EKS")
    authority |= {"activatedAt": ctx.now, "activatedBy": "EKS", "signingStatus": "IN_USE", "distributionStatus": "COMPLETE"}
    ctx.nouns(cluster["name"], "certificateauthority").put(authority["id"], authority)
    return {"data": authority["data"], "active": {"id": authority["id"], "activatedBy": "EKS"}}


def new_authority(ctx: Context, cluster: str, made_by: str) -> Body:
    """Return a new authority, not yet used; the sandbox's own CA where a Kubernetes API stands behind the clusters."""
    end = ctx.now + YEARS * 365 * 86400
    data = ctx.world.kubernetes.ca_data if ctx.world.kubernetes is not None else make_certificate(cluster, ctx.now)
    return {
        "id": f"ca-{secrets.token_hex(9)[:17]}",
        "createdAt": ctx.now,
        "createdBy": made_by,
        "signingStatus": "NOT_USED",
        "distributionStatus": "IN_PROGRESS",
        "validity": {"notBefore": ctx.now, "notAfter": end},
        "scheduledEvents": {"firstAutoActivation": end - FIRST_ACTIVATION, "finalAutoActivation": end - FINAL_ACTIVATION},
        "rollbackAvailable": False,
        "data": data,
    }


def make_certificate(name: str, now: float) -> str:
    """Return a self-signed CA certificate as base64 of its PEM, the form DescribeCluster gives."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"kubernetes {name}"[:64])])
    start = datetime.fromtimestamp(now, UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=YEARS * 365))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return base64.b64encode(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()

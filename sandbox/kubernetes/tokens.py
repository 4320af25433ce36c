"""ServiceAccount tokens: signed JSON web tokens, as the token subresource and long-lived token Secrets hold."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from sandbox.kubernetes import names

Claims = dict[str, Any]
BOUND = {"Secret": "secrets", "Pod": "pods", "Node": "nodes"}
"""Kinds of objects that a token may be bound to, with their plurals."""
_SIZE = 32


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Signer:
    """Signs claims with ES256 and reads back what it signed; `kid` names the key in what is signed, None does not."""

    key: ec.EllipticCurvePrivateKey
    kid: str | None = "sandbox"

    @classmethod
    def new(cls) -> Signer:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def sign(self, claims: Claims) -> str:
        header = {"alg": "ES256"} | ({"kid": self.kid} if self.kid else {})
        parts = [_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
        signed = ".".join(parts)
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encode(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"

    def read(self, token: str) -> Claims | None:
        """Return the claims of a token that this signer made; None for any other text."""
        signed, _, signature = token.rpartition(".")
        try:
            raw = _decode(signature)
            der = encode_dss_signature(int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big"))
            self.key.public_key().verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
            claims: Claims = json.loads(_decode(signed.split(".")[1]))
        except (InvalidSignature, ValueError, IndexError, binascii.Error):
            return None
        return claims


def account_claims(
    namespace: str, account: dict[str, Any], issuer: str, audiences: list[str], issued: float, seconds: int, bound: dict[str, Any] | None
) -> Claims:
    """Return the claims of a token that the token subresource makes for a ServiceAccount."""
    metadata = account["metadata"]
    private: Claims = {"namespace": namespace, "serviceaccount": {"name": metadata["name"], "uid": metadata["uid"]}}
    if bound:
        private[bound["kind"].lower()] = {"name": bound["name"], "uid": bound.get("uid", "")}
    return {
        "aud": audiences,
        "exp": int(issued) + seconds,
        "iat": int(issued),
        "iss": issuer,
        "jti": names.new_uid(),
        "kubernetes.io": private,
        "nbf": int(issued),
        "sub": f"system:serviceaccount:{namespace}:{metadata['name']}",
    }


def legacy_claims(namespace: str, account: dict[str, Any], secret: str) -> Claims:
    """Return the claims of a token that lives in a Secret and does not expire."""
    metadata = account["metadata"]
    prefix = "kubernetes.io/serviceaccount"
    return {
        "iss": "kubernetes/serviceaccount",
        f"{prefix}/namespace": namespace,
        f"{prefix}/secret.name": secret,
        f"{prefix}/service-account.name": metadata["name"],
        f"{prefix}/service-account.uid": metadata["uid"],
        "sub": f"system:serviceaccount:{namespace}:{metadata['name']}",
    }

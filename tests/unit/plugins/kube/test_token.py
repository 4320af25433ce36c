"""A token of EKS is a presigned request that names the cluster in a signed header."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._eks.token import LIFETIME, PREFIX, bearer_token

KEYS = {"region": "eu-central-1", "access_key": "AKIATEST", "secret_key": "not-a-secret"}


def url_of(value: str) -> str:
    assert value.startswith(PREFIX)
    encoded = value.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def test_token_is_a_presigned_caller_identity_at_the_regions_own_endpoint():
    url = urlsplit(url_of(bearer_token(Clients(KEYS), "edge").value))
    query = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", "sts.eu-central-1.amazonaws.com", "/")
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]


def test_token_has_no_padding_and_only_characters_of_a_url():
    for cluster in ("a", "ab", "abc", "prod-use1"):
        value = bearer_token(Clients(KEYS), cluster).value
        assert set("=+/").isdisjoint(value)


def test_us_east_1_signs_at_the_regional_endpoint_as_well():
    assert "sts.us-east-1.amazonaws.com" in url_of(bearer_token(Clients({**KEYS, "region": "us-east-1"}), "edge").value)


def test_partitions_have_their_own_endpoint():
    assert "sts.cn-north-1.amazonaws.com.cn" in url_of(bearer_token(Clients({**KEYS, "region": "cn-north-1"}), "edge").value)


@pytest.mark.parametrize("how", ["option", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_token_honours_another_endpoint(how, monkeypatch):
    option = {"endpoint_url": "http://127.0.0.1:5000"} if how == "option" else {}
    if not option:
        monkeypatch.setenv(how, "http://127.0.0.1:5000")
    assert url_of(bearer_token(Clients({**KEYS, **option}), "edge").value).startswith("http://127.0.0.1:5000/?Action=GetCallerIdentity")


def test_tokens_of_two_clusters_from_one_client_differ_in_their_signature():
    clients = Clients(KEYS)
    first, second = (parse_qs(urlsplit(url_of(bearer_token(clients, name).value)).query)["X-Amz-Signature"] for name in ("edge", "core"))
    assert first != second


def test_temporary_credentials_are_part_of_the_token():
    assert "X-Amz-Security-Token=session" in url_of(bearer_token(Clients({**KEYS, "session_token": "session"}), "edge").value)


def test_token_says_when_it_stops_working_and_hides_itself_in_a_repr():
    token = bearer_token(Clients(KEYS), "edge")
    assert timedelta(0) <= datetime.now(UTC) + LIFETIME - token.expires < timedelta(minutes=1)
    assert token.value not in repr(token)


def test_missing_credentials_are_an_error_that_says_so(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(FleetopsError, match="no complete AWS credentials"):
        bearer_token(Clients({"region": "eu-central-1"}), "edge")

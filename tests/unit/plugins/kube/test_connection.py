"""Where an API is, from a task's options; no call where none is needed."""

from __future__ import annotations

import base64
import json
import pathlib

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import connection, pem
from ansible_collections.fleetops.eks.plugins.module_utils._kube.errors import kube_error
from ansible_collections.fleetops.eks.plugins.plugin_utils.ca_files import ca_file

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
CA_DATA = base64.b64encode(PEM.encode()).decode()
KEYS = {"region": "eu-central-1", "access_key": "AKIATEST", "secret_key": "not-a-secret"}


def connect(**params):
    return connection(params, Clients(KEYS))


def test_cluster_with_address_and_ca_needs_no_call():
    made = connect(cluster_name="edge", host="https://api.example", ca_data=CA_DATA)
    assert (made.host, made.label, made.ca_pem, made.eks_cluster) == ("https://api.example", "cluster edge", PEM, "edge")
    assert made.headers["Authorization"].startswith("Bearer k8s-aws-v1.")


def test_hub_has_its_own_option():
    made = connection({"hub_cluster_name": "hub", "host": "https://api.example", "ca_data": CA_DATA}, Clients(KEYS), "hub_cluster_name")
    assert made.eks_cluster == "hub"


def test_host_with_a_token_and_a_ca_file(tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(PEM)
    made = connect(host="https://api.example", api_key="open-sesame", ca_cert=str(file))
    assert (made.ca_pem, made.headers) == (PEM, {"Authorization": "Bearer open-sesame"})


def test_credentials_are_not_in_a_repr():
    assert "open-sesame" not in repr(connect(host="https://api.example", api_key="open-sesame"))


def test_missing_ca_file_is_refused():
    with pytest.raises(Refusal, match="ca_cert"):
        connect(host="https://api.example", ca_cert="/nonexistent/ca.pem")


@pytest.mark.parametrize("text", [PEM, CA_DATA])
def test_ca_is_pem_or_its_base64(text):
    assert pem(text) == PEM


def test_ca_that_is_neither_is_refused():
    with pytest.raises(Refusal, match="neither PEM nor base64"):
        pem("no certificate!")


@pytest.fixture
def kubeconfig(tmp_path):
    user = {"name": "me", "user": {"token": "open-sesame"}}
    cluster = {"name": "edge", "cluster": {"server": "https://api.example", "certificate-authority-data": CA_DATA}}
    contexts = [{"name": name, "context": {"cluster": "edge", "user": "me"}} for name in ("one", "two")]
    file = tmp_path / "config"
    file.write_text(
        yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "users": [user], "contexts": contexts, "current-context": "one"})
    )
    return file


def test_kubeconfig_is_read(kubeconfig):
    made = connect(kubeconfig=str(kubeconfig), context="two")
    assert (made.host, made.label, made.ca_pem, made.headers) == ("https://api.example", "two", PEM, {"Authorization": "Bearer open-sesame"})


def test_unknown_context_is_an_error(kubeconfig):
    with pytest.raises(FleetopsError, match="context three"):
        connect(kubeconfig=str(kubeconfig), context="three")


def test_missing_kubeconfig_is_an_error(tmp_path):
    with pytest.raises(FleetopsError, match="Could not read"):
        connect(kubeconfig=str(tmp_path / "none"))


STATUS = {"kind": "Status", "reason": "Forbidden", "message": "secrets is forbidden: User cannot list.", "code": 403}


@pytest.mark.parametrize(
    ("status", "eks", "words"),
    [
        (401, True, "access entry"),
        (403, True, "Associate an access policy"),
        (401, False, "expired"),
        (403, False, "Bind a role"),
    ],
)
def test_refusals_say_what_to_do(status, eks, words):
    error = kube_error("list secrets", status, STATUS, label="cluster edge", eks=eks)
    assert str(error).startswith("Could not list secrets on cluster edge: Forbidden: secrets is forbidden: User cannot list. ")
    assert words in error.remedy
    assert json.dumps(error.facts["error"])


def test_answer_that_is_no_status_is_told_as_it_came():
    assert "HTTP 502: Bad Gateway" in str(kube_error("list secrets", 502, {"message": "Bad Gateway"}, label="edge", eks=False))


def test_ca_file_is_written_once_and_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = ca_file(PEM, fallback=str(tmp_path))
    first = path.stat()
    assert (path.read_text(), first.st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (PEM, 0o600, 0o700)
    assert ca_file(PEM, fallback=str(tmp_path)).stat().st_ino == first.st_ino


def test_ca_file_that_says_something_else_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = ca_file(PEM, fallback=str(tmp_path))
    path.write_text("tampered")
    assert ca_file(PEM, fallback=str(tmp_path)).read_text() == PEM


def test_ca_file_falls_back_where_the_cache_cannot_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert ca_file(PEM, fallback=str(tmp_path / "local")).is_relative_to(pathlib.Path(tmp_path / "local"))

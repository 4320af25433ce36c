"""The lookup cluster_auth, as playbooks use it: tasks of kubernetes.core and of this collection in one real run."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._eks.token import bearer_token

from tests.support.clusters import lab

PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    kube: "{{ lookup('fleetops.eks.cluster_auth', 'edge') }}"
  module_defaults:
    group/kubernetes.core.k8s:
      host: "{{ kube.host }}"
      api_key: "{{ kube.api_key }}"
      ca_cert: "{{ kube.ca_cert }}"
  tasks:
    - name: Make a namespace
      kubernetes.core.k8s:
        api_version: v1
        kind: Namespace
        name: team-a
      register: made
    - name: Read it
      kubernetes.core.k8s_info:
        kind: Namespace
        name: team-a
      register: found
    - name: Keep a setting in it
      fleetops.eks.kube_objects:
        cluster_name: edge
        resources: &resources
          - apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: team-a}
            data: {mode: fast}
          - apiVersion: v1
            kind: Secret
            metadata: {name: door, namespace: team-a}
            stringData: {password: hunter2}
      register: applied
    - name: Keep it again
      fleetops.eks.kube_objects:
        cluster_name: edge
        resources: *resources
      register: again
    - name: See it through the lookup's token
      fleetops.eks.kube_nodes_info:
        host: "{{ kube.host }}"
        api_key: "{{ kube.api_key }}"
        ca_data: "{{ kube.ca_data }}"
      register: nodes
    - name: Hold all of it
      ansible.builtin.assert:
        that:
          - made is changed
          - found.resources | length == 1
          - applied is changed
          - again is not changed
          - nodes.nodes == []
          - (kube.ca_cert | ansible.builtin.basename) is match('[0-9a-f]{32}[.]pem')
"""


@pytest.fixture(scope="module")
def fleet():
    with lab("edge") as made:
        yield made


def run(fleet, tmp_path, playbook, *arguments, **environment):
    """Run a playbook and return the process's result."""
    file = tmp_path / "play.yml"
    file.write_text(playbook)
    env = {**os.environ, **fleet.environment(), "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "ANSIBLE_LOCALHOST_WARNING": "false", **environment}
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}"]
    return subprocess.run([*command, *arguments, str(file)], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)


def shown(call):
    """Return a playbook that prints what a template says, and nothing else."""
    return f'[{{hosts: localhost, connection: local, gather_facts: false, tasks: [{{debug: {{msg: "{{{{ {call} }}}}"}}}}]}}]'


@pytest.mark.parametrize("in_process", ["1", pytest.param("0", marks=pytest.mark.slow)])
def test_modules_of_kubernetes_core_work_with_the_lookup(fleet, tmp_path, in_process):
    fleet.kubernetes.objects(fleet.path("edge"), delete=[{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}}])
    result = run(fleet, tmp_path, PLAYBOOK, "-vvv", FLEETOPS_EKS_IN_PROCESS=in_process)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "hunter2" not in result.stdout + result.stderr
    assert "aHVudGVyMg" not in result.stdout + result.stderr


def test_result_of_the_lookup_for_one_call(fleet, tmp_path):
    fleet.aws.clear_log()
    result = run(fleet, tmp_path, shown("query('fleetops.eks.cluster_auth', 'edge', region='us-east-1') | to_json"))
    assert result.returncode == 0, result.stdout + result.stderr
    (auth,) = json.loads(json.JSONDecoder().raw_decode(result.stdout.partition('"msg": ')[2])[0])
    assert sorted(auth) == ["api_key", "ca_cert", "ca_data", "expires", "host"]
    assert auth["host"] == fleet.kubernetes.endpoint(fleet.path("edge"))
    assert pathlib.Path(auth["ca_cert"]).read_text() == fleet.kubernetes.ca.read_text()
    assert pathlib.Path(auth["ca_cert"]).stat().st_mode & 0o777 == 0o600
    assert auth["expires"].endswith("+00:00")
    assert {each["operation"] for each in fleet.aws.log()} == {"DescribeCluster"}
    assert fleet.aws.review("edge", auth["api_key"])["authenticated"] is True


def test_missing_cluster_is_an_error_that_says_what_to_do(fleet, tmp_path):
    result = run(fleet, tmp_path, shown("lookup('fleetops.eks.cluster_auth', 'nowhere').host"))
    assert result.returncode != 0
    assert "Cluster nowhere does not exist in region us-east-1" in result.stdout + result.stderr


def test_token_for_one_cluster_does_not_open_another(fleet):
    """The signature covers the header that names the cluster; the simulator checks it for keys that it gave out."""
    fleet.add_cluster("core")
    iam, eks = fleet.aws.client("iam"), fleet.aws.client("eks")
    arn = iam.create_user(UserName="reader")["User"]["Arn"]
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    for cluster in ("edge", "core"):
        eks.create_access_entry(clusterName=cluster, principalArn=arn)
    token = bearer_token(Clients({**fleet.options, "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}), "edge").value
    assert fleet.aws.review("edge", token)["authenticated"] is True
    assert not fleet.aws.review("core", token).get("authenticated")

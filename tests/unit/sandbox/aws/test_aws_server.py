"""The process: its command line, its ready line, its end; HTTP as clients speak it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.aws.http import Server

PATIENCE = 90  # on a machine that is busy with other tests


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    accounts = tmp_path / "accounts.json"
    accounts.write_text(json.dumps({"AKIAPROD": "444455556666"}))
    command = [sys.executable, "-m", "sandbox.aws.server", "--port", "0", "--delay", "60", "--accounts", str(accounts), "--listen", "127.0.0.1"]
    child = subprocess.Popen([*command, "--listen", "127.0.0.2"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    line = child.stdout.readline().split()
    yield child, line[1]
    child.kill()
    child.wait(PATIENCE)
    child.stdout.close()


def test_it_says_when_it_is_ready_serves_every_address_and_ends_on_sigterm(process: tuple[subprocess.Popen[str], str]) -> None:
    child, url = process
    eks = boto3.Session("AKIAPROD", "secret", region_name="eu-west-1").client("eks", endpoint_url=url)
    role = "arn:aws:iam::444455556666:role/r"
    made = eks.create_cluster(name="edge", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})["cluster"]
    assert made["arn"] == "arn:aws:eks:eu-west-1:444455556666:cluster/edge"
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "CREATING"
    with urllib.request.urlopen(url.replace("127.0.0.1", "127.0.0.2") + "/_sandbox/health", timeout=PATIENCE) as answer:
        assert json.loads(answer.read()) == {"ok": True}
    child.send_signal(signal.SIGTERM)
    assert child.wait(PATIENCE) == 0


def test_a_taken_port_is_an_error_of_one_line(aws: Any) -> None:
    port = aws.url.rpartition(":")[2]
    found = subprocess.run([sys.executable, "-m", "sandbox.aws.server", "--port", port], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert found.returncode == 1
    assert found.stderr.startswith(f"cannot listen on port {port}: ")


def test_connections_are_kept_and_chunks_are_read(aws: Any) -> None:
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request("PUT", "/_sandbox/settings", body=iter([b'{"de', b'lay": 4}']), headers={"Content-Type": "application/json"}, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["delay"] == 4
    first = connection.sock
    connection.request("GET", "/_sandbox/health")
    assert json.loads(connection.getresponse().read()) == {"ok": True}
    assert connection.sock is first
    connection.close()


def test_an_address_that_no_interface_has_yet_can_be_listened_on() -> None:
    server = Server("192.0.2.77", 0, None)
    assert server.socket.getsockname()[0] == "192.0.2.77"
    server.server_close()


def test_objects_go_through_s3_unharmed(aws: Any) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a/b c+d", Body=b"x" * 100_000, Metadata={"k": "v"})
    found = s3.get_object(Bucket="bucket", Key="a/b c+d")
    assert (len(found["Body"].read()), found["Metadata"]) == (100_000, {"k": "v"})
    assert s3.head_object(Bucket="bucket", Key="a/b c+d")["ContentLength"] == 100_000

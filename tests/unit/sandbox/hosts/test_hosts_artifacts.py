"""The tree that hosts download from, and its server."""

from __future__ import annotations

import hashlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.hosts import image
from sandbox.hosts.artifacts import KUBERNETES, artifacts_tree, serve
from sandbox.hosts.executables import executable
from sandbox.hosts.image import RELEASES, ensure_tarball, image_name


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artifacts_tree(tmp_path_factory.mktemp("tree") / "artifacts")


@pytest.fixture(scope="module")
def url(tree: Path) -> Iterator[str]:
    servers = serve(tree, ["127.0.0.1", "127.0.0.2"])
    assert len({server.server_address[1] for server in servers}) == 1
    yield f"http://127.0.0.1:{servers[0].server_address[1]}"
    for server in servers:
        server.shutdown()
        server.server_close()


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


@pytest.mark.parametrize("release", ["v1.0.18", "v1.0.19", "v1.0.20", "latest"])
@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_every_release_has_a_nodeadm_with_its_checksum(url: str, release: str, arch: str) -> None:
    data = fetch(f"{url}/releases/{release}/bin/linux/{arch}/nodeadm")
    digest, name = fetch(f"{url}/releases/{release}/bin/linux/{arch}/nodeadm.sha256").decode().split("  ")
    assert (hashlib.sha256(data).hexdigest(), name) == (digest, "nodeadm\n")


def test_the_manifest_names_the_host_it_was_asked_by(url: str) -> None:
    manifest = json.loads(fetch(f"{url}/manifest.yaml"))
    newest = manifest["supported_eks_releases"][-1]["patch_releases"][-1]
    assert newest["version"] == KUBERNETES[-1]
    rows = [row for row in newest["artifacts"] if row["arch"] == "amd64"]
    assert {row["name"] for row in rows} == {"kubelet", "kubectl", "cni-plugins", "ecr-credential-provider", "aws-iam-authenticator"}
    for row in rows:
        assert row["uri"].startswith(f"{url}/")
        assert hashlib.sha256(fetch(row["uri"])).hexdigest() == fetch(row["checksum_uri"]).decode().split()[0]


@pytest.mark.parametrize(
    ("name", "version", "argv", "said"),
    [
        ("nodeadm", "v1.0.19", ["version"], "Version: v1.0.19"),
        ("kubelet", "1.35.1", ["--version"], "Kubernetes v1.35.1"),
        ("kubectl", "1.35.1", ["version"], "Client Version: v1.35.1"),
    ],
)
def test_programs_are_single_files_that_say_their_version(tmp_path: Path, name: str, version: str, argv: list[str], said: str) -> None:
    program = tmp_path / name
    program.write_bytes(executable(name, version))
    program.chmod(0o755)
    assert subprocess.run([str(program), *argv], capture_output=True, text=True, check=True).stdout.strip() == said


def test_the_same_program_is_the_same_bytes_and_versions_differ() -> None:
    assert executable("kubelet", "1.35.1") == executable("kubelet", "1.35.1") != executable("kubelet", "1.35.0")


def test_a_real_nodeadm_takes_the_place_of_the_stand_in(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"\x7fELF real")
    tree = artifacts_tree(tmp_path / "tree", nodeadm=tmp_path / "real")
    assert (tree / "releases/latest/bin/linux/amd64/nodeadm").read_bytes() == b"\x7fELF real"


def test_the_image_has_a_name_for_each_release() -> None:
    names = {image_name(release) for release in RELEASES}
    assert len(names) == len(RELEASES)
    assert all(name.startswith("localhost/fleetops-hybrid-host:") for name in names)
    with pytest.raises(ValueError, match="pick one of"):
        image_name("buster")


def test_a_folder_that_is_not_ours_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="is not empty"):
        artifacts_tree(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_tree_can_be_built_again_in_its_place(tmp_path: Path) -> None:
    first = artifacts_tree(tmp_path / "tree")
    (first / "old").write_text("")
    assert not (artifacts_tree(first) / "old").exists()


def test_a_cached_tarball_is_used_and_killed_runs_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(image, "_bootstrap", lambda _release, tarball: tarball.write_bytes(b"made"))
    folder = tmp_path / "fleetops-eks/images"
    folder.mkdir(parents=True)
    (folder / "new-999999999-x.tar").write_bytes(b"partial")
    tarball = ensure_tarball("trixie")
    assert [path.name for path in folder.iterdir()] == [tarball.name]
    monkeypatch.setattr(image, "_bootstrap", lambda _release, _tarball: pytest.fail("made again"))
    assert ensure_tarball("trixie") == tarball

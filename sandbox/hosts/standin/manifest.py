"""The artifact manifest: where it is read from, which release a version means, and downloading with checksums."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import urllib.error
import urllib.parse
import urllib.request

from standin.machine import Fatal

DEFAULT = "https://hybrid-assets.eks.amazonaws.com/manifest.yaml"
ATTEMPTS = 3
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class BadDownload(Exception):
    """An artifact could not be fetched, or is not what its checksum says."""


def load(machine, override, *, quiet=False):
    """Read the manifest that `--manifest-override` names, else the default one (NODEADM_MANIFEST_URL stands for what a release is linked with)."""
    if override:
        text = _read_override(machine, override)
        if not quiet:
            machine.info("Using manifest override", manifest=override)
    else:
        text = _fetch_manifest(machine.env.get("NODEADM_MANIFEST_URL") or DEFAULT)
    import yaml  # only here: the small programs fetch without reading YAML

    return yaml.safe_load(text)


def _read_override(machine, source):
    scheme, separator, path = source.partition("://")
    if separator and scheme in ("http", "https"):
        return _fetch_manifest(source)
    prefix = f"reading manifest file from file:// URI: {source}" if separator else f"reading manifest file: {source} (hint: use file:// or https:// prefix)"
    path = path if separator else source
    try:
        return machine.path(path).read_text()
    except OSError as error:
        raise Fatal(f"{prefix}: open {path}: {error.strerror.lower()}") from error


def _fetch_manifest(url):
    try:
        return fetch(url).decode()
    except BadDownload as error:
        raise Fatal(f"getting manifest from {url}: {error}") from error


def region(manifest, name):
    """Return the region's entry; raise Fatal when the manifest has none."""
    found = (manifest.get("region_config") or {}).get(name)
    if found is None:
        raise Fatal(f"region {name} not found in manifest")
    return found


def release(manifest, version):
    """Return the patch release that a version (major.minor, or with patch) means."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not match:
        raise Fatal(f"getting latest eks release: invalid semantic version: {version}")
    minor = f"{match[1]}.{match[2]}"
    entry = next((row for row in manifest["supported_eks_releases"] if row["major_minor_version"] == minor), None)
    if entry is None:
        raise Fatal("getting latest eks release: input semver did not match with any available releases")
    wanted = match[3] or str(entry["latest_patch_version"])
    patch = next((row for row in entry["patch_releases"] if str(row["patch_version"]) == wanted), None)
    if patch is None:
        raise Fatal("getting latest eks release: input semver did not match with available releases. Try again with major.minor version")
    return patch


def signing_helper(manifest):
    """Return the newest release of the signing helper."""
    releases = manifest.get("iam_roles_anywhere_releases") or []
    if not releases:
        raise Fatal("no iam roles anywhere releases found in manifest")
    return releases[-1]


def artifact(entry, name):
    """Return the artifact of this machine's architecture."""
    arch = ARCHITECTURES.get(platform.machine(), platform.machine())
    found = next((row for row in entry["artifacts"] if row["name"] == name and row["arch"] == arch and row["os"] == "linux"), None)
    if found is None:
        raise Fatal(f"could not find artifact for {arch} arch and linux os")
    return found


def fetch_json(url, body):
    """Post an object as JSON and return what comes back."""
    return fetch(urllib.request.Request(url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}))


def fetch(source):
    """Return what a URL (or a prepared request) answers; file:// works too."""
    url = source if isinstance(source, str) else source.full_url
    try:
        with urllib.request.urlopen(source, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        host = urllib.parse.urlsplit(url).netloc
        raise BadDownload(f"max retries achieved for http request: {host} : unexpected status code: {error.code}") from error
    except OSError as error:
        raise BadDownload(str(error)) from error


def checksum(row):
    """Return the digest (bytes) that the artifact's checksum file names, in GNU form."""
    words = fetch(row["checksum_uri"]).decode(errors="replace").split()
    if len(words) < 2:
        raise BadDownload("checksum file is not in the form `checksum  name`")
    return bytes.fromhex(words[0])


def download(row, name):
    """Return (bytes, problem): problem is None when the checksum agrees. Raise BadDownload when there is nothing to have."""
    try:
        data, expected = fetch(row["uri"]), checksum(row)
    except BadDownload as error:
        raise BadDownload(f"getting {name} source: getting artifact file reader: failed reading file from url: {row['uri']}: {error}") from error
    actual = hashlib.sha256(data).digest()
    if actual == expected:
        return data, None
    return data, f"{name} checksum mismatch: checksum mismatch (expect != actual): {_as_go_text(expected)} != {_as_go_text(actual)}"


def _as_go_text(raw):
    """Return raw bytes as Go's logger prints them: one U+FFFD for each byte that is not UTF-8."""
    text = raw.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if 0xDC80 <= ord(char) <= 0xDCFF else char for char in text)

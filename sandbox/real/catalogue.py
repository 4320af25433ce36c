"""The real programs that the sandbox can run, as data: where each comes from and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).resolve().parent
KUBERNETES = "v1.36.3"
ARGOCD = "v3.2.11"
# What Kubernetes of this version is tested with. Without a newer etcd than Debian 12's 3.4.23 an API server keeps no promise about bookmarks.
ETCD = "v3.6.8"


@dataclass(frozen=True)
class Built:
    """A program that is built from the go.mod in `module`. `version` is in what `name *asked` prints; `takes` is for the user, the first time.
    `oldest` is the first version that serves as well where the machine has one; None: no other one does."""

    name: str
    module: str
    package: str
    version: str
    variables: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]
    takes: str
    oldest: tuple[int, int] | None = None

    @property
    def folder(self) -> Path:
        return MODULES / self.module

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags of `go build`: paths of this machine left out, no symbols, the version that the program says it is."""
        return ("-trimpath", "-ldflags", " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)]))


@dataclass(frozen=True)
class Packaged:
    """A program of Debian's. `packages` hold it and the libraries that a bare system lacks; `oldest` is the first version that will do."""

    name: str
    packages: tuple[str, ...]
    asked: tuple[str, ...]
    oldest: tuple[int, int]

    @property
    def remedy(self) -> str:
        return f"install it (Debian: apt-get install {self.packages[0]})"


_VERSION = "k8s.io/component-base/version"
_ARGOCD = "github.com/argoproj/argo-cd/v3"

PROGRAMS: dict[str, Built | Packaged] = {
    "kube-apiserver": Built(
        "kube-apiserver",
        "kubernetes",
        "k8s.io/kubernetes/cmd/kube-apiserver",
        KUBERNETES,
        ((f"{_VERSION}.gitVersion", KUBERNETES), (f"{_VERSION}.gitMajor", "1"), (f"{_VERSION}.gitMinor", "36")),
        ("--version",),
        "about 7 minutes",
    ),
    "argocd": Built(
        "argocd",
        "argocd",
        f"{_ARGOCD}/cmd",
        ARGOCD,
        ((f"{_ARGOCD}/common.version", ARGOCD.removeprefix("v")),),
        ("version", "--client", "--short"),
        "about 5 minutes",
    ),
    "etcd": Built("etcd", "etcd", "go.etcd.io/etcd/server/v3", ETCD, (), ("--version",), "about a minute", oldest=(3, 6)),
    "redis-server": Packaged(
        "redis-server", ("redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1", "libssl3", "libsystemd0"), ("--version",), (6, 0)
    ),
}

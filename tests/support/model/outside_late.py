"""What others do last: failures of what they change, operations that are still under way when the run begins, and an upgrade.

EKS refuses a second operation on what is being changed, so no more than one of these comes in a round, after all else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.model.names import NAME, ROLE, SUBNETS, Site
from tests.support.model.outside import ON_EKS
from tests.support.model.outside_members import (
    MEMBERS,
    capability_settings,
    create_profile,
    delete_profile,
    other_provider,
    profiles,
    provider_gone,
)

MINUTES = 120.0
VERSIONS = ("1.34", "1.35", "1.36")


@contextmanager
def slowly(site: Site) -> Iterator[None]:
    """What begins in here is under way for minutes of the simulator's clock; it goes on until a cluster that is updated says so, which takes a moment."""
    site.aws.settings(delay=MINUTES)
    try:
        yield
    finally:
        site.aws.clock(MINUTES / 4)
        site.aws.settings(delay=0)


def cluster_upgraded(site: Site) -> None:
    version = site.eks.describe_cluster(name="edge")["cluster"]["version"]
    for higher in VERSIONS[VERSIONS.index(version) + 1 :][:1]:
        site.eks.update_cluster_version(name="edge", version=higher)


def cluster_updating(site: Site) -> None:
    with slowly(site):
        ON_EKS["cluster: zonal shift"](site.eks)


def groups_updating(site: Site) -> None:
    with slowly(site):
        ON_EKS["groups: labels and sizes"](site.eks)


def groups_going(site: Site) -> None:
    with slowly(site):
        ON_EKS["groups: gone"](site.eks)


def groups_failed(site: Site) -> None:
    """All are made anew, and that fails."""
    for name in site.eks.list_nodegroups(**NAME)["nodegroups"]:
        site.eks.delete_nodegroup(**NAME, nodegroupName=name)
        site.aws.outcome("nodegroup", "CREATE_FAILED", cluster="edge", name=name)
        site.eks.create_nodegroup(**NAME, nodegroupName=name, nodeRole=f"{ROLE}/nodes", subnets=SUBNETS)


def addons_going(site: Site) -> None:
    with slowly(site):
        ON_EKS["addons: gone"](site.eks)


def addons_failed(site: Site) -> None:
    """All are made anew, and that fails."""
    for name in site.eks.list_addons(**NAME)["addons"]:
        site.eks.delete_addon(**NAME, addonName=name)
        site.aws.outcome("addon", "FAILED", cluster="edge", name=name)
        site.eks.create_addon(**NAME, addonName=name)


def addon_updates_failed(site: Site) -> None:
    """An update of each fails, and leaves it so."""
    for name in site.eks.list_addons(**NAME)["addons"]:
        site.aws.outcome("update", "Failed", cluster="edge", name=name)
        site.eks.update_addon(**NAME, addonName=name, resolveConflicts="OVERWRITE")


def profile_coming(site: Site) -> None:
    if "strange" not in profiles(site):
        with slowly(site):
            create_profile(site, "strange")


def profile_going(site: Site) -> None:
    with slowly(site):
        for name in profiles(site)[:1]:
            delete_profile(site, name)


def provider_coming(site: Site) -> None:
    provider_gone(site)
    with slowly(site):
        other_provider(site)


def provider_going(site: Site) -> None:
    with slowly(site):
        provider_gone(site)


def capabilities_updating(site: Site) -> None:
    with slowly(site):
        capability_settings(site)


def capabilities_going(site: Site) -> None:
    with slowly(site):
        MEMBERS["capabilities: gone"](site)


LATE: dict[str, Callable[[Site], None]] = {
    "cluster: upgraded": cluster_upgraded,
    "cluster: updating": cluster_updating,
    "groups: updating": groups_updating,
    "groups: going": groups_going,
    "groups: failed": groups_failed,
    "addons: going": addons_going,
    "addons: failed": addons_failed,
    "addons: update failed": addon_updates_failed,
    "profiles: coming": profile_coming,
    "profiles: going": profile_going,
    "provider: coming": provider_coming,
    "provider: going": provider_going,
    "capabilities: updating": capabilities_updating,
    "capabilities: going": capabilities_going,
}

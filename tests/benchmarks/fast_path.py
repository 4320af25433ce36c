"""Our tasks against those of community.aws and amazon.aws: the same no-op on the same simulator in the same run.

Each side runs two tasks on every cluster, the IAM role and the cluster, with nothing to change. What an empty playbook costs is taken
off both. The last line reads `bench: ratio N.N`: their wall time a task over ours.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from sandbox.aws import testing

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
THEIRS: list[dict[str, Any]] = [
    {"amazon.aws.iam_role": {"name": "{{ inventory_hostname }}", "assume_role_policy_document": TRUST, "wait": False, "create_instance_profile": False}},
    {
        "community.aws.eks_cluster": {
            "name": "{{ inventory_hostname }}",
            "version": "1.35",
            "role_arn": "{{ role_arn }}",
            "subnets": "{{ subnets }}",
            "security_groups": "{{ groups_of_cluster }}",
        }
    },
]
OURS: list[dict[str, Any]] = [
    {"fleetops.eks.eks_iam_roles": {"roles": [{"name": "{{ inventory_hostname }}", "trust_policy": TRUST}]}},
    {
        "fleetops.eks.eks_cluster": {
            "name": "{{ inventory_hostname }}",
            "version": "1.35",
            "role_arn": "{{ role_arn }}",
            "subnets": "{{ subnets }}",
            "security_groups": "{{ groups_of_cluster }}",
        }
    },
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clusters", type=int, default=100)
    parser.add_argument("--forks", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3, help="of ours and of the empty playbook; theirs takes minutes and runs once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, testing.start(delay=0) as aws:
        bench = Bench(aws, pathlib.Path(folder), options.clusters, options.forks)
        bench.prepare()
        empty = statistics.median(bench.seconds([]) for _ in range(options.runs))
        ours = statistics.median(bench.seconds(OURS) for _ in range(options.runs))
        theirs = bench.seconds(THEIRS)
    tasks = 2 * options.clusters
    print(f"clusters {options.clusters}, forks {options.forks}, tasks {tasks}; an empty playbook takes {empty:.2f} s, which both are without:")
    print(f"theirs (amazon.aws.iam_role, community.aws.eks_cluster): {theirs - empty:.2f} s, {(theirs - empty) / tasks * 1000:.0f} ms a task")
    print(f"ours (fleetops.eks.eks_iam_roles, fleetops.eks.eks_cluster): {ours - empty:.2f} s, {(ours - empty) / tasks * 1000:.0f} ms a task")
    print(f"bench: ratio {(theirs - empty) / (ours - empty):.1f}")
    return 0


class Bench:
    """Clusters that exist, and playbooks that find nothing to do about them."""

    def __init__(self, aws: testing.Running, folder: pathlib.Path, clusters: int, forks: int) -> None:
        self.aws, self.folder, self.forks = aws, folder, forks
        self.names = [f"bench-{number:03}" for number in range(clusters)]
        self.variables: dict[str, Any] = {}

    def prepare(self) -> None:
        """Make a network, and a role and a cluster for every name."""
        ec2, iam, eks = (self.aws.client(service) for service in ("ec2", "iam", "eks"))
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        zones = ("us-east-1a", "us-east-1b")
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"] for number, zone in enumerate(zones)
        ]
        group = ec2.create_security_group(GroupName="bench", Description="bench", VpcId=vpc)["GroupId"]
        for name in self.names:
            role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
            self.variables[name] = {"role_arn": role, "subnets": subnets, "groups_of_cluster": [group]}
            eks.create_cluster(name=name, version="1.35", roleArn=role, resourcesVpcConfig={"subnetIds": subnets, "securityGroupIds": [group]})

    def seconds(self, tasks: list[dict[str, Any]]) -> float:
        """Run a playbook of tasks over all clusters and return its wall time; anything but a no-op is an error."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": self.variables}}), encoding="utf-8")
        playbook = self.folder / "play.json"
        play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}
        playbook.write_text(json.dumps([play]), encoding="utf-8")
        config = self.folder / "ansible.cfg"
        config.touch()
        environment = {**os.environ, **self.aws.environment(), "ANSIBLE_CONFIG": str(config), "ANSIBLE_LOCALHOST_WARNING": "false"}
        command = ["ansible-playbook", "-i", str(inventory), "-f", str(self.forks), "-e", f"ansible_python_interpreter={sys.executable}", str(playbook)]
        began = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        taken = time.monotonic() - began
        if done.returncode or "changed=1" in done.stdout or "changed=2" in done.stdout:
            raise SystemExit(f"the benchmark's playbook is not a no-op:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        return taken


if __name__ == "__main__":
    sys.exit(main())

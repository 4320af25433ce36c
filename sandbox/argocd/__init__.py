"""A real Argo CD that works for clusters of the sandbox: its controllers on this machine, their hub and spokes at the sandbox's Kubernetes APIs.

install.py      what the hub holds before Argo CD starts: CRDs, configuration, identity, the default project
repository.py   a Git repository on loopback
identity.py     the two doors to AWS that pods of an EKS cluster have: the Pod Identity agent, and the address of STS
running.py      redis, git daemon, repo server and application controller as processes that end with their starter
"""

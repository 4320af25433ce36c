"""A Kubernetes API server for tests: many clusters in one process, held in memory."""

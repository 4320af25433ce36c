"""A simulated AWS: moto's server, with EKS and SSM's hybrid activations of our own."""

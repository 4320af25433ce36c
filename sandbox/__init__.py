"""The sandbox: a whole fleet on one machine, with no AWS account (see README.md)."""

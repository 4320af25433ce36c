"""`config check`: reads and validates a NodeConfig, touches nothing."""

from __future__ import annotations

from standin import nodeconfig


def run(machine, options):
    """Say whether the configuration is valid. It is read before the first message about it, so a file that can't be read is reported early."""
    source = options.get("config-source") or ""
    machine.info("Checking configuration", source=source)
    config = nodeconfig.load(machine, source)
    machine.info("Loading configuration...", configSource=source)
    machine.info("Setting up hybrid node provider...")
    machine.info("Validating configuration...")
    nodeconfig.validate(machine, config)
    machine.info("Configuration is valid")

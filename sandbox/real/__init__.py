"""Real programs behind the sandbox: built from Go modules on first use, or taken from the machine; started so that nothing outlives its starter."""

"""The command line: flags, usage errors (exit code 2), dispatch, and the one place where a failure becomes exit code 1."""

from __future__ import annotations

import sys

from standin import configcheck, debug, init, install, uninstall, upgrade
from standin.machine import Done, Fatal

CONFIG_SOURCE = (
    "--config-source is a required flag. The format is a URI with supported schemes: [file, imds]. "
    "For example on hybrid nodes --config-source file://nodeConfig.yaml"
)
CREDENTIAL_PROVIDER = "--credential-provider is a required flag. Allowed values are ssm & iam-ra"
SUBCOMMANDS = "config sync-artifacts init install uninstall upgrade debug"


class Usage(Exception):
    """A wrong command line: the text goes to standard error, the exit code is 2."""


def _flags(*rows):
    """Return short and long spelling → (name, takes a value)."""
    table = {}
    for short, long, has_value in rows:
        table[f"--{long}"] = (long, has_value)
        if short:
            table[f"-{short}"] = (long, has_value)
    return table


CONFIG, SKIP = ("c", "config-source", True), ("s", "skip", True)
MANIFEST, PRIVATE, TIMEOUT = ("m", "manifest-override", True), ("", "private-mode", False), ("t", "timeout", True)

# command → (flags, positional, required flags with the message of each, what runs it)
COMMANDS = {
    "install": (
        _flags(("p", "credential-provider", True), ("s", "containerd-source", True), ("r", "region", True), MANIFEST, PRIVATE, TIMEOUT),
        "KUBERNETES_VERSION",
        {"credential-provider": CREDENTIAL_PROVIDER},
        install.run,
    ),
    "init": (_flags(CONFIG, SKIP, ("d", "daemon", True), MANIFEST, PRIVATE), None, {"config-source": CONFIG_SOURCE}, init.run),
    "upgrade": (_flags(CONFIG, SKIP, MANIFEST, PRIVATE, TIMEOUT), "KUBERNETES_VERSION", {"config-source": CONFIG_SOURCE}, upgrade.run),
    "uninstall": (_flags(SKIP, ("f", "force", False)), None, {}, uninstall.run),
    "config check": (_flags(CONFIG), None, {}, configcheck.run),
    "debug": (_flags(CONFIG, ("", "no-color", False)), None, {"config-source": CONFIG_SOURCE}, debug.run),
    "sync-artifacts": (
        _flags(("a", "arch", True), ("r", "region", True), ("", "s3-bucket", True), ("", "s3-prefix", True), ("t", "timeout", True)),
        "KUBERNETES_VERSION",
        {},
        None,
    ),
}


def main(machine, argv, version):
    """Run nodeadm and return its exit code."""
    if argv[:1] in (["version"], ["--version"]):
        print(f"Version: {version}")
        return 0
    if {"-h", "--help"} & set(argv):
        print(_help(argv))
        return 0
    try:
        runner, options = parse([word for word in argv if word not in ("-d", "--development")])
    except Usage as error:
        print(error, file=sys.stderr)
        return 2
    return _run(machine, runner, {**options, "version": version})


def _run(machine, runner, options):
    try:
        return runner(machine, options) or 0
    except Done as done:
        machine.info(str(done))
        return 0
    except Fatal as error:
        machine.log("fatal", "Command failed", error=str(error))
        return 1


def parse(argv):
    """Return (what runs the command, its options) or raise Usage."""
    name, rest = _subcommand(argv)
    flags, positional, required, runner = COMMANDS[name]
    options, words = _scan(flags, rest)
    if positional and not words:
        raise Usage(f"Required positional of subcommand {name} named {positional} not found at position 1")
    if runner is None:
        raise Usage("sync-artifacts is not part of the stand-in: it uploads to S3, which no host of the sandbox does")
    for flag, message in required.items():
        if not options.get(flag):
            raise Usage(message)
    options["kubernetes"] = words[0] if positional else None
    options["skip"] = set(filter(None, (options.get("skip") or "").split(",")))
    return runner, options


def _subcommand(argv):
    words = [word for word in argv if not word.startswith("-")]
    if not words:
        raise Usage("No command specified")
    if words[0] == "config" and words[1:2] == ["check"]:
        return "config check", argv[argv.index("check") + 1 :]
    if words[0] not in COMMANDS:
        print(f"Available subcommands: {SUBCOMMANDS}")
        raise Usage("nodeadm: No subcommand or positional value found at position 1.")
    return words[0], argv[argv.index(words[0]) + 1 :]


def _scan(flags, argv):
    """Split a command's words into options and positional words."""
    options, words, rest = {}, [], list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            words.append(word)
        elif name not in flags:
            raise Usage(f"Unknown arguments supplied:  {name.lstrip('-')}")
        elif not flags[name][1]:
            options[flags[name][0]] = True
        elif equals or rest:
            options[flags[name][0]] = value if equals else rest.pop(0)
        else:
            raise Usage(f"Expected a following arg for flag {name.lstrip('-')}, but it did not exist.")
    return options, words


def _help(argv):
    name = next((name for name in COMMANDS if name.split()[0] in argv), None)
    if name is None:
        return f"nodeadm - From zero to Node faster than you can say Elastic Kubernetes Service\n\n  Subcommands: {SUBCOMMANDS} version"
    flags = sorted({long for long, _ in COMMANDS[name][0].values()})
    return f"nodeadm {name}\n\n  Flags: {' '.join('--' + flag for flag in flags)}"

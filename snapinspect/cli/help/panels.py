"""In which panel of the help an option or a command stands; an option of one name means the same in each command."""

from __future__ import annotations

from typing import Any

PANELS: dict[str, tuple[str, ...]] = {
    "Selecting": (
        *("--namespace", "--all-namespaces", "--selector", "--field-selector", "--name", "--key", "--exclude"),
        *("--at", "--from", "--to", "--live", "--since", "--until", "--by", "--field", "--events", "--replay"),
        *("--speed", "--deleted", "--with-deps", "--owned", "--all", "--revision", "--tables", "--compact"),
        *("--drop", "--drop-namespace", "--drop-key", "--with-unproven"),
    ),
    "Showing": (
        *("--raw", "--minimal", "--explain", "--last-applied", "--undecoded", "--target-version", "--rules"),
        *("--keep-status", "--patch", "--reverse", "--detail", "--top", "--show-secrets", "--hide-secrets"),
        *("--redact", "--redacted", "--show-labels", "--label-columns", "--sort-by", "--no-headers"),
    ),
    "Output": (
        *("--output", "--directory", "--layout", "--force", "--color", "--quiet", "--no-progress", "--debug"),
        *("--version", "--show-completion"),
    ),
    "Writing": (
        *("--yes", "--dry-run", "--on-conflict", "--force-conflicts", "--release-volumes", "--to-namespace"),
        *("--parallel", "--offline", "--bump-revision"),
    ),
    "Reading": (
        *("--prefix", "--check", "--carve", "--wal", "--salvage", "--max-unpacked", "--endpoint-url", "--jobs"),
        "--memory",
    ),
    "Keys": (*("--encryption-config", "--token", "--token-file", "--static-resources", "--kms-socket", "--key-file"),),
    "Engines": (
        *("--engine", "--master", "--etcd-bin", "--pod-namespace", "--image", "--copy-image", "--node", "--keep-pod"),
    ),
    "Connection": (
        *("--cacert", "--cert", "--cert-key", "--user", "--password", "--kubeconfig", "--context"),
        *("--address", "--port"),
    ),
}
"""Title and the long names of the options, in the order of the page."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "Objects back": ("ls", "get", "export", "restore", "deps", "rules"),
    "What happened": ("log", "history", "deleted", "diff", "report", "browse", "serve"),
    "The snapshot itself": ("info", "verify", "stats", "keys", "decode", "save", "rebuild"),
    "Many snapshots": ("find", "sql", "catalog", "cache"),
    "Around it": ("pod", "schema"),
}
"""The panels of the program's own help."""

_ANY = "Output"
_PANEL_OF = {name: title for title, names in PANELS.items() for name in names}


def panel_of(option: Any) -> str:
    """The title of the panel: the one that the option itself says where its name means another thing elsewhere."""
    return option.rich_help_panel or _PANEL_OF.get(long_name(option), _ANY)


def long_name(option: Any) -> str:
    """``--namespace``, which is ``-n``, too."""
    return max(map(str, option.opts), key=len)

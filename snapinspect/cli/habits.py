"""Commands and options that people know from kubectl, etcdctl and backup tools, and what does the same here."""

from __future__ import annotations

from typing import Final, NamedTuple


class Habit(NamedTuple):
    """An option of another program: what is to be known of it here, and what to write in its place.

    ``instead`` is an option that takes the same value, or one with its own (``--option=value``), or none where the habit
    is to be left out; ``command`` is the one that has it. ``valued`` if a value follows the option.
    """

    says: str
    instead: str = ""
    command: str = ""
    valued: bool = False


SNAPSHOT: Final = "SNAPSHOT"
"""What is written in place of an option whose value is an argument here."""

ARGUMENT: Final = "ARGUMENT"
"""What is written in place of an option whose value is the last argument here."""

COMMANDS: Final = {
    **dict.fromkeys(("list", "dir", "api-resources", "kinds"), "ls"),
    **dict.fromkeys(("describe", "show", "view", "cat", "print", "read", "fetch", "yaml"), "get"),
    **dict.fromkeys(("extract", "dump-all", "write", "unpack", "download"), "export"),
    **dict.fromkeys(
        ("status", "inspect", "cluster-info", "metadata", "about", "hash", "members", "member", "endpoint"), "info"
    ),
    **dict.fromkeys(("check", "validate", "fsck", "health", "test"), "verify"),
    **dict.fromkeys(("backup", "snapshot", "dump", "take"), "save"),
    **dict.fromkeys(("watch", "rollout", "revisions", "versions", "blame"), "history"),
    **dict.fromkeys(("trash", "gone", "removed", "undeleted"), "deleted"),
    **dict.fromkeys(("compare", "changes", "changed"), "diff"),
    **dict.fromkeys(("top", "du", "usage", "size", "sizes", "count", "defrag", "compact"), "stats"),
    **dict.fromkeys(("search", "grep", "locate", "which"), "find"),
    **dict.fromkeys(("dependencies", "refs", "references", "uses", "owners", "tree"), "deps"),
    **dict.fromkeys(("apply", "create", "recover", "undelete", "rollback", "undo", "replace"), "restore"),
    **dict.fromkeys(("encryption", "key"), "keys"),
    **dict.fromkeys(("clean", "neat", "explain"), "rules"),
    **dict.fromkeys(("convert", "auger", "etcdhelper", "decrypt"), "decode"),
}
"""Words at the place of a command, and the command whose meaning is nearest."""

IN_TWO: Final = {
    ("backup", "create"): "save",
    ("backup", "describe"): "info",
    ("backup", "get"): "ls",
    ("backup", "logs"): "log",
    ("endpoint", "status"): "info",
    ("member", "list"): "info",
    ("rollout", "history"): "history",
    ("rollout", "status"): "history",
    ("rollout", "undo"): "restore",
    ("snapshot", "restore"): "rebuild",
    ("snapshot", "status"): "info",
}
"""Commands of two words of kubectl, etcdctl and velero, and the command whose meaning is nearest."""

PROGRAM_OPTIONS: Final = {
    "version": "--version",
    "help": "--help",
    "completion": "--show-completion",
}
"""Commands of kubectl that are options of the program here."""

_NO_WATCH = "a snapshot does not change, so that there is nothing to watch"
_AS_STORED = "objects come clean; --raw gives them as the API server would"

OPTIONS: Final = {
    **dict.fromkeys(("-w", "--watch", "--watch-only"), Habit(_NO_WATCH)),
    **dict.fromkeys(
        ("--tail", "--limit", "--chunk-size"), Habit("everything is shown; `| head` shortens it", valued=True)
    ),
    "--since": Habit("a moment is named with --at", "--at", valued=True),
    **dict.fromkeys(
        ("--since-time", "--revision", "--rev", "--time", "--as-of"),
        Habit("a moment is named with --at", "--at", valued=True),
    ),
    **dict.fromkeys(
        ("-f", "--filename", "--file", "--db", "--snapshot"),
        Habit("the snapshot is the first argument", SNAPSHOT, valued=True),
    ),
    **dict.fromkeys(("--config", "--encryption-key"), Habit("keys come in a file", "--encryption-config", valued=True)),
    **dict.fromkeys(("--sort", "--order", "--order-by"), Habit("the order is fixed", valued=True)),
    **dict.fromkeys(("--verb", "--type", "--action"), Habit("every verb is shown", valued=True)),
    **dict.fromkeys(("--label", "--labels"), Habit("labels are chosen with -l", "-l", valued=True)),
    "--from-backup": Habit("the snapshot is the first argument", SNAPSHOT, valued=True),
    "--no-color": Habit("NO_COLOR=1 in the environment does it, as does --color never"),
    "--namespace-mappings": Habit("--to-namespace names another, in `restore`", valued=True),
    "--count-only": Habit("ls counts what it lists, for `| wc -l`", command="ls"),
    **dict.fromkeys(("--hex", "--base64"), Habit("how a value is written is told from it")),
    "--all-namespaces": Habit("every namespace is looked at"),
    "-A": Habit("every namespace is looked at"),
    "--endpoints": Habit("a live etcd stands where a snapshot does", SNAPSHOT, valued=True),
    **dict.fromkeys(
        ("--output-dir", "--out", "--outdir", "--dir", "--to"),
        Habit("export writes into a directory", "-d", "export", valued=True),
    ),
    **dict.fromkeys(("--show-managed-fields", "--export", "--neat"), Habit(_AS_STORED, "--raw")),
    **dict.fromkeys(
        ("--sort-by", "--field-selector", "-L", "--label-columns"), Habit("ls has it", command="ls", valued=True)
    ),
    "--show-labels": Habit("ls has it", command="ls"),
    "--no-headers": Habit("-o name has no header", "-o"),
    "--template": Habit("-o json gives every field, for jq", valued=True),
    **dict.fromkeys(
        ("--ignore-not-found", "--show-kind", "--recursive", "-R", "--server-print"), Habit("it is not needed here")
    ),
    **dict.fromkeys(("--write-out",), Habit("the format is named with -o", "-o", valued=True)),
    "--keys-only": Habit("ls lists what there is, with keys under -o wide", command="ls"),
    "--all-resources": Habit("every object, also those that recovery leaves out, is --all", "--all"),
    "--include-secrets": Habit("Secrets come along"),
    **dict.fromkeys(("--grace-period", "--cascade", "--force-conflict"), Habit("nothing is ever deleted", valued=True)),
    **dict.fromkeys(
        ("--verbose", "--v", "-v"), Habit("--debug shows where an error happened; --explain what was stripped, and why")
    ),
    "--insecure-skip-tls-verify": Habit("a live etcd's CA is named with --cacert"),
    "--cluster": Habit("a cluster is named by its context", "--context", valued=True),
    "--except": Habit("all but some is --exclude", "--exclude", valued=True),
    "--ignore": Habit("all but some is --exclude", "--exclude", valued=True),
}
"""Options that no command here, or not this one, has."""

FORMATS: Final = {
    "wide": "table",
    "yml": "yaml",
    "go-template": "json",
    "text": "table",
    "txt": "table",
    "ndjson": "jsonl",
    "names": "name",
}
"""Output formats by other names, where the command has no such."""

LISTS: Final = ("table", "wide", "csv")
"""Output formats of lists, which ``ls`` has."""

OPTIONS_OF: Final = {
    ("export", "-o"): Habit("export writes into a directory", "-d", valued=True),
    ("export", "--output"): Habit("export writes into a directory", "-d", valued=True),
    ("rebuild", "-o"): Habit("the new file is the second argument", ARGUMENT, valued=True),
    ("rebuild", "--output"): Habit("the new file is the second argument", ARGUMENT, valued=True),
    ("rebuild", "--exclude"): Habit("what is left out is named with --drop", "--drop", valued=True),
    ("save", "-o"): Habit("the file is the second argument", ARGUMENT, valued=True),
    ("diff", "--since"): Habit("the earlier moment is named with --from", "--from", valued=True),
    ("diff", "--until"): Habit("the later moment is named with --to", "--to", valued=True),
    ("log", "--from"): Habit("the earlier moment is named with --since", "--since", valued=True),
    ("log", "--to"): Habit("the later moment is named with --until", "--until", valued=True),
    ("log", "--at"): Habit("the later moment is named with --until", "--until", valued=True),
    ("history", "--since"): Habit("a history is short, and shown whole", valued=True),
    ("log", "--actor"): Habit("who did it is named with --by", "--by", valued=True),
    ("deleted", "--actor"): Habit("who did it is named with --by", "--by", valued=True),
    ("find", "--at"): Habit("each snapshot is looked at as it ends", valued=True),
    ("serve", "-n"): Habit("every namespace is served", valued=True),
    ("log", "--follow"): Habit(_NO_WATCH),
    ("log", "-f"): Habit(_NO_WATCH),
    ("stats", "--by"): Habit("every table is shown", valued=True),
    **{
        ("restore", name): Habit("what is there and differs is replaced with --on-conflict", "--on-conflict=replace")
        for name in ("--force", "--replace", "--overwrite")
    },
    ("restore", "--server-side"): Habit(
        "what is there and differs is merged with --on-conflict", "--on-conflict=merge"
    ),
    ("restore", "--existing-resource-policy"): Habit(
        "what is there and differs is merged with --on-conflict", "--on-conflict=merge", valued=True
    ),
    **{("patch", name): Habit(_AS_STORED, valued=True) for name in ("-p", "--patch", "--patch-file")},
    **{(name, "-c"): Habit("a pod is shown whole", valued=True) for name in ("exec", "attach", "logs")},
    ("logs", "-f"): Habit(_NO_WATCH),
    ("verify", "--deep"): Habit("everything is looked at without it"),
}
"""Options that one command has not, or by another name."""


def of(command: str, option: str) -> Habit | None:
    """What is known of an option that ``command`` lacks."""
    return OPTIONS_OF.get((command, option)) or OPTIONS.get(option)


def valued(command: str) -> dict[str, bool]:
    """The options that a command lacks, and whether a value follows each."""
    general = {name: habit.valued for name, habit in OPTIONS.items()}
    return general | {name: habit.valued for (of_command, name), habit in OPTIONS_OF.items() if of_command == command}

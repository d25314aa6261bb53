"""``snapinspect keys``: which encryption key locks what, and whether it opens."""

from __future__ import annotations

from typing import Annotated, Any

from snapinspect.analysis.locks import Use, uses
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Option
from snapinspect.cli.opening import opened
from snapinspect.cli.options import ListFormat, Reading, SnapshotArgument
from snapinspect.errors import UsageError
from snapinspect.kube.decode import NoKeys
from snapinspect.write import json, lists
from snapinspect.write.table import write_table

_COLUMNS = ("provider", "key", "kms-key", "kind", "namespace", "objects", "opens")


def keys(
    snapshot: SnapshotArgument,
    reading: Reading,
    output: Annotated[ListFormat, Option("-o", "--output", help="Output format.")] = ListFormat.table,
) -> None:
    """Tell which encryption key locks what, and whether it opens."""
    with opened(snapshot, reading) as (view, console), terminal.utf8_output() as stream:
        found = list(uses(view))
        match output:
            case ListFormat.json:
                lists.write_json(map(_fields, found), stream)
            case ListFormat.jsonl:
                stream.writelines(json.dumps(_fields(use)) + "\n" for use in found)
            case ListFormat.yaml:
                lists.write_yaml(map(_fields, found), stream)
            case ListFormat.name:
                raise UsageError("keys have no names that stand for objects", "Use -o json, jsonl, yaml or table.")
            case _ if found:
                write_table(_COLUMNS, map(_row, found), stream)
        if not found:
            console.say("nothing in the snapshot is encrypted")
        elif isinstance(view.keys, NoKeys):
            console.say(
                "note: no keys were given; --encryption-config, --token, --static-resources or --kms-socket bring them"
            )


def _row(use: Use) -> tuple[object, ...]:
    lock, kind, namespace, reason = use.place
    provider = f"{lock.provider} {lock.version}" if lock.version != "v1" or lock.provider == "kms" else lock.provider
    return provider, lock.key, lock.kms_key_id, kind, namespace, use.count, "yes" if use.opens else f"no: {reason}"


def _fields(use: Use) -> dict[str, Any]:
    lock, kind, namespace, reason = use.place
    return {
        "provider": lock.provider,
        "version": lock.version,
        "key": lock.key,
        "kmsKeyID": lock.kms_key_id or None,
        "kind": kind,
        "namespace": namespace,
        "objects": use.count,
        "opens": use.opens,
        "reason": reason or None,
    }

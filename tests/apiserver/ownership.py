"""Which managers own which fields of an object: ``sigs.k8s.io/structured-merge-diff/v6/merge/update.go``.

An owner is written as a conflict names it: ``"kubectl"`` for what it applied, ``"kubectl" using v1`` for what it updated.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]
Path = tuple[str, ...]
Owners = dict[Path, frozenset[str]]

_MERGE_KEYS = ("name", "containerPort", "port", "mountPath", "key", "type", "uid")
_UNOWNED = {"apiVersion", "kind", "status"}


def updater(manager: str, api_version: str) -> str:
    return f'"{manager}" using {api_version}'


def applier(manager: str) -> str:
    return f'"{manager}"'


def owned_by(owner: str, body: Body) -> Owners:
    return {path: frozenset((owner,)) for path, _ in leaves(body)}


def after_update(owner: str, owners: Owners, live: Body, body: Body) -> Owners:
    """What changed belongs to the one who changed it; what is gone, to nobody."""
    kept = {path: who for path, who in owners.items() if at(body, path) is not None}
    changed = [path for path, value in leaves(body) if path not in owners or at(live, path) != value]
    return kept | dict.fromkeys(changed, frozenset((owner,)))


def after_apply(owner: str, owners: Owners, live: Body, body: Body) -> tuple[Body, Owners, list[tuple[Path, str]]]:
    """The object, its owners and what others own of what would change.

    What this owner alone had and applies no more goes.
    """
    wanted = dict(leaves(body))
    disputed = [
        (path, other)
        for path, value in wanted.items()
        if at(live, path) != value
        for other in sorted(owners.get(path, frozenset()) - {owner})
    ]
    given_up = [path for path, who in owners.items() if who == {owner} and path not in wanted]
    merged = overlaid(live, body)
    for path in given_up:
        _remove(merged, path)
    taken = {
        path: (owners.get(path, frozenset()) if at(live, path) == value else frozenset()) | {owner}
        for path, value in wanted.items()
    }
    kept = {path: who - {owner} for path, who in owners.items() if path not in wanted and who != {owner}}
    return merged, kept | taken, disputed


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What has no fields of its own, without what a server writes; items of lists go by their merge key."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if not _is_servers((*path, key)):
                yield from leaves(item, (*path, key))
    elif isinstance(value, list) and (key := _merge_key(value)):
        for item in value:
            yield from leaves(item, (*path, f"{key}={item[key]}"))
    else:
        yield path, value


def _is_servers(path: Path) -> bool:
    """Whether no manager owns what stands there."""
    in_metadata = len(path) == 2 and path[0] == "metadata"
    return path[0] in _UNOWNED or (in_metadata and path[1] not in ("labels", "annotations", "ownerReferences"))


def at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, list):
            value = _item(value, step)
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _item(items: list[Any], step: str) -> Any:
    key, _, wanted = step.partition("=")
    return next((item for item in items if isinstance(item, dict) and str(item.get(key)) == wanted), None)


def _remove(body: Body, path: Path) -> None:
    holder = at(body, path[:-1])
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
    elif isinstance(holder, list) and (item := _item(holder, path[-1])) is not None:
        holder.remove(item)


def _merge_key(items: list[Any]) -> str | None:
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    return next((key for key in _MERGE_KEYS if all(key in item for item in items)), None)


def overlaid(live: Any, body: Any) -> Any:
    """``body`` laid over ``live``, lists by their merge key; null removes."""
    if isinstance(live, dict) and isinstance(body, dict):
        merged = {key: overlaid(live.get(key), item) for key, item in body.items() if item is not None}
        return {**{key: copy.deepcopy(item) for key, item in live.items() if key not in body}, **merged}
    if isinstance(live, list) and isinstance(body, list) and (key := _merge_key([*live, *body])):
        before = {item[key]: item for item in live}
        after = {item[key]: overlaid(before.get(item[key]), item) for item in body}
        return list((copy.deepcopy(before) | after).values())
    if isinstance(body, dict):
        return {key: overlaid(None, item) for key, item in body.items() if item is not None}
    return copy.deepcopy(body)

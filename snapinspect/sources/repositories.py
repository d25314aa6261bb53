"""What backup tools keep that is no etcd snapshot, or has one inside: named, with the way to what can be read.

Sources: restic ``doc/design.rst``; kopia ``repo/format/format_blob.go``; borgbackup ``docs/internals/data-structures.rst``;
velero.io ``docs/output-file-format``; rancher/backup-restore-operator ``pkg/resourcesets``; openshift/must-gather;
replicatedhq/troubleshoot ``pkg/collect/cluster_resources.go``.
"""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import NotASnapshot

if TYPE_CHECKING:
    from pathlib import Path

_LEVELS = 3
"""Directories above a file in which its repository is looked for."""
_THEN = ", then `snapinspect ls restored/PATH`."
_VELERO = "Velero keeps objects as JSON: `velero restore create --from-backup NAME` puts them back."


class Repository(NamedTuple):
    """A directory in which all ``marks`` lie; ``{place}`` in the hint is its path."""

    what: str
    marks: tuple[str, ...]
    hint: str


REPOSITORIES = (
    Repository(
        "a repository of restic",
        ("config", "keys", "snapshots", "index"),
        "Take the file out of it: `restic -r {place} ls latest`, `restic -r {place} restore latest --target restored`"
        + _THEN,
    ),
    *(
        Repository(
            "a repository of kopia",
            (mark,),
            "Take the file out of it: `kopia repository connect filesystem --path {place}`, `kopia snapshot list --all`, "
            "`kopia restore ID restored`" + _THEN,
        )
        for mark in ("kopia.repository.f", "kopia.repository")
    ),
    *(
        Repository(
            "a repository of Borg",
            marks,
            "Take the file out of it: `borg list {place}`, `mkdir restored; cd restored; borg extract {place}::ARCHIVE`"
            + _THEN,
        )
        for marks in (("README", "config", "data"), ("config", "packs", "archives", "keys"))
    ),
    Repository("a backup of Velero", ("velero-backup.json",), _VELERO),
    *(
        Repository("a store of Velero's backups", ("backups", mark), _VELERO)
        for mark in ("restores", "kopia", "restic", "plugins")
    ),
)


class OfObjects(NamedTuple):
    """An archive in which files are named so."""

    what: str
    name: re.Pattern[str]
    hint: str


def _of_objects(what: str, name: str, hint: str) -> OfObjects:
    return OfObjects(what, re.compile(r"(?:.*[/!])?" + name), hint)


OBJECTS = (
    _of_objects("a backup of Velero", r"resources/[^/]+/(?:v[^/]+/)?(?:cluster|namespaces)/.+\.json", _VELERO),
    _of_objects(
        "a backup of Rancher's backup operator",
        r"[a-z0-9-]+\.[a-z0-9.-]*#v[0-9a-z]+/.+\.json",
        "Rancher keeps objects as JSON: a Restore of resources.cattle.io that names the file puts them back.",
    ),
    _of_objects(
        "a must-gather of OpenShift",
        r"(?:cluster-scoped-resources|namespaces/[^/]+)/[a-z0-9.]+/.+\.yaml",
        "It holds objects as YAML for support, without Secrets: `omc use DIRECTORY` reads what was unpacked.",
    ),
    _of_objects(
        "a support bundle of troubleshoot.sh",
        r"cluster-resources/[a-z0-9-]+(?:/.+)?\.json",
        "It holds objects as JSON for support: `sbctl serve BUNDLE` reads it.",
    ),
)


def repository_at(directory: Path) -> NotASnapshot | None:
    """The error that names the repository that a directory is; None for any other."""
    found = _known(directory)
    return None if found is None else NotASnapshot(f"{directory} is {found.what}", _hint(found, directory))


def repository_around(file: Path) -> NotASnapshot | None:
    """The error that names the repository that a file is a part of; None when it is of none."""
    for directory in file.absolute().parents[:_LEVELS]:
        found = _known(directory)
        if found is not None:
            return NotASnapshot(f"{file} is a part of {found.what} ({directory})", _hint(found, directory))
    return None


def archive_of_objects(name: str) -> OfObjects | None:
    """What an archive is in which a file has this name; None when that tells nothing."""
    return next((each for each in OBJECTS if each.name.fullmatch(name)), None)


def _known(directory: Path) -> Repository | None:
    try:
        return next((each for each in REPOSITORIES if all((directory / mark).exists() for mark in each.marks)), None)
    except OSError:
        return None


def _hint(found: Repository, directory: Path) -> str:
    return found.hint.format(place=quote(str(directory)))

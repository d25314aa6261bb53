r"""Where an exported object's file stands, whatever its name is.

A name stays as it is but for what a file system cannot hold, hides or takes for a path: each byte of
the UTF-8 of ``%``, ``/``, ``\``, spaces, controls and all that is not ASCII becomes ``%XX``, and so does
a leading ``.``, what Windows forbids (``:`` and its like, a ``.`` at the end, the first letter of ``con`` and its
like); in labels and namespaces also ``_``, which parts them and marks ``_cluster``. Percent-decoding
undoes it; an empty name is a lone ``%``. What would still be longer than file systems allow is cut and ends
in ``%~`` and a digest of the whole: there, only the index has the name.
"""

from __future__ import annotations

import hashlib
import re

SUFFIX = ".yaml"
CLUSTER = "_cluster"

# NAME_MAX of ext4, XFS, Btrfs, APFS; what is left of it after the suffix and the "%~" and number of a repeat.
_ROOM = 255 - len(SUFFIX) - len("%~99999999")
_DIGEST = 32

# Source: Microsoft's "Naming Files, Paths, and Namespaces": signs and devices that no file is named with.
_DEVICE = r"\A(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\Z|(?=\.))"
_to_escape = re.compile(rf'[^!-~]|[%/\\<>:"|?*]|\A\.|\.\Z|(?={_DEVICE}).').sub


def tree_path(label: str, namespace: str | None, name: str) -> tuple[str, str]:
    """Directory and file without suffix of ``<namespace>/<label>/<name>``; ``label`` is ``plural[.group]``."""
    top = CLUSTER if namespace is None else _shorten(_escape_field(namespace))
    return f"{top}/{_shorten(_escape_field(label))}", _shorten(escape(name))


def flat_path(label: str, namespace: str | None, name: str) -> tuple[str, str]:
    """No directory, and the file ``<label>_<namespace>_<name>``, for cluster-scoped objects ``<label>_<name>``."""
    fields = [label] if namespace is None else [label, namespace]
    return "", _shorten("_".join([*map(_escape_field, fields), escape(name)]))


def escape(name: str) -> str:
    """``name`` as one component of a path, never ``.`` nor ``..`` nor hidden, of any length."""
    return _to_escape(lambda match: _percent(match[0]), name) or "%"


def _escape_field(name: str) -> str:
    return escape(name).replace("_", "%5F")


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _shorten(component: str) -> str:
    if len(component) <= _ROOM:
        return component
    digest = hashlib.sha256(component.encode()).hexdigest()[:_DIGEST]
    return f"{component[: _ROOM - _DIGEST - 2]}%~{digest}"

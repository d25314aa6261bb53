"""The tag of a container's image, as the API server reads it.

``pkg/util/parsers/parsers.go`` reads it by ``github.com/distribution/reference``, whose grammar this is. A name
that it cannot read has no tag for it, and is no error.
"""

from __future__ import annotations

import re
from typing import Final

LATEST: Final = "latest"
_MAX_NAME: Final = 255
_MAX_IMAGE: Final = 4096
"""Beyond it nothing is said, as a pattern takes its time."""
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])"
_DOMAIN = re.compile(rf"{_HOST}(?::[0-9]+)?")
_WORD = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REST = re.compile(rf"(?P<path>{_WORD}(?:/{_WORD})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>.+))?", re.ASCII)
_DIGEST = re.compile("sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_IDENTIFIER = re.compile("[a-f0-9]{64}")


def tag_of(image: str) -> str | None:
    """The tag; ``latest`` where neither tag nor digest is, empty where none can be read.

    None where releases read it in different ways, so that no one can say which tag they would see.
    """
    if len(image) > _MAX_IMAGE:
        return None
    first, slash, rest = image.partition("/")
    if slash and not re.search("[.:]", first) and first != "localhost":
        if first.lower() != first:
            return None
        slash = ""
    domain, name = (first, rest) if slash else ("docker.io", image)
    found = _REST.fullmatch(name)
    if found is None or _IDENTIFIER.fullmatch(image) or not _DOMAIN.fullmatch(domain):
        return ""
    if len(f"{domain}/library/{found['path']}") > _MAX_NAME:
        return None
    if found["digest"] and not _DIGEST.fullmatch(found["digest"]):
        return ""
    return found["tag"] or ("" if found["digest"] else LATEST)

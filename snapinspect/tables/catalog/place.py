"""The catalog itself: what ``catalog.json`` says of it, and the key that hides the values of Secrets."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from snapinspect import __version__
from snapinspect.errors import OutputError, SourceError, UsageError
from snapinspect.sources.cloud import is_object
from snapinspect.tables.catalog import layout
from snapinspect.tables.catalog.home import ABOUT, Directory, Home, locked

_CHECK = b"snapinspect catalog"


class Place(NamedTuple):
    """A catalog that is written to: ``key`` hides the values of Secrets, None shows them."""

    home: Home
    key: bytes | None


def described(root: Path) -> dict[str, Any]:
    """What ``catalog.json`` says. Raises SourceError for what is no catalog, UsageError for one of a newer schema."""
    try:
        about = json.loads((root / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SourceError(
            f"{root} is no catalog", f"Make one: `snapinspect catalog build SNAPSHOT... --to {root}`"
        ) from None
    if not isinstance(about, dict) or not isinstance(about.get("schema"), int):
        raise SourceError(f"{root / ABOUT} does not say what it describes", "Is it a catalog's?")
    if about["schema"] > layout.SCHEMA:
        raise UsageError(
            f"the catalog {root} has schema {about['schema']}, and this program knows up to {layout.SCHEMA}",
            "Read it with a newer program: `pip install --upgrade snapinspect`",
        )
    return about


@contextmanager
def opened_for_building(where: str, key_file: Path | None, *, show_secrets: bool) -> Iterator[Place]:
    """The catalog, made if there is none, and nobody else's until the block ends; what was interrupted is ended first.

    ``where`` is a directory, or a bucket's address. Raises OutputError where it cannot be written, UsageError for a key that is
    not its own.
    """
    with _home(where) as home:
        root = home.root
        about = described(root) if (root / ABOUT).exists() else _begin(home, where, key_file, show_secrets=show_secrets)
        if (about["secrets"] == "shown") != show_secrets:
            way = "with" if about["secrets"] == "shown" else "without"
            raise UsageError(
                f"the values of Secrets are {about['secrets']} in the catalog {where}",
                f"Build it {way} --show-secrets.",
            )
        home.settle()
        yield Place(home, None if show_secrets else _key(where, about, key_file))


@contextmanager
def _home(where: str) -> Iterator[Home]:
    if is_object(where):
        # Imported here, as most catalogs are directories.
        from snapinspect.tables.catalog.bucket import in_bucket

        with in_bucket(where) as bucket:
            yield bucket
    else:
        with locked(Path(where), where):
            yield Directory(Path(where))


def key_path(identity: str) -> Path:
    """Where the key of a catalog is kept: with the user, and not with the catalog, whose readers could try values out."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path("~/.config").expanduser()
    return base / "snapinspect" / "catalogs" / f"{identity}.key"


def _begin(home: Home, where: str, key_file: Path | None, *, show_secrets: bool) -> dict[str, Any]:
    if others := home.names():
        raise OutputError(f"{where} holds something else than a catalog: {others[0]}", "Name an empty directory.")
    about = {
        "schema": layout.SCHEMA,
        "id": secrets.token_hex(8),
        "program": __version__,
        "secrets": "shown" if show_secrets else "hidden",
    }
    if not show_secrets:
        key = _read_key(key_file) if key_file and key_file.exists() else secrets.token_bytes(32)
        target = key_file or key_path(str(about["id"]))
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key.hex() + "\n")
        about["key"] = _check(key)
    home.begin(json.dumps(about, indent=2) + "\n")
    return about


def _key(where: str, about: dict[str, Any], key_file: Path | None) -> bytes:
    path = key_file or key_path(str(about["id"]))
    key = _read_key(path)
    if _check(key) != about.get("key"):
        raise UsageError(
            f"{path} is not the key with which {where} hides the values of Secrets",
            "Name the key's file: --key-file FILE; with another, equal values would look different.",
        )
    return key


def _read_key(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise UsageError(
            f"the key that hides the values of Secrets cannot be read from {path}",
            "Bring it from the machine on which the catalog was begun, and name it: --key-file FILE",
        ) from None


def _check(key: bytes) -> str:
    """By which a key is known; it tells nothing of the key."""
    return hmac.new(key, _CHECK, hashlib.sha256).hexdigest()[:16]

"""The walk through an archive: what in it is a snapshot, and what else has to be known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from snapinspect.errors import Ambiguous, Damaged, NotASnapshot, SnapinspectError, SourceError
from snapinspect.model import Progress
from snapinspect.sources.compression import decompressed
from snapinspect.sources.file import unread_wal
from snapinspect.sources.signatures import COMPRESSED, HEAD_SIZE, Kind, kind_of
from snapinspect.sources.source import Sibling
from snapinspect.sources.stream import CHUNK, Budget, CannotUnpack, Stream
from snapinspect.sources.tar import Packed, tar_files
from snapinspect.sources.workspace import Workspace, in_words
from snapinspect.sources.zips import zip_files

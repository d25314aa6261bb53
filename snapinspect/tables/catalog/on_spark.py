"""Has the snapshots of a catalog read on a Spark cluster: what a process of one machine does with one, a task does.

What a task has read comes back as the bytes of its files, so that executors need reach the snapshots alone, and nothing but
the program that was started writes to the catalog.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from snapinspect.errors import SourceError, UsageError
from snapinspect.tables.catalog.staging import Reader, Wanted, land

if TYPE_CHECKING:
    from snapinspect.tables.catalog.building import Spread

_LOCAL = "local"
_TURNS = 2
"""Snapshots a core whose files are held at once, on their way to the catalog."""


@contextmanager
def on_spark(master: str) -> Iterator[Spread]:
    """Spreads the reading over the cluster of ``master``, or of Spark's own configuration where it is empty.

    Raises UsageError when pyspark is not installed, and SourceError when Spark does not start.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            "--engine spark needs the package pyspark",
            "`pip install 'pyspark>=4.1'` brings it, as does the extra spark.",
        ) from None
    if master.startswith(_LOCAL):
        # Spark's own processes need this program as much as it does.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    is_ours = SparkSession.getActiveSession() is None
    builder = SparkSession.builder.appName("snapinspect catalog build")
    with _explained("Spark does not start", "Is Java 17 or newer installed (`java -version`), and --master right?"):
        session = (builder.master(master) if master else builder).getOrCreate()
    try:
        yield partial(_spread, session.sparkContext)
    finally:
        if is_ours:
            session.stop()


def _spread(context: Any, read: Reader, tasks: Sequence[str]) -> Iterator[tuple[str, None]]:
    at_once = max(context.defaultParallelism, 1) * _TURNS
    for start in range(0, len(tasks), at_once):
        some = tasks[start : start + at_once]
        with _explained(
            "Spark gave up", "What was read is kept: run the same command again; Spark's own log says more."
        ):
            answers = context.parallelize(some, len(some)).map(partial(_read, read)).collect()
        for task, files in answers:
            land(read.staging, Wanted(*json.loads(task)).id, files)
            yield task, None


def _read(read: Reader, task: str) -> tuple[str, list[tuple[str, bytes]]]:
    """What an executor does: the task, and the files by name that were made of it."""
    with TemporaryDirectory(prefix="snapinspect-") as directory:
        replace(read, staging=Path(directory))(task)
        place = Path(directory) / Wanted(*json.loads(task)).id
        return task, [(file.name, file.read_bytes()) for file in place.iterdir()]


@contextmanager
def _explained(what: str, hint: str) -> Iterator[None]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException, OSError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise SourceError(f"{what}: {first}", hint) from None

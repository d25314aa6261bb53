"""From a command's options to an opened snapshot and a selection, and to the exit code at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapinspect.cli.arriving import Fetcher, Opener, opener_for
from snapinspect.cli.console import Console
from snapinspect.cli.ending import Ended
from snapinspect.cli.options import Choice, Reading
from snapinspect.errors import Ambiguous, DigestMismatch, NotFound, NotHeld, UsageError
from snapinspect.etcd import Discovering
from snapinspect.jobs import allowing
from snapinspect.kube.decode import Keys, NoKeys
from snapinspect.model import Problem
from snapinspect.select import Selection, Target, is_pattern, parse_targets
from snapinspect.snapshot import Snapshot, open_snapshot
from snapinspect.sources import Digests
from snapinspect.sources.cloud import open_fetched
from snapinspect.sources.mapping import written_meanwhile

if TYPE_CHECKING:
    from snapinspect.snapshot.unlocking import Given
    from snapinspect.snapshot.view import View

_LONGEST_TOKEN = 64 << 10
INCOMPLETE = 3
"""Exit code: done, but something selected is damaged, locked or could not be decoded."""
_SELECTORS = ("-l", "--selector", "--field-selector")
_WRITTEN = "it was written to while it was read, so that what was read may be of two states"


@contextmanager
def open_silently(reading: Reading, path: str) -> Iterator[Snapshot]:
    """A snapshot that is read by a process of its own, which tells nobody of its progress."""
    opener = opener_for(reading, Console(quiet=True, progress=False).say)
    with open_snapshot(path, given=keys_given(reading), prefix=reading.prefix, opener=opener) as snapshot:
        yield snapshot


@contextmanager
def opened(
    path: str,
    reading: Reading,
    at: str | None = None,
    opener: Opener | None = None,
    fetcher: Fetcher = open_fetched,
) -> Iterator[tuple[Snapshot, Console]]:
    """The snapshot and the console; at the end problems are named, and make the exit code 3.

    ``opener`` says how it is opened where the options do not, ``fetcher`` how an object of a store is.
    """
    require_order(path)
    console = Console(quiet=reading.quiet, progress=not reading.no_progress)
    opener = opener or opener_for(reading, console.say)
    given = keys_given(reading)
    with (
        allowing(reading.jobs),
        open_snapshot(
            path, given=given, prefix=reading.prefix, progress=console.progress, opener=opener, fetcher=fetcher
        ) as snapshot,
    ):
        for note in snapshot.notes:
            console.say(f"note: {note}")
        if reading.check:
            check_digest(snapshot, console)
        view = snapshot if at is None else as_of(snapshot, at, console)
        ended = None
        try:
            yield view, console
        except Ended as end:
            # What is missing is named however the command ends, and whatever is missing of another snapshot.
            ended = end
        if isinstance(view.store, Discovering):
            view.problems.extend(view.store.discovered())
        view.problems.extend(Problem("changed", str(path), _WRITTEN) for path in written_meanwhile())
        console.problems(list(dict.fromkeys(view.problems)))
        if ended is not None:
            raise ended
        if view.problems:
            raise Ended(INCOMPLETE)


def require_order(path: str) -> None:
    """Raises UsageError when a kind or an object stands where the snapshot belongs, SourceError for almost a file's name."""
    if not os.path.lexists(path):
        # Imported here, as most know what they say.
        from snapinspect.cli.nearest import misplaced_snapshot

        misplaced = misplaced_snapshot(path)
        if misplaced is not None:
            raise misplaced


def named_targets(snapshot: str, words: Sequence[str] | None) -> list[Target]:
    """What is named behind the snapshot. Raises UsageError for what makes no sense, the wrong order among it."""
    require_order(snapshot)
    return parse_targets(words or [])


def one_name(snapshot: str, words: Sequence[str] | None, what: str) -> list[Target]:
    """The one object that is named; ``what`` is of one alone. Raises UsageError for anything else."""
    targets = named_targets(snapshot, words)
    if len(targets) != 1 or targets[0].name is None or is_pattern(targets[0].name):
        from snapinspect.cli.nearest import naming_one

        raise UsageError(f"{what} of one object", naming_one(targets))
    return targets


def keys_given(reading: Reading) -> Given | None:
    """What the options say about keys; None when they say nothing."""
    token = reading.token or _token_in(reading.token_file)
    spare = os.environ.get("K3S_TOKEN") or os.environ.get("RKE2_TOKEN") or ""
    if not (reading.encryption_config or token or spare or reading.static_resources or reading.kms_socket):
        return None
    # Imported here, as most snapshots need no keys.
    from snapinspect.snapshot.unlocking import Given

    sockets = dict(_socket(each) for each in reading.kms_socket or ())
    return Given(tuple(reading.encryption_config or ()), token, reading.static_resources, sockets, spare)


def keyring(configurations: Sequence[str], sockets: Sequence[str]) -> Keys:
    """The keys of these files and plugins, for values that no snapshot comes with."""
    if not (configurations or sockets):
        return NoKeys()
    from snapinspect.kube.encryption import Keyring, find

    return Keyring([find.load(Path(path)) for path in configurations], dict(map(_socket, sockets)))


def _token_in(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        with file.open("rb") as stream:
            text = stream.read(_LONGEST_TOKEN + 1)
        if len(text) > _LONGEST_TOKEN:
            raise UsageError(f"{file} is far longer than any token", "Name the file that holds the token alone.")
        return text.decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{file}: {reason}", "Name the file that holds the token alone.") from None


def _socket(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise UsageError(f"{text!r} is not of the form NAME=PATH", "As in --kms-socket vault=/run/kms/vault.sock.")
    return name, path


def as_of(snapshot: Snapshot, when: str, console: Console) -> Snapshot:
    """The snapshot at a moment that a person named."""
    return snapshot.at(moment_meant(snapshot, when, console))


def moment_meant(snapshot: Snapshot, when: str, console: Console, *, start: bool = False) -> int:
    """The revision that a person means; how a time was taken is said. A day is its end, or its ``start``."""
    # Imported here, as listing must start at once.
    from snapinspect.snapshot.when import resolve

    try:
        meant = resolve(snapshot, when, start=start)
    except NotHeld as error:
        # Imported here, as most name a moment that is held.
        from snapinspect.cli.missing import moment_of_objects

        moment_of_objects(error, snapshot)
        raise
    except UsageError as error:
        from snapinspect.cli.nearest import without_moment

        error.hint += without_moment(when)
        raise
    if meant.moment is not None:
        written = f"written at {meant.moment} ({meant.moment.certainty})"
        console.say(f"note: {meant.taken}, and that is revision {meant.revision}, {written}")
    return meant.revision


def recoverable(view: Snapshot, *, deleted: bool) -> Snapshot:
    """What is live or, where that is asked for, what is gone."""
    if not deleted:
        return view
    from snapinspect.analysis.deleted import Deleted

    return view.seen_as(Deleted)


def check_digest(snapshot: Snapshot, console: Console) -> Digests:
    """The digests of the file. Raises DigestMismatch when the content is not what was saved, unless it is salvaged."""
    digests = snapshot.source.evidence.digests(console.progress)
    if digests.remark:
        console.say(f"note: {digests.remark}")
    if digests.state == "mismatch":
        problem = "the SHA-256 at its end is not that of its content"
        # Imported here, as few files are damaged.
        from snapinspect.etcd.salvage import SalvagedDatabase

        if not isinstance(snapshot.store, SalvagedDatabase):
            raise DigestMismatch(
                f"{snapshot.source.path}: {problem}",
                "The file was changed or damaged after it was saved: take another copy, or see what `verify` says; "
                "`ls` and `get` read it as it is.",
            )
        snapshot.problems.append(Problem("damaged", snapshot.source.path, problem))
    return digests


def selected(
    snapshot: Snapshot, console: Console, targets: Sequence[Target], choice: Choice, *, everything: bool = False
) -> Selection:
    """The selection that the options mean; what a word does not cover is said."""
    try:
        selection = _selection(snapshot, targets, choice, everything=everything)
    except UsageError as error:
        # Imported here, as most know what they say.
        from snapinspect.cli.line import typed

        said = [option for option in _SELECTORS if typed().value(option) is not None]
        if said and error.hint and "`" not in error.hint:
            error.hint += f". Without it: `{typed().without(*said)}`"
        raise
    except (NotFound, Ambiguous) as error:
        # Imported here, as most find what they ask for.
        from snapinspect.cli.missing import explained

        raise explained(error, snapshot, targets, choice.namespaces) from None
    for notice in selection.notices:
        console.say(f"note: {notice}")
    named = choice.namespaces if len(choice.namespaces) > 1 else []
    places = [*named, *(word.removesuffix("/") for word in choice.exclude or () if word.endswith("/"))]
    if places:
        # Imported here, as most name one. Where none of them is there, an error says so in the end.
        from snapinspect.cli.missing import places_in_doubt

        for doubt in places_in_doubt(snapshot, places):
            console.say(f"note: {doubt}")
    return selection


def _selection(snapshot: Snapshot, targets: Sequence[Target], choice: Choice, *, everything: bool = False) -> Selection:
    return snapshot.select(targets, everything=everything, **conditions(choice))


def conditions(choice: Choice) -> dict[str, Any]:
    """What the options that choose objects ask for, as ``select`` takes it."""
    return {
        "namespaces": choice.namespaces,
        "all_namespaces": choice.all_namespaces,
        "selector": choice.selector,
        "names": choice.name or (),
        "keys": choice.key or (),
        "exclude": choice.exclude or (),
        "fields": choice.field_selector,
    }


def narrowed(view: View, targets: Sequence[Target], choice: Choice) -> View:
    """The view of no more than what is named, where that is quicker; the same view where that does not find it all."""
    # Imported here, as listing must start at once.
    from snapinspect.snapshot.narrow import narrowed as searching

    narrow = searching(view, targets, choice.key or (), choice.namespaces)
    if narrow is not view:
        try:
            _selection(narrow, targets, choice)
        except (NotFound, Ambiguous, UsageError):
            return view
    return narrow


def whole_cluster(selection: Selection) -> Selection:
    """What is selected, or all of the cluster where nothing says what is meant."""
    return selection if selection.is_bounded else selection._replace(all_namespaces=True)


def require_bounds(selection: Selection) -> None:
    """Raises UsageError when nothing was said about which objects are meant."""
    if not selection.is_bounded:
        # Imported here, as most say what they mean.
        from snapinspect.cli.line import typed

        ways = "Name a kind (deploy), a namespace (-n shop), a label (-l app=web), a name (--name 'web-*')"
        hint = f"{ways}, or the whole cluster: `{typed().with_option('-A')}`"
        raise UsageError("nothing says which objects are meant", hint)


def require_some(count: int, snapshot: Snapshot, selection: Selection) -> None:
    """Raises NotFound when nothing matched what was named, and nothing was unreadable either."""
    if not count and not snapshot.problems and selection.is_bounded:
        # Imported here, as most find what they ask for.
        from snapinspect.cli.missing import nothing_found

        raise nothing_found(snapshot, [wanted.target for wanted in selection.wanted], selection.namespaces.words)

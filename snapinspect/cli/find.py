"""``snapinspect find``: in which of many snapshots an object is, when it changed, and the last good one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated

from snapinspect.analysis.find import Asked, Cluster, Look, Places, Unopened, clusters_of, look
from snapinspect.analysis.find.places import STANDARD_INPUT, size_of, snapshots_at
from snapinspect.cli import console as terminal
from snapinspect.cli.arriving import heed
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.ending import Ended
from snapinspect.cli.found import Report
from snapinspect.cli.line import typed
from snapinspect.cli.lying import how_to_look
from snapinspect.cli.opening import INCOMPLETE, check_digest, keyring, keys_given, open_silently
from snapinspect.cli.options import Engine, FactsOption, Reading
from snapinspect.cli.output import LIST_FORMS, parse_output
from snapinspect.errors import NotASnapshot, NotFound, SnapinspectError, SourceError, UsageError, Withdrawn
from snapinspect.jobs.spawned import Died, side_by_side
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Problem
from snapinspect.select import Target, parse_each
from snapinspect.sources.mapping import heed_writers
from snapinspect.write.counted import counted

_NOTES = 20
"""Notes on single snapshots that are shown."""


def find(
    wanted: Annotated[str, Argument(metavar="KIND/NAME", help="The object.")],
    snapshots: Annotated[
        list[str],
        Argument(metavar="SNAPSHOT...", help="Snapshots, directories of snapshots, or 'patterns*' of them."),
    ],
    reading: Reading,
    namespace: Annotated[
        str,
        Option("-n", "--namespace", metavar="NS", help="The object's namespace."),
    ] = "",
    output: FactsOption = "table",
    raw: Annotated[
        bool,
        Option("--raw", help="Any change of the stored bytes counts, also of status."),
    ] = False,
) -> None:
    """Tell in which of many snapshots an object is: when it changed, and which one to take it from."""
    form = parse_output(output, LIST_FORMS)
    target = _target(wanted, snapshots)
    _require_sense(reading)
    console = Console(quiet=reading.quiet, progress=not reading.no_progress)
    heed(reading)
    places = _places(snapshots, console)
    asked = Asked(target, namespace, raw)
    looks, unopened = _look_into_all(places, partial(look_into, reading, asked), console, reading.jobs)
    unopened = _without_passed_over(unopened, places, console)
    if not (looks or unopened):
        raise _nothing_under(snapshots)
    try:
        clusters = clusters_of(looks, target)
    except SnapinspectError as error:
        _tell_problems(looks, unopened, console)
        if isinstance(error, NotFound):
            error.hint = _hint(looks, asked, reading)
        raise
    _tell_notes(looks, clusters, console)
    with terminal.utf8_output() as stream:
        report = Report(asked, clusters, unopened, stream, _repeated(reading))
        if report.shows_any or form.form not in {"table", "wide"}:
            report.write(form)
    if _tell_problems(looks, unopened, console):
        raise Ended(INCOMPLETE)
    if not any(cluster.last_good for cluster in clusters):
        way = report.way_back() or _hint(looks, asked, reading)
        where = "not in the snapshot" if len(looks) == 1 else f"in none of the {len(looks)} snapshots"
        end = report.end()
        raise NotFound(f"{target} is {where}" + (f": {end}" if end else ""), way)


def _hint(looks: Sequence[Look], asked: Asked, reading: Reading) -> str:
    """What the last snapshot has in place of the object."""
    # Imported here, as most find what they ask for.
    from snapinspect.cli.missing import hint_for
    from snapinspect.cli.nearest import listing

    path = looks[-1].path
    if path.startswith(STANDARD_INPUT):
        return f"`{listing(asked.target.word)}` shows which there are."
    with open_silently(reading, path) as snapshot:
        return hint_for(snapshot, asked.target, asked.namespace)


def look_into(reading: Reading, asked: Asked, path: str) -> Look | Unopened:
    """What the snapshot at ``path`` knows; run in processes of their own."""
    try:
        with open_silently(reading, path) as snapshot:
            if reading.check:
                check_digest(snapshot, Console(quiet=True, progress=False))
            return look(snapshot, asked)
    except (SnapinspectError, Withdrawn) as error:
        return Unopened(path, _without_path(str(error), path), error.hint, isinstance(error, NotASnapshot))
    except (OSError, MemoryError) as error:
        return Unopened(path, str(error) or "not enough memory")


def _without_path(reason: str, path: str) -> str:
    """``reason`` as it stands where the path is named anyway."""
    return reason.removeprefix(f"{path}: ").replace(f"{path} ", "it ").replace(f"{Path(path).name} ", "it ")


def _target(wanted: str, snapshots: list[str]) -> Target:
    """The one object. Raises UsageError for anything else, above all for the order of other commands."""
    if _is_object(wanted):
        return parse_each([wanted])[0]
    misplaced = next(filter(_is_object, snapshots), None)
    if misplaced:
        others = [snapshot for snapshot in snapshots if snapshot != misplaced]
        raise UsageError(
            f"{wanted} stands where the object belongs",
            f"The object comes first, then the snapshots: `{typed().with_arguments(misplaced, wanted, *others)}`",
        )
    if "/" in wanted:
        # Perhaps a custom kind, which a snapshot must tell.
        return parse_each([wanted])[0]
    name, *others = snapshots
    if KindTable.builtin().resolve(wanted) and others and not Path(name).exists():
        hint = f"kind and name are one word: `{typed().with_arguments(f'{wanted}/{name}', *others)}`"
    else:
        named = ("--name", wanted) if not KindTable.builtin().resolve(wanted) else ()
        line = typed().of("ls").without("-o", "--output").with_arguments(snapshots[-1], *(() if named else (wanted,)))
        shown = line.with_option(*named) if named else line
        hint = f"Name it as KIND/NAME; `{shown}` shows which there are."
    raise UsageError(f"{wanted!r} names no object, and all that follows is a snapshot", hint)


def _is_object(word: str) -> bool:
    kind, _, name = word.partition("/")
    return bool(name) and bool(KindTable.builtin().resolve(kind))


def _require_sense(reading: Reading) -> None:
    """Raises UsageError for options that make no sense, or none for many snapshots."""
    if reading.engine is not Engine.direct:
        raise UsageError(f"find reads the files themselves, which --engine {reading.engine} does not", "Leave it out.")
    if reading.wal:
        raise UsageError(
            "--wal is the log of one database, and find reads many",
            "Name the data directory instead, which brings its log.",
        )
    keyring(reading.encryption_config or (), reading.kms_socket or ())
    keys_given(reading)


def _repeated(reading: Reading) -> list[str]:
    """The options without which the commands that are told would not read the same. A token is not shown again."""
    flags = [f"--{name}" for name in ("carve", "salvage") if getattr(reading, name)]
    single = {"--prefix": reading.prefix, "--static-resources": reading.static_resources}
    single |= {"--token-file": str(reading.token_file or ""), "--max-unpacked": reading.max_unpacked}
    several = {"--encryption-config": reading.encryption_config, "--kms-socket": reading.kms_socket}
    pairs = [(name, value) for name, value in single.items() if value]
    pairs += [(name, value) for name, values in several.items() for value in values or ()]
    return [*flags, *chain.from_iterable(pairs)]


def _places(specs: list[str], console: Console) -> Places:
    """All snapshots that are meant. Raises NotFound when there are none."""
    places = snapshots_at(specs)
    if not places.paths:
        raise _nothing_under(specs)
    for spec in places.empty:
        console.warn(f"no snapshot is found under {spec}")
    return places


def _nothing_under(specs: list[str]) -> NotFound:
    return NotFound(
        f"no snapshot is found under {', '.join(specs)}",
        f"Name files, directories of them, or 'patterns*'. `{how_to_look()}` lists what may be one.",
    )


def _look_into_all(
    places: Places, work: partial[Look | Unopened], console: Console, jobs: int | None
) -> tuple[list[Look], list[Unopened]]:
    """What each snapshot knows. Standard input is only to be had in this process."""
    piped = [path for path in places.paths if path.startswith(STANDARD_INPUT)]
    sizes = {path: size_of(path) for path in places.paths if path not in piped}
    looks: list[Look] = []
    unopened: list[Unopened] = []
    label = f"reading {counted(len(places.paths), 'snapshot')}"
    with console.progress(label, sum(sizes.values())) as advance:
        spread = side_by_side(work, list(sizes), jobs, begin=heed_writers)
        for path, result in chain(((path, work(path)) for path in piped), spread):
            if isinstance(result, Look):
                looks.append(result)
            else:
                unopened.append(_lost(path, result))
            advance(sizes.get(path, 0))
    return looks, sorted(unopened, key=lambda each: places.paths.index(each.path))


def _lost(path: str, result: Unopened | Died) -> Unopened:
    return Unopened(path, str(result)) if isinstance(result, Died) else result


def _without_passed_over(unopened: list[Unopened], places: Places, console: Console) -> list[Unopened]:
    """Nobody said that every archive in a directory holds a snapshot."""
    kept = []
    for each in unopened:
        if each.path in places.perhaps and each.is_other:
            console.say(f"note: passed over {each.path}: {each.reason}")
        else:
            kept.append(each)
    return kept


def _tell_notes(looks: Iterable[Look], clusters: list[Cluster], console: Console) -> None:
    notes = Counter(note for look in looks for note in look.notes)
    for note, count in notes.most_common(_NOTES):
        console.say(f"note: {note}" + (f" ({count} snapshots)" if count > 1 else ""))
    if len(notes) > _NOTES:
        console.say(f"note: and {counted(len(notes) - _NOTES, 'more note')} on single snapshots")
    if len(clusters) > 1:
        console.say(f"note: the snapshots are of {len(clusters)} clusters, which are kept apart")
    for earlier, later in (pair for cluster in clusters for pair in cluster.turned_back):
        console.say(f"note: revisions go back from {earlier.path} to {later.path}: etcd was restored in between")


def _tell_problems(looks: Iterable[Look], unopened: Sequence[Unopened], console: Console) -> bool:
    """Names everything that was not read, under the name of its snapshot; whether there was any."""
    problems = [*chain.from_iterable(map(_problems, looks))]
    problems += [Problem("damaged", each.path, each.reason) for each in unopened]
    console.problems(problems)
    for hint in {each.hint: None for each in unopened if each.hint}:
        console.say(f"hint: {_with_a_line(hint, unopened)}")
    return bool(problems)


def _with_a_line(hint: str, unopened: Sequence[Unopened]) -> str:
    """The hint, and where one of those named could not be opened, the line without it or with another."""
    line = typed()
    named = [each.path for each in unopened if each.path in line.arguments]
    if len(named) != 1 or len(unopened) != 1 or "`" in hint:
        return hint
    others = [each for each in line.arguments if each != named[0]]
    if len(others) > 1:
        return f"{hint} Without it: `{line.with_arguments(*others)}`"
    # Imported here, as most name snapshots that are there.
    from snapinspect.cli.pasted import with_a_line

    return with_a_line(SourceError(named[0], hint))


def _problems(look: Look) -> Iterator[Problem]:
    for reason, code in {problem.reason: problem.code for problem in look.problems}.items():
        yield Problem(code, look.path, reason)

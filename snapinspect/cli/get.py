"""``snapinspect get``: objects to standard output, clean and ready to apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, NamedTuple, TextIO, TypeVar

from snapinspect.cli import console as terminal
from snapinspect.cli.bringing import Bringing
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Option
from snapinspect.cli.line import typed
from snapinspect.cli.opening import (
    named_targets,
    narrowed,
    opened,
    recoverable,
    require_bounds,
    require_some,
    selected,
    whole_cluster,
)
from snapinspect.cli.options import (
    Choice,
    NamedTargets,
    ObjectOutputOption,
    Reading,
    Recovery,
    SnapshotArgument,
    SortOption,
    Undecoded,
    UndecodedOption,
)
from snapinspect.cli.other_values import other_body
from snapinspect.cli.output import (
    OBJECT_FORMS,
    TEXT_FORMS,
    Output,
    parse_output,
    quick_text_of,
    text_of,
    write_bodies,
    write_texts,
)
from snapinspect.cli.recovering import followed, target_release
from snapinspect.cli.summary import Summary
from snapinspect.cli.undecoded import undecoded_body
from snapinspect.errors import UsageError
from snapinspect.model import Body, Record
from snapinspect.select import Selection, Target
from snapinspect.snapshot import Snapshot

T = TypeVar("T")
_WRITING = "writing objects"


def get(
    snapshot: SnapshotArgument,
    choice: Choice,
    recovery: Recovery,
    reading: Reading,
    targets: NamedTargets = None,
    output: ObjectOutputOption = "yaml",
    sort_by: SortOption = "",
    undecoded: UndecodedOption = None,
    last_applied: Annotated[
        bool, Option("--last-applied", help="What the last kubectl apply of each object sent.")
    ] = False,
    revision: Annotated[
        int | None,
        Option("--revision", metavar="NUMBER", min=1, help="Of helm/NAME: this revision, not the last."),
    ] = None,
) -> None:
    """Write objects to standard output, clean and ready to apply; or a release of Helm's (helm/NAME)."""
    release, parsed = target_release(recovery), named_targets(snapshot, targets)
    if any(target.word.lower() == "helm" for target in parsed):
        _get_releases(snapshot, choice, recovery, reading, parsed, output, revision)
        return
    if revision:
        raise UsageError(
            "--revision is of a release of Helm's",
            f"`{typed().renamed('--revision', '--at')}` shows objects as of then.",
        )
    form = parse_output(output, OBJECT_FORMS)
    with opened(snapshot, reading, choice.at) as (whole, console):
        whole = recoverable(whole, deleted=recovery.deleted)
        view = whole if recovery.owned or recovery.deleted or recovery.with_deps else narrowed(whole, parsed, choice)
        selection = selected(view, console, parsed, choice, everything=recovery.everything)
        if recovery.owned:
            selection = whole_cluster(selection)
        require_bounds(selection)
        bodies = Bodies(view, selection, recovery, console, followed(view, selection, recovery, console), release)
        with terminal.utf8_output() as stream:
            if not (last_applied or sort_by or form.shows_objects):
                texts = bodies.texts(undecoded, form.form)
                write_texts(console.each(_WRITING, 0, texts), form, stream)
            else:
                found = bodies.last_applied() if last_applied else bodies.whole(undecoded)
                found = console.each(_WRITING, 0, found, held=bool(sort_by))
                _write(_sorted(found, sort_by, view), form, stream, is_one=selection.is_one_name)
        bodies.summary.tell()
        require_some(bodies.count + bodies.summary.omitted, whole, selection)


def _get_releases(
    snapshot: str,
    choice: Choice,
    recovery: Recovery,
    reading: Reading,
    targets: list[Target],
    output: str,
    revision: int | None,
) -> None:
    # Imported here, as most ask for objects.
    from snapinspect.cli import helm

    helm.is_meant(targets)
    form = helm.parse_form(output)
    with opened(snapshot, reading, choice.at) as (view, console):
        view = recoverable(view, deleted=recovery.deleted)
        with terminal.utf8_output() as stream:
            helm.show_releases(view, targets, choice, revision, form, console, stream)


class Written(NamedTuple):
    """What is written of an object, the name that its key gives it, and the value from which it was read."""

    body: Body
    name: str = ""
    record: Record | None = None


def _write(found: Iterable[Written], output: Output, stream: TextIO, *, is_one: bool) -> None:
    if output.form in TEXT_FORMS:
        text = text_of(output.form)
        write_texts((text(each.body, each.name) for each in found), output, stream)
    else:
        write_bodies((each.body for each in found), output, stream, is_one=is_one)


def _sorted(found: Iterable[Written], path: str, view: Snapshot) -> Iterable[Written]:
    """As they come, or in the order that was asked for: by the stored objects, as cleaning takes away what tells ages."""
    if not path:
        return found
    from snapinspect.write.sorting import sorted_by

    return sorted_by(path, found, lambda each: (each.record and view.body_of(each.record)) or each.body)


class Bodies:
    """The bodies that a selection gives, and the summary that goes with them."""

    def __init__(
        self,
        view: Snapshot,
        selection: Selection,
        recovery: Recovery,
        console: Console,
        also: frozenset[bytes],
        release: int | None,
    ) -> None:
        self.summary = Summary(view, console, explain=recovery.explain)
        self.count = 0
        self._view = view
        self._selection = selection
        self._console = console
        self._bringing = Bringing(view, selection, recovery, self.summary, also, release)

    def whole(self, undecoded: Undecoded | None) -> Iterator[Written]:
        """Each body with what is known of it; made by this process alone."""
        brought = self._bringing.each(
            lambda entry, body, _changes: Written(body, entry.head.name, entry.record), here=True
        )
        return self._counted(chain(brought, map(Written, self._rest(undecoded))))

    def texts(self, undecoded: Undecoded | None, form: str) -> Iterator[str]:
        """Each body in a form that gives it a text of its own."""
        text = text_of(form)
        brought = self._bringing.each(
            lambda entry, body, _changes: text(body, entry.head.name), quick=quick_text_of(form)
        )
        return self._counted(chain(brought, (text(body, "") for body in self._rest(undecoded))))

    def _counted(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self.count += 1
            yield item

    def _rest(self, undecoded: Undecoded | None) -> Iterator[Body]:
        """What is no object, or cannot be read as one."""
        return chain(self._others(), self._unread(undecoded))

    def _others(self) -> Iterator[Body]:
        return map(other_body, self._view.others(self._selection)) if self._selection.keys else iter(())

    def _unread(self, undecoded: Undecoded | None) -> Iterator[Body]:
        if undecoded is not None:
            for unread in self._view.unread(self._selection):
                yield undecoded_body(unread, undecoded)

    def last_applied(self) -> Iterator[Written]:
        """What was sent, as far as it is known; the others are named."""
        # Imported here, as few ask for it, and completion for nothing of the rules that it brings.
        from snapinspect.cli.applied import last_applied as sent_last

        for found in self._bringing.recovered(lambda left, omission: self.summary.left_out(left.head, omission)):
            self.count += 1
            sent = sent_last(found.object.body)
            if sent is None:
                head = found.object.head
                place = f" in {head.namespace}" if head.namespace else ""
                self._console.warn(f"{head.kind.lower()} {head.name}{place} bears no trace of a kubectl apply")
            else:
                yield Written(sent, found.object.head.name, found.object.record)

"""Helm's releases under ``ls`` and ``get``: ``helm`` where a kind stands, ``helm/NAME`` where an object does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from snapinspect.analysis.helm import Contents, Kept, kept_releases, newest, unpack
from snapinspect.cli.console import Console
from snapinspect.cli.line import typed
from snapinspect.cli.output import OBJECT_FORMS, Output, parse_output, write_bodies, write_facts, write_text
from snapinspect.errors import Ambiguous, NotFound, Undecodable, UsageError
from snapinspect.model import Body
from snapinspect.select import Names, Target, is_pattern
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.values import problem
from snapinspect.write.counted import counted
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.cli.options import Choice, Showing

HELM = "helm"
_TEXTS = ("manifest", "values", "notes")
FORMS = (*OBJECT_FORMS, *_TEXTS)
_COLUMNS = ("name", "namespace", "revision", "updated", "status", "chart", "appVersion")
_HEADINGS = ("name", "namespace", "revision", "updated", "status", "chart", "app version")
_MORE = ("description", "keptIn")
_LOCKED = "unreadable"


class Told(NamedTuple):
    """A revision, and what is in it: None when it cannot be read, which is a problem."""

    kept: Kept
    contents: Contents | None

    @property
    def facts(self) -> Body:
        """As ``helm list`` shows it."""
        revision, contents = self.kept.revision, self.contents
        return {
            "name": revision.release,
            "namespace": revision.namespace,
            "revision": revision.number,
            "updated": contents and contents.updated,
            "status": (contents and contents.status) or revision.status or _LOCKED,
            "chart": contents and contents.chart,
            "appVersion": contents and contents.app_version,
            "description": contents and contents.description,
            "keptIn": f"{revision.storage.lower()}/{revision.name}",
        }


def is_meant(targets: Sequence[Target]) -> bool:
    """Whether releases are asked for. Raises UsageError when other things are, too."""
    meant = [target.word.lower() == HELM for target in targets]
    if any(meant) and not all(meant):
        raise UsageError("helm names Helm's releases, which stand for no objects beside others", "Ask for them alone.")
    return any(meant)


def list_releases(
    view: Snapshot, targets: Sequence[Target], choice: Choice, showing: Showing, output: Output, stream: TextIO
) -> None:
    """The newest revision of each release, as ``helm list`` shows them; of a named one all, as ``helm history`` does."""
    found = _found(view, targets, choice)
    kept = [each for revisions in found.values() for each in (revisions if targets[0].name else revisions[-1:])]
    facts = [_told(view, each).facts for each in kept]
    if output.form == "name":
        stream.writelines(f"{HELM}/{fact['name']}\n" for fact in facts)
    elif output.form in {"table", "wide"}:
        more = _MORE if output.form == "wide" else ()
        rows = ([fact[column] for column in (*_COLUMNS, *more)] for fact in facts)
        write_table((*_HEADINGS, *more), rows, stream, headings=not showing.no_headers)
    else:
        write_facts(facts, (*_COLUMNS, *_MORE), output, stream)


def show_releases(
    view: Snapshot,
    targets: Sequence[Target],
    choice: Choice,
    revision: int | None,
    output: Output,
    console: Console,
    stream: TextIO,
) -> None:
    """Values, notes, manifest and hooks of a revision of each release, or one of these alone."""
    found = _found(view, targets, choice)
    told = [_told(view, kept) for revisions in found.values() if (kept := newest(revisions, revision))]
    if not told:
        numbers = ", ".join(str(kept.revision.number) for revisions in found.values() for kept in revisions)
        raise NotFound(
            f"no revision {revision} of it is kept",
            f"Kept are {numbers}: `{typed().without('--revision')}` shows the last.",
        )
    for each in told:
        _say_what_else(each, found, console)
    if output.form in _TEXTS:
        write_text("---\n".join(_texts(told, output.form)), stream)
        if output.form == "manifest":
            console.say(
                f"note: what names no namespace in it is for that of the release: `kubectl apply -n {_place(told)} -f FILE`"
            )
    elif output.form == "name":
        stream.writelines(f"{HELM}/{each.kept.revision.release}\n" for each in told)
    else:
        write_bodies(map(_body, filter(_is_read, told)), output, stream, is_one=len(told) == 1)


def parse_form(text: str) -> Output:
    """``-o`` of ``get helm/NAME``. Raises UsageError."""
    return parse_output(text, FORMS)


def _found(view: Snapshot, targets: Sequence[Target], choice: Choice) -> dict[tuple[str, str], list[Kept]]:
    """The releases that are named. Raises NotFound, and Ambiguous for a name in several namespaces."""
    every = kept_releases(view, choice.namespaces, all_namespaces=choice.all_namespaces)
    names = Names(tuple(target.name for target in targets if target.name))
    found = {place: revisions for place, revisions in every.items() if not names or place[1] in names}
    for name in names.words:
        places = [namespace for namespace, release in found if release in Names((name,))]
        if not places:
            there = list(dict.fromkeys(release for _, release in every))
            listed = typed().of("ls").with_arguments(typed().arguments[0], "helm")
            hint = f"There are: {', '.join(there) or 'none'}. `{listed}` lists them."
            raise NotFound(f"no release of Helm's is called {name!r}", hint)
        if len(places) > 1 and not (choice.namespaces or choice.all_namespaces or is_pattern(name)):
            hint = f"say which: `{typed().with_option('-n', places[0])}`"
            raise Ambiguous(f"helm/{name} is found in {len(places)} namespaces: {', '.join(places)}", hint)
    if not found:
        raise NotFound(
            "no release of Helm's is kept here", f"`{typed().of('ls').without('-n', '--namespace')}` looks everywhere."
        )
    return found


def _told(view: Snapshot, kept: Kept) -> Told:
    if kept.body is None:
        return Told(kept, None)
    try:
        return Told(kept, unpack(kept.body))
    except Undecodable as error:
        view.problems.append(problem(kept.key, error))
        return Told(kept, None)


def _say_what_else(told: Told, found: dict[tuple[str, str], list[Kept]], console: Console) -> None:
    """Which other revision may be meant: the one that is deployed, or one that can be read."""
    revision = told.kept.revision
    others = [each.revision for each in found[revision.namespace or "", revision.release] if each is not told.kept]
    deployed = next((other for other in others if other.status == "deployed"), None)
    if told.contents is None and others:
        console.say(
            f"note: {counted(len(others), 'other revision')} of {revision.release} may be read: --revision {others[-1].number}"
        )
    elif deployed and revision.status != "deployed":
        console.say(
            f"note: revision {revision.number} of {revision.release} is {revision.status}; "
            f"deployed is revision {deployed.number}: `{typed().with_option('--revision', str(deployed.number))}`"
        )


def _texts(told: Iterable[Told], form: str) -> Iterator[str]:
    from snapinspect.write import yaml

    for each in told:
        if each.contents is None:
            continue
        values = each.contents.values
        given = values if isinstance(values, str) else yaml.dump(values or {})
        text = {"manifest": each.contents.manifest, "notes": each.contents.notes, "values": given}[form]
        yield text.removeprefix("---\n").rstrip("\n") + "\n"


def _body(told: Told) -> Body:
    """No apiVersion or kind stands on top, so that nobody would apply it for an object."""
    contents = told.contents
    assert contents is not None
    return {
        "helmRelease": told.facts,
        "values": contents.values,
        "notes": contents.notes,
        "manifest": contents.manifest,
        "hooks": contents.hooks,
    }


def _is_read(told: Told) -> bool:
    return told.contents is not None


def _place(told: Sequence[Told]) -> str:
    places = {each.kept.revision.namespace or "" for each in told}
    return places.pop() if len(places) == 1 else "NAMESPACE"

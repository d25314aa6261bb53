"""What kubectl does to a running cluster: why a snapshot cannot, and the line that comes nearest."""

from __future__ import annotations

from shutil import which
from typing import Final, NamedTuple

from snapinspect.cli.line import CommandLine
from snapinspect.cli.lying import is_file
from snapinspect.errors import UsageError


class Lack(NamedTuple):
    """What a snapshot cannot give, and the command that comes nearest, with its option."""

    says: str
    leads: str
    command: str
    option: tuple[str, ...]


_WRITES = Lack("a snapshot is never changed", "as a file, to change and apply", "export", ("-d", "out"))
_RUNS = Lack("nothing runs in a snapshot", "how it was, with its status", "get", ("--raw",))
_PRINTS = Lack("a snapshot does not hold what containers print", "what happened to it", "log", ("--events",))

LACKS: Final = {
    **dict.fromkeys(("edit", "patch", "set", "label", "annotate", "scale", "autoscale", "expose"), _WRITES),
    **dict.fromkeys(("exec", "attach", "debug", "port-forward"), _RUNS),
    "logs": _PRINTS,
}
"""Commands of kubectl, and what a snapshot lacks for each."""

_OF_PODS = frozenset({"exec", "attach", "debug", "port-forward", "logs"})
"""Those whose bare word is a pod's name; what follows is for the pod."""
_PROGRAMS = frozenset({"kubectl", "k9s", "helm", "headlamp", "stern", "oc"})
"""What people run over a snapshot that is served, also where it is not installed."""


def lacking(word: str, line: CommandLine, snapshot: str, *named: str) -> UsageError:
    """For the command ``word`` of a running cluster; ``named`` are the arguments besides the snapshot."""
    lack = LACKS[word]
    meant = [each if "/" in each else f"pod/{each}" for each in named[:1]] if word in _OF_PODS else named
    mended = line.of(lack.command).with_arguments(snapshot, *meant).with_option(*lack.option)
    return UsageError(f"there is no command {word!r}: {lack.says}", f"{lack.leads}: `{mended}`")


def unparted(line: CommandLine) -> UsageError | None:
    """``serve SNAPSHOT kubectl get pods``: a command of the user's without the ``--`` before it."""
    if line.command != "serve" or line.behind:
        return None
    for at, word in enumerate(line.words):
        text = word.texts[0]
        if at and not word.option and not is_file(text) and (text in _PROGRAMS or which(text)):
            behind = [each for after in line.words[at:] for each in after.texts]
            mended = line._replace(words=line.words[:at]).running(*behind)
            return UsageError(f"{text} is no snapshot", f"what is to be run stands behind --: `{mended}`")
    return None

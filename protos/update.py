"""Takes a Kubernetes release into the schemas: ``python protos/update.py --release 1.38 PATH...``.

A PATH is a folder that holds upstream's API packages at that release: ``k8s.io/api``,
``apimachinery``, ``apiextensions-apiserver``, ``kube-aggregator``, a ``kubernetes/kubernetes`` checkout
(all of them), or ``openshift/api``, whose releases are not kept. A repository that is not given
stays as it is; give one whole, since what is missing from it counts as gone.

The .proto files are rewritten and a report says what happened. Exit code 1: something clashed and was left as
it was, or needs an answer by hand. Run ``python protos/compile.py`` afterwards.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path

from tool.compiler import CompileError
from tool.merge import Releases, Report, merge
from tool.read import read_packages
from tool.render import render
from tool.upstream import Upstream, UpstreamError, read_upstream

HERE = Path(__file__).resolve().parent
OPENSHIFT = "github.com.openshift."


def main() -> int:
    parser = argparse.ArgumentParser(description="Take a Kubernetes release into the schemas.")
    parser.add_argument(
        "--release", type=_release, help="the Kubernetes release, such as 1.38; not for OpenShift alone"
    )
    parser.add_argument("--protos", type=Path, default=HERE, metavar="DIR", help="the folder of .proto files")
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a folder of upstream API packages")
    options = parser.parse_args()
    try:
        reports = update(options.protos, options.paths, options.release)
    except (UpstreamError, CompileError) as error:
        parser.exit(1, f"{error}\n")
    for title, report in reports.items():
        sys.stdout.writelines(f"{title} {name}: {line}\n" for name, lines in asdict(report).items() for line in lines)
    return 1 if any(report.clashes or report.questions for report in reports.values()) else 0


def update(protos: Path, paths: list[Path], release: str | None) -> dict[str, Report]:
    """Rewrites the .proto files; the reports are by ``kubernetes`` and ``openshift``. Raises UpstreamError."""
    upstream = read_upstream(paths)
    openshift = _part(upstream, openshift=True)
    kubernetes = _part(upstream, openshift=False)
    if not upstream.packages:
        raise UpstreamError("no API package stands under the paths given")
    known = read_packages(protos)
    reports = {}
    if openshift.packages:
        reports["openshift"] = merge(known, openshift, Releases())
    if kubernetes.packages:
        reports["kubernetes"] = merge(known, kubernetes, _releases(protos / "kubernetes" / "RELEASE", release))
    for package in known.values():
        path = protos / package.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(package), "utf-8")
    if kubernetes.packages:
        (protos / "kubernetes" / "RELEASE").write_text(f"{release}\n", "utf-8")
    return reports


def _part(upstream: Upstream, *, openshift: bool) -> Upstream:
    names = [name for name in upstream.packages if name.startswith(OPENSHIFT) == openshift]
    return replace(upstream, packages={name: upstream.packages[name] for name in names})


def _releases(record: Path, release: str | None) -> Releases:
    """The release to take in and the one before it, by the record of the newest known."""
    newest = record.read_text("utf-8").strip()
    if release is None or _ordinal(release) < _ordinal(newest):
        raise UpstreamError(f"--release must name Kubernetes {newest} or a later one")
    major, minor = _ordinal(release)
    return Releases(release, newest if release != newest else f"{major}.{minor - 1}")


def _release(text: str) -> str:
    if not re.fullmatch(r"\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text} is not of the form 1.38")
    return text


def _ordinal(release: str) -> tuple[int, int]:
    major, minor = release.split(".")
    return int(major), int(minor)


if __name__ == "__main__":
    sys.exit(main())

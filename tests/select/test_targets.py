from __future__ import annotations

import pytest

from snapinspect.errors import UsageError
from snapinspect.select import Target, parse_each, parse_targets


def said(targets: list[Target]) -> list[str]:
    return [str(target) for target in targets]


@pytest.mark.parametrize(
    ("args", "targets"),
    [
        ([], []),
        (["deploy"], ["deploy"]),
        (["cm,secret"], ["cm", "secret"]),
        (["cm,secret,cm"], ["cm", "secret"]),
        (["deploy", "web"], ["deploy/web"]),
        (["deploy", "web", "api", "web"], ["deploy/web", "deploy/api"]),
        (["deploy/web"], ["deploy/web"]),
        (["deploy/web", "svc/api"], ["deploy/web", "svc/api"]),
        (["clusterrole/system:node"], ["clusterrole/system:node"]),
        (["widgets.example.com/a.b"], ["widgets.example.com/a.b"]),
    ],
)
def test_kubectls_forms(args: list[str], targets: list[str]) -> None:
    assert said(parse_targets(args)) == targets


@pytest.mark.parametrize(
    "args",
    [
        ["deploy/web", "api"],
        ["deploy", "svc/api"],
        ["cm,secret", "web"],
        ["cm,secret/web"],
        ["deploy/web/x"],
        ["deploy/"],
        ["/web"],
        ["/"],
        ["deploy", ""],
        [""],
        ["cm,"],
        [",cm"],
        ["cm,,secret"],
    ],
)
def test_mixtures_are_refused_with_the_way_out(args: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_targets(args)
    assert caught.value.hint


def test_each_argument_on_its_own() -> None:
    assert said(parse_each(["deploy", "cm,secret", "svc/api", "deploy"])) == ["deploy", "cm", "secret", "svc/api"]
    assert parse_each([]) == []


@pytest.mark.parametrize("arg", ["", "a,,b", "a/b/c", "a,b/c", "/x", "x/"])
def test_each_argument_must_make_sense(arg: str) -> None:
    with pytest.raises(UsageError):
        parse_each(["deploy", arg])

"""What ``get`` and ``ls`` take for the objects that are meant."""

from __future__ import annotations

import json

import pytest
from cli_program import SMALL, Outcome, run

DEPLOYMENTS = [
    "infra-production/api",
    "infra-production/ssa-app",
    "infra-production/web",
    "infra-staging/web",
    "team-a/svc-a",
]


def places(*args: str, command: str = "ls") -> list[str]:
    """``namespace/name`` of what is selected, in the order given."""
    outcome = run(command, SMALL, *args, "-o", "jsonl")
    assert outcome.code == 0, outcome.err
    found = [json.loads(line) for line in outcome.lines]
    meant = found if command == "ls" else [each["metadata"] for each in found]
    return [f"{each['namespace']}/{each['name']}" if each.get("namespace") else each["name"] for each in meant]


def failure(code: int, *args: str) -> tuple[str, str]:
    """What is wrong and what to do about it, of a ``get`` that writes nothing."""
    outcome = run("get", SMALL, *args)
    assert (outcome.code, outcome.out) == (code, "")
    return two_lines(outcome)


def two_lines(outcome: Outcome) -> tuple[str, str]:
    lines = [line for line in outcome.err.splitlines() if not line.startswith(("note: ", "left out ", "to have "))]
    wrong, hint = lines
    assert wrong.startswith("error: ")
    assert hint.startswith("hint: ")
    return wrong.removeprefix("error: "), hint.removeprefix("hint: ")


@pytest.mark.parametrize(
    "word",
    ["deploy", "deployment", "deployments", "Deployment", "DEPLOY", "deployments.apps", "deployment.v1.apps"],
)
def test_a_built_in_kind_in_each_spelling(word: str) -> None:
    assert places(word) == DEPLOYMENTS
    assert places(word, command="get") == DEPLOYMENTS


@pytest.mark.parametrize(
    "word", ["wd", "widget", "Widgets", "WIDGET", "widgets.example.com", "widget.v1beta1.example.com"]
)
def test_a_custom_kind_by_each_name_that_its_definition_gives(word: str) -> None:
    outcome = run("get", SMALL, word, "-o", "name")
    assert len(outcome.lines) == 33
    assert {line.split("/")[0] for line in outcome.lines} == {"widget.example.com"}


def test_comma_lists_and_several_kinds() -> None:
    both = places("cm,secret", "-n", "infra-staging")
    assert both == places("cm", "-n", "infra-staging") + places("secret", "-n", "infra-staging")
    assert places("deploy", "svc") == [*DEPLOYMENTS, *places("svc")]


def test_one_object_and_several_names() -> None:
    assert places("deploy/api", command="get") == ["infra-production/api"]
    assert places("deploy", "api", "svc-a", command="get") == ["infra-production/api", "team-a/svc-a"]
    assert places("deploy/api", "svc/pg", command="get") == ["infra-production/pg", "infra-production/api"]


def test_a_name_in_several_namespaces_is_never_taken_for_one() -> None:
    wrong, hint = failure(1, "deploy/web")
    assert wrong == "deploy/web is found in 2 namespaces: infra-production, infra-staging"
    assert "-n" in hint
    assert "-A" in hint
    assert failure(1, "deploy", "web", "svc-a")[0] == wrong
    both = ["infra-production/web", "infra-staging/web"]
    assert places("deploy/web", "-A") == both
    assert places("deploy/web", "-n", "infra-staging", "-n", "infra-production") == both
    assert places("deploy", "web", "-n", "infra-staging", command="get") == both[1:]


def test_namespaces_bring_their_own_namespace_objects_and_nothing_else_of_the_cluster() -> None:
    outcome = run("ls", SMALL, "-n", "team-b", "-n", "monitoring", "-o", "json")
    found = json.loads(outcome.out)
    assert {each["name"] for each in found if each["namespace"] is None} == {"team-b", "monitoring"}
    assert {each["kind"] for each in found if each["namespace"] is None} == {"Namespace"}
    assert {each["namespace"] for each in found} == {None, "team-b", "monitoring"}


def test_a_named_kind_of_the_cluster_is_not_bound_to_namespaces() -> None:
    assert places("storageclass", "-n", "team-a") == ["fast", "slow"]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=web", ["infra-production/web", "infra-staging/web"]),
        ("app in (web, api),app!=web", ["infra-production/api"]),
        ("app,app notin (web,api,ssa)", ["team-a/svc-a"]),
        ("!app.kubernetes.io/managed-by,app==web", ["infra-staging/web"]),
    ],
)
def test_label_selectors(selector: str, expected: list[str]) -> None:
    assert places("deploy", "-l", selector) == expected
    assert places("deploy", "-l", selector, command="get") == expected


def test_globs_match_whole_names_and_any_of_several_is_enough() -> None:
    assert places("deploy", "--name", "w*") == ["infra-production/web", "infra-staging/web"]
    assert places("deploy", "--name", "a?i", "--name", "ssa-[a]pp") == [
        "infra-production/api",
        "infra-production/ssa-app",
    ]
    assert run("ls", SMALL, "deploy", "--name", "eb").code == 1


def test_key_prefixes() -> None:
    assert places("--key", "/registry/deployments/") == DEPLOYMENTS
    assert places("--key", "/registry/deployments/team-a", "--key", "/registry/storageclasses") == [
        "team-a/svc-a",
        "fast",
        "slow",
    ]


def test_all_conditions_must_hold() -> None:
    assert places("deploy", "-n", "infra-production", "-l", "app", "--name", "*a*", "--key", "/registry/") == [
        "infra-production/api",
        "infra-production/ssa-app",
    ]


def test_the_category_all_says_what_it_lacks() -> None:
    outcome = run("get", SMALL, "all", "-n", "team-a", "-o", "name")
    assert outcome.code == 0
    # The definition of Widgets puts them into the category, too.
    assert set(outcome.lines) == {"service/svc-a", "deployment.apps/svc-a", "widget.example.com/del"}
    note = outcome.err.splitlines()[0]
    assert note.startswith("note: 'all' is kubectl's category")
    for word in ("ConfigMaps", "Secrets", "PersistentVolumeClaims", "--all"):
        assert word in note


def test_a_kind_that_is_never_stored_says_so() -> None:
    outcome = run("get", SMALL, "tokenreviews")
    assert outcome.code == 1
    assert "never stored" in outcome.err


def test_earlier_revisions() -> None:
    assert len(places("--at", "300")) == 279
    assert places("deploy", "--at", "460") == [place for place in DEPLOYMENTS if not place.endswith("ssa-app")]
    assert failure(2, "deploy", "--at", "1176") == (
        "revision 1176 is after the snapshot's last, 1175",
        f"Take a revision up to that one. `snapinspect get {SMALL} deploy --at 1175`",
    )


@pytest.mark.parametrize(
    ("args", "code", "wrong"),
    [
        ((), 2, "nothing says which objects are meant"),
        (("--raw",), 2, "nothing says which objects are meant"),
        (("--exclude", "deploy"), 2, "nothing says which objects are meant"),
        (("deploy", "-A", "-n", "team-a"), 2, "-n and -A contradict each other"),
        (("deploy/api", "svc"), 2, "'svc' stands beside arguments of the form KIND/NAME"),
        (("deploy,sts", "web"), 2, "names cannot follow several kinds (deploy,sts)"),
        (("deploy,sts/web",), 2, "deploy,sts/web names several objects in one word"),
        (("deploy/",), 2, "'deploy/' lacks a name behind the /"),
        (("cm,,secret",), 2, "a comma stands between kinds, without blanks"),
        (("deploy", ""), 2, "an empty word names no kind"),
        (("-l", "app in (web"), 2, "the label selector 'app in (web' has its end where , or ) belongs"),
        (("deployx",), 1, "no kind is called 'deployx' in this snapshot"),
        (("deploy/nosuch",), 1, "not found: deploy/nosuch"),
        (("cm", "secret"), 1, "not found: cm/secret"),
        (("deploy/api", "-n", "team-a"), 1, "not found: deploy/api in team-a"),
        (("deploy", "-n", "nosuch"), 1, "there is no namespace 'nosuch'"),
        (("-l", "nosuch=label"), 1, "nothing in the snapshot matches"),
        (("--key", "/registry/nosuch"), 1, "nothing in the snapshot matches"),
    ],
)
def test_what_is_wrong_and_what_to_do(args: tuple[str, ...], code: int, wrong: str) -> None:
    said, hint = failure(code, *args)
    assert said == wrong
    assert len(hint) > 10


def test_a_near_miss_is_suggested() -> None:
    assert "deployments" in failure(1, "deploymnets")[1]
    assert failure(1, "cm", "secret")[1] == f"'secret' is a kind, too: `snapinspect get {SMALL} cm,secret`"


def test_a_prefix_is_found_or_given_and_must_exist() -> None:
    for prefix in ("/registry", "/registry/"):
        assert places("deploy", "--prefix", prefix) == DEPLOYMENTS
    assert failure(1, "deploy", "--prefix", "/nosuch") == (
        "no key begins with the prefix /nosuch",
        f"Prefixes in this snapshot: /registry. Without it: `snapinspect get {SMALL} deploy`",
    )

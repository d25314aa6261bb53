"""The YAML that is written: read back equal, and looking as people write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st
from write_samples import SMALL, bodies, find, hard_texts, steady, truth, values

from snapinspect.errors import OutputError
from snapinspect.model import Number, Shared
from snapinspect.write.yaml import MAX_LEVELS, dump, dump_item

LOADERS: list[Any] = [pyyaml.SafeLoader, pyyaml.CSafeLoader]

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    app: web
  annotations: {}
  finalizers:
  - example.com/wait
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.27
        args:
        - --listen=:8080
        - -c
        - |
          set -e

          exec serve
        env: []
      volumes:
      - emptyDir: {}
        name: tmp
status:
  replicas: 2
"""

REAL_DEPLOYMENT = """\
kind: Deployment
metadata:
  name: ssa-app
  namespace: infra-production
  labels:
    app: ssa
  annotations:
    deployment.kubernetes.io/revision: '2'
    second: manager
  uid: 71d6b063-4040-43b7-acb6-18f503f017d5
  resourceVersion: '1020'
  generation: 2
  creationTimestamp: '2026-11-22T11:21:18Z'
spec:
  replicas: 2
  selector:
    matchLabels:
      app: ssa
  template:
    metadata:
      labels:
        app: ssa
    spec:
      containers:
      - name: a
        image: a:1
        ports:
        - containerPort: 80
          protocol: TCP
        env:
        - name: A
          value: '1'
        resources:
          limits:
            memory: 64Mi
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
        imagePullPolicy: IfNotPresent
      - name: b
        image: b:1
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
        imagePullPolicy: IfNotPresent
      restartPolicy: Always
      terminationGracePeriodSeconds: 30
      dnsPolicy: ClusterFirst
      securityContext: {}
      schedulerName: default-scheduler
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 25%
      maxSurge: 25%
  revisionHistoryLimit: 10
  progressDeadlineSeconds: 600
"""

# How each text stands after "key: ".
TEXTS = {
    # read as the same string by all, so plain
    "web": "web",
    "nginx:1.27": "nginx:1.27",
    "--flag=x": "--flag=x",
    "-x": "-x",
    "a#b": "a#b",
    "a b, c": "a b, c",
    "it's": "it's",
    "1.2.3": "1.2.3",
    "100m": "100m",
    "1Gi": "1Gi",
    "10.0.0.1/8": "10.0.0.1/8",
    "7644018c-8a88-43c5-876c-3c4a0ccac9c9": "7644018c-8a88-43c5-876c-3c4a0ccac9c9",
    "http://a:80/?q=1&b=2#frag": "http://a:80/?q=1&b=2#frag",
    "C:\\temp\\new": "C:\\temp\\new",
    "日本語 🚀": "日本語 🚀",
    "$(VAR)": "$(VAR)",
    # another type to some reader
    "": '""',
    "null": "'null'",
    "~": "'~'",
    "Yes": "'Yes'",
    "y": "'y'",
    "off": "'off'",
    "=": "'='",
    "<<": "'<<'",
    "1": "'1'",
    "-0": "'-0'",
    "08": "'08'",
    "0777": "'0777'",
    "0o17": "'0o17'",
    "0x10": "'0x10'",
    "0b101": "'0b101'",
    "1_000": "'1_000'",
    "1e3": "'1e3'",
    "1.": "'1.'",
    ".5": "'.5'",
    "._": "'._'",
    "12:30:45": "'12:30:45'",
    "1:60": "'1:60'",
    ".inf": "'.inf'",
    "-.INF": "'-.INF'",
    "NaN": "'NaN'",
    "2001-12-14": "'2001-12-14'",
    "2026-11-22T11:20:00Z": "'2026-11-22T11:20:00Z'",
    "2001-12-14 21:59:43.10 -5": "'2001-12-14 21:59:43.10 -5'",
    # syntax
    "*alias": "'*alias'",
    "&anchor": "'&anchor'",
    "!tag": "'!tag'",
    "%x": "'%x'",
    "@x": "'@x'",
    "`x`": "'`x`'",
    "{}": "'{}'",
    "[a": "'[a'",
    "|": "'|'",
    "? a": "'? a'",
    "-": "'-'",
    "- a": "'- a'",
    "---": "'---'",
    "...": "'...'",
    "#c": "'#c'",
    "a #b": "'a #b'",
    "a: b": "'a: b'",
    "a:": "'a:'",
    "'a'": "'''a'''",
    " a": "' a'",
    "a ": "'a '",
    # what needs escapes
    "a\tb": '"a\\tb"',
    "a\r\nb": '"a\\r\\nb"',
    "\n": '"\\n"',
    " \n ": '" \\n "',
    "\x1b[31m": '"\\x1B[31m"',
    "\x7f": '"\\x7F"',
    "\x85": '"\\x85"',
    "\u2028\\": '"\\u2028\\\\"',
    "\ufeffbom": '"\\uFEFFbom"',
    "\ufffe\uffff": '"\\uFFFE\\uFFFF"',
    '"\x00"': '"\\"\\x00\\""',
    # several lines
    "a\nb": "|-\n  a\n  b",
    "a\nb\n": "|\n  a\n  b",
    "a\n\n": "|+\n  a\n",
    "a\n\n\nb\n": "|\n  a\n\n\n  b",
    "\na": "|-\n\n  a",
    "  a\nb\n": "|2\n    a\n  b",
    "\n  a": "|2-\n\n    a",
    "\ta\n\n": "|2+\n  \ta\n",
    "a \n  b\t\n": "|\n  a \n    b\t",
    "12345678-9abc-4def-8012-3456789abcde": "12345678-9abc-4def-8012-3456789abcde",
    "1234567e-9999-4999-8999-999999999999": "1234567e-9999-4999-8999-999999999999",
    "2026-11-28T10:11:12Z": "'2026-11-28T10:11:12Z'",
    "2026-11-28-web": "2026-11-28-web",
    "0x1-2-3": "'0x1-2-3'",
    "10-20-30: x": "'10-20-30: x'",
    "a: |\n  b\n---\n# c": "|-\n  a: |\n    b\n  ---\n  # c",
}


@pytest.mark.parametrize(("text", "written"), TEXTS.items())
def test_how_a_text_is_written(text: str, written: str) -> None:
    assert dump({"key": text}) == f"key: {written}\n"


@pytest.mark.parametrize("loader", LOADERS)
def test_the_table_of_texts_is_true(loader: Any) -> None:
    text = "".join(f"key{number}: {written}\n" for number, written in enumerate(TEXTS.values()))
    assert list(pyyaml.load(text, loader).values()) == list(TEXTS)


@steady
@given(st.from_regex(r"\A[0-9][0-9a-fxXeEoTZ:._ +-]{1,40}\Z"))
def test_what_begins_as_numbers_and_times_do_reads_back(text: str) -> None:
    for loader in LOADERS:
        assert pyyaml.load(dump({"key": text, text: 1}), loader) == {"key": text, text: 1}


@pytest.mark.parametrize("key", ["<<", "y", "null", "=", "~", "0x10", "1_000", "12:30", "1e3", "2001-12-14", "---"])
def test_a_key_that_reads_as_something_else_is_quoted(key: str) -> None:
    assert dump({key: 1}) == f"'{key}': 1\n"


@pytest.mark.parametrize("length", [998, 999, 1000, 1001, 1022, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize("char", ["k", "é", "'"])
def test_keys_longer_than_readers_look_ahead(length: int, char: str) -> None:
    key = char * length
    body = {key: "v", "items": [{key: {"a": "x\ny\n"}, f"{key}2": [1, {key: []}], "last": {}}]}
    for loader in LOADERS:
        assert pyyaml.load(dump(body), loader) == body


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (2**64 - 1, "18446744073709551615"),
        (0.1, "0.1"),
        (1.0, "1.0"),
        (1e-7, "1.0e-07"),
        (1e21, "1.0e+21"),
        (-1.5e300, "-1.5e+300"),
        (Number("1e3"), "1.0e+3"),
        (Number("1E-7"), "1.0e-7"),
        (Number("1.50"), "1.50"),
        (Number("-2.5e+10"), "-2.5e+10"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
    ],
)
def test_how_a_number_or_a_constant_is_written(number: Any, written: str) -> None:
    text = dump({"key": number, "list": [number]})
    assert text == f"key: {written}\nlist:\n- {written}\n"
    expected = float(number.text) if isinstance(number, Number) else number
    for loader in LOADERS:
        assert pyyaml.load(text, loader) == {"key": expected, "list": [expected]}


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), Number("1\nb: 2"), Number("0x1")])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(OutputError):
        dump({"key": value})


def test_a_lone_surrogate_is_escaped() -> None:
    text = dump({"\ud800": "a\udfff\nb"})
    assert text == '"\\uD800": "a\\uDFFF\\nb"\n'
    assert pyyaml.load(text, pyyaml.SafeLoader) == {"\ud800": "a\udfff\nb"}


def test_the_order_and_shape_of_a_manifest() -> None:
    body = pyyaml.safe_load(DEPLOYMENT)
    scrambled = {key: body[key] for key in ("status", "kind", "spec", "metadata", "apiVersion")}
    scrambled["metadata"] = dict(reversed(body["metadata"].items()))
    assert dump(scrambled) == DEPLOYMENT


def test_sequences_in_sequences() -> None:
    assert dump({"a": [[1, [2, {"b": [3], "c": 4}]], [], [[]]]}) == (
        "a:\n- - 1\n  - - 2\n    - b:\n      - 3\n      c: 4\n- []\n- - []\n"
    )


def test_nothing_at_all() -> None:
    assert dump({}) == "{}\n"


def test_a_real_deployment() -> None:
    body = find(SMALL, "Deployment", "ssa-app")
    metadata = {field: value for field, value in body["metadata"].items() if field != "managedFields"}
    assert dump({"metadata": metadata, "spec": body["spec"], "kind": body["kind"]}) == REAL_DEPLOYMENT


@pytest.mark.parametrize("fixture", ["small", "cbor"])
def test_real_objects_read_back_equal(fixture: str) -> None:
    objects = truth(fixture)
    stream = "---\n".join(map(dump, objects))
    assert list(pyyaml.load_all(stream, pyyaml.CSafeLoader)) == objects


def test_awkward_real_texts_in_the_pure_python_reader() -> None:
    tricky = find(SMALL, "ConfigMap", "tricky")
    text = dump({"data": tricky["data"]})
    assert pyyaml.load(text, pyyaml.SafeLoader) == {"data": tricky["data"]}
    assert text.startswith("data:\n  k000: 'yes'\n  k001: 'no'\n  k002: 'on'\n  k003: 'off'\n  k004: 'y'\n")
    assert "\n  k126: 🎉\n" in text
    assert '\n  k139: "\\x1B[31mred\\x1B[0m"\n' in text
    assert "\n  k198: |\n    a: |\n      b\n      c: d\n  k199: x" in text
    assert text.endswith("\n  k234: '1:60'\n  k235: '::'\n  k236: '::1'\n  k237: fe80::1\n  k238: 10.0.0.1/8\n")


@pytest.mark.parametrize("loader", LOADERS)
@steady
@given(body=bodies)
def test_any_body_reads_back_equal(loader: Any, body: dict[str, Any]) -> None:
    back = pyyaml.load(dump(body), loader)
    assert back == body
    assert repr_types(back) == repr_types(body)


@steady
@given(st.lists(values, min_size=1, max_size=3))
def test_items_make_a_list(items: list[Any]) -> None:
    assert pyyaml.load("".join(map(dump_item, items)), pyyaml.CSafeLoader) == items


@steady
@given(hard_texts)
def test_documents_do_not_run_into_each_other(text: str) -> None:
    body = {"last": text}
    assert list(pyyaml.load_all(f"{dump(body)}---\n{dump(body)}", pyyaml.CSafeLoader)) == [body, body]


@steady
@given(bodies, st.integers(0, 3))
def test_a_shared_mapping_is_written_as_its_own_would_be(fields: dict[str, Any], depth: int) -> None:
    shared: Any = Shared(fields)
    twin: Any = dict(fields)
    for _ in range(depth):
        shared, twin = {"in": [shared, shared]}, {"in": [twin, twin]}
    for _ in range(2):
        assert dump({"a": shared, "b": [[shared]]}) == dump({"a": twin, "b": [[twin]]})


def test_a_shared_mapping_is_written_once() -> None:
    shared = Shared({"a": "b"})
    first = dump({"x": shared})
    shared.rendered = {depth: text.replace("b", "c") for depth, text in shared.rendered.items()}
    assert first == "x:\n  a: b\n"
    assert dump({"x": shared}) == "x:\n  a: c\n"


def test_deep_and_too_deep() -> None:
    body: dict[str, Any] = {}
    for _ in range(MAX_LEVELS - 1):
        body = {"a": [body]}
    assert dump(body).count("a:") == MAX_LEVELS - 1
    for _ in range(2):
        body = {"a": [body]}
    deep = dump(body)
    assert deep.count("\n") == 1
    assert json.loads(deep) == body


def repr_types(value: Any) -> Any:
    """``value`` with its leaves replaced by their types, as ``1 == True == 1.0`` to Python."""
    if isinstance(value, dict):
        return {key: repr_types(item) for key, item in value.items()}
    if isinstance(value, list):
        return [repr_types(item) for item in value]
    return type(value)

"""Backups in a real object store: read like files, fetched once, and what goes wrong said in one line and a hint."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_program import SMALL, Outcome, finish, run, start
from object_store import BUCKET, ObjectStore, Way
from packing import tar_gz
from test_sources_conformance import ARRIVALS

from snapinspect.analysis.find import snapshots_at
from snapinspect.cli.arriving import is_endpoint
from snapinspect.etcd import client
from snapinspect.model import silent
from snapinspect.snapshot import open_snapshot
from snapinspect.sources import open_source
from snapinspect.sources.cloud import cache, is_object, places

CONTENT = SMALL.read_bytes()
DENIED = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>No.</Message>{}</Error>'
"""An answer of S3 that says no, as Amazon words it."""


@pytest.fixture(autouse=True)
def environment(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's; nothing of who runs the tests is in it. The cache is its value."""
    for name in os.environ:
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(name)
    settings = object_store.environment() | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for name, value in (settings | {"AWS_EC2_METADATA_DISABLED": "true"}).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def small(object_store: ObjectStore) -> str:
    return object_store.put("etcd/small.db", CONTENT)


def refused(*args: str) -> str:
    """What is said of a call that fails, in one line and one hint."""
    outcome = run(*args)
    assert outcome.code in {1, 2}, outcome
    assert outcome.out == ""
    error, hint = outcome.err.strip().split("\n")
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    return outcome.err


def same(told: Outcome, expected: Outcome, spec: str) -> None:
    assert (told.code, told.out.replace(spec, str(SMALL))) == (expected.code, expected.out)


@pytest.mark.parametrize(
    "args",
    [
        ("ls",),
        ("get", "deploy/api", "-n", "infra-production"),
        ("info", "--detail"),
        ("verify",),
        ("history", "deploy/api", "-n", "infra-production"),
        ("deleted",),
        ("log",),
        ("stats",),
        ("deps", "deploy/api", "-n", "infra-production"),
        ("keys",),
        ("ls", "--salvage"),
        ("ls", "--carve"),
        ("sql", "SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY kind"),
    ],
    ids=" ".join,
)
def test_a_command_says_the_same_of_an_object_as_of_the_file(args: tuple[str, ...], small: str) -> None:
    command, *rest = args
    same(run(command, small, *rest), run(command, SMALL, *rest), small)


@pytest.mark.parametrize("arrival", ["RKE2's", "nested", "directory", "kops's", "OpenShift's", "RKE1's", "Gardener's"])
def test_each_form_of_backup_answers_alike(
    arrival: str, object_store: ObjectStore, tmp_path: Path, snapshot_file: object
) -> None:
    made = Path(ARRIVALS[arrival][0](tmp_path, CONTENT))
    files = [made] if made.is_file() else [file for file in made.rglob("*") if file.is_file()]
    prefix = f"forms/{arrival}"
    for file in files:
        object_store.put(f"{prefix}/{file.relative_to(made.parent)}", file.read_bytes())
    expected = open_source(str(SMALL), silent)
    with open_snapshot(f"s3://{BUCKET}/{prefix}/{made.name}{'/' if made.is_dir() else ''}") as snapshot:
        assert sorted(snapshot.store.values(bool)) == sorted(expected.store.values(bool))
        assert snapshot.store.facts() == expected.store.facts()
    expected.close()


def test_a_member_of_an_archive_is_named_as_in_a_file(object_store: ObjectStore) -> None:
    packed = object_store.put("etcd/two.tar.gz", tar_gz({"a.db": CONTENT, "b.db": CONTENT}))
    assert "holds 2 snapshots" in refused("ls", packed)
    same(run("ls", f"{packed}!b.db"), run("ls", SMALL), packed)


def test_it_is_fetched_once_and_only_its_owner_can_read_it(way: Way, small: str, environment: Path) -> None:
    assert run("ls", small).code == 0
    (kept,) = cache.kept()
    files = {path: stat.S_IMODE(path.stat().st_mode) for path in (environment / "snapinspect").rglob("*")}
    assert {mode for path, mode in files.items() if path.is_dir()} == {0o700}
    (held,) = (path for path in files if path.suffix == ".db")
    assert (held.read_bytes(), files[held]) == (CONTENT, 0o600)
    way.cut = 10
    assert run("ls", small).code == 0, "nothing is fetched that is there"
    listed = json.loads(run("cache", "list", "-o", "json").out)
    assert [(each["url"], each["size"], each["whole"]) for each in listed] == [(small, len(CONTENT), True)]
    assert run("cache", "clear").err == "removed 1 object\n"
    assert cache.kept() == []
    assert kept.size == len(CONTENT)


def test_a_connection_that_breaks_again_and_again_is_resumed(way: Way, small: str) -> None:
    way.cut = len(CONTENT) // 3 + 1
    same(run("ls", small), run("ls", SMALL), small)
    ranges = [request for request in way.requests if "bytes=" in request]
    assert ranges, "what came already is not asked for again"


def test_what_came_before_it_broke_for_good_is_gone_on_with(way: Way, small: str, environment: Path) -> None:
    halves = [len(CONTENT) // 2]

    def break_for_good(_method: str) -> None:
        way.cut = halves.pop() if halves else 0

    way.between = break_for_good
    assert "breaks off" in refused("ls", small)
    (part,) = environment.rglob("*.part")
    come = part.stat().st_size
    assert len(CONTENT) // 4 < come <= len(CONTENT) // 2
    assert "half fetched" in run("cache", "list").out
    way.between, way.cut, way.requests[:] = lambda _method: None, None, []
    same(run("ls", small), run("ls", SMALL), small)
    assert any(f"bytes={come}-" in request for request in way.requests)


def test_an_object_that_is_replaced_half_way_is_begun_anew(
    way: Way, object_store: ObjectStore, snapshot_file: object
) -> None:
    url = object_store.put("etcd/replaced.db", CONTENT)
    newer = CONTENT[:-32]
    way.cut = len(CONTENT) // 2

    def replace(_method: str) -> None:
        if len(way.requests) == 2:
            object_store.put("etcd/replaced.db", newer)
            way.cut = None

    way.between = replace
    outcome = run("info", url)
    assert outcome.code == 0, outcome
    assert "absent" in outcome.out, "what is told is of the newer one alone"
    assert [kept.size for kept in cache.kept() if kept.whole] == [len(newer)]


def test_one_that_is_replaced_all_the_time_is_refused(way: Way, object_store: ObjectStore) -> None:
    url = object_store.put("etcd/unsettled.db", CONTENT)
    way.cut = len(CONTENT) // 2
    sizes = iter(range(len(CONTENT)))
    way.between = lambda _method: object_store.put("etcd/unsettled.db", CONTENT + bytes(next(sizes))) and None
    assert "replaced while it was fetched" in refused("ls", url)


@pytest.mark.parametrize(
    ("code", "status", "rest", "said"),
    [
        ("ExpiredToken", 400, "", ("expired", "aws sso login")),
        ("AccessDenied", 403, "", ("denied", "s3:GetObject")),
        ("InvalidAccessKeyId", 403, "", ("not accepted", "get-caller-identity")),
        ("RequestTimeTooSkewed", 403, "", ("clock", "timedatectl")),
        ("PermanentRedirect", 301, "", ("another region", "export AWS_REGION=")),
        (
            "AuthorizationHeaderMalformed",
            400,
            "<Region>eu-west-1</Region>",
            ("another region", "AWS_REGION=eu-west-1`"),
        ),
    ],
)
def test_what_a_store_answers_is_said(
    code: str, status: int, rest: str, said: tuple[str, str], way: Way, small: str
) -> None:
    body = DENIED.format(code, rest).encode()
    way.answer = (status, {"Content-Length": str(len(body)), "Content-Type": "application/xml"}, body)
    told = refused("ls", small)
    assert all(part in told for part in said)
    assert small in told


def test_what_the_real_server_refuses_is_said(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no such object" in refused("ls", f"s3://{BUCKET}/etcd/none.db")
    assert "there is no bucket nowhere" in refused("ls", "s3://nowhere/etcd/none.db")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "NONE")
    assert "access is denied" in refused("ls", small)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert "credentials are not accepted" in refused("ls", small)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "no credentials for S3" in refused("ls", small)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "no AWS profile nobody" in refused("ls", small)
    assert "names no bucket" in refused("ls", "s3:///x")


@pytest.mark.parametrize(("named", "said"), [("/dev/zero", "no file of certificates"), ("nosuch.pem", "No such file")])
def test_a_bundle_of_certificates_is_read_up_to_a_bound(
    named: str, said: str, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", named)
    assert said in refused("ls", small)


def test_nobody_there_is_said(small: str) -> None:
    assert "cannot be reached" in refused("ls", small, "--endpoint-url", "http://127.0.0.1:9")


def test_credentials_region_and_endpoint_come_from_the_profile(
    small: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in object_store.environment():
        monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(
        f"[profile backups]\nregion = us-east-1\nendpoint_url = {object_store.endpoint}\n"
    )
    (tmp_path / ".aws/credentials").write_text("[backups]\naws_access_key_id = AK\naws_secret_access_key = SK\n")
    monkeypatch.setenv("AWS_PROFILE", "backups")
    same(run("ls", small), run("ls", SMALL), small)
    (tmp_path / ".aws/credentials").write_text("[backups]\nsso_session = x\n")
    assert "export-credentials --profile backups" in refused("ls", small)


def test_the_option_names_the_endpoint(small: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    same(run("ls", small, "--endpoint-url", object_store.endpoint), run("ls", SMALL), small)


def test_a_web_servers_file_is_read_and_its_password_is_never_shown(object_store: ObjectStore, small: str) -> None:
    url = object_store.url("etcd/small.db")
    same(run("info", url), run("info", SMALL), url)
    secret = url.replace("http://", "http://user:pass-word@") + "?signature=sig-nature"
    told = run("info", secret).out + run("cache", "list").out + refused("ls", secret.replace("small", "none"))
    assert url in told
    assert "pass-word" not in told
    assert "sig-nature" not in told


def test_an_endpoint_of_etcd_is_told_from_a_web_servers_file() -> None:
    etcd = [
        "https://10.0.0.1:2379",
        "http://host:2379/",
        "https://a:2379,https://b:2379",
        "unix:/run/etcd.sock",
        "etcd:",
    ]
    files = ["https://host/snapshot.db", "https://host:8443/a/b?X-Amz-Signature=1", "http://u:p@host/x", "s3://b/k"]
    assert [(is_endpoint(each), client.is_endpoint(each), is_object(each)) for each in etcd] == [
        (True, True, False)
    ] * 5
    assert [(is_endpoint(each), client.is_endpoint(each), is_object(each)) for each in files] == [
        (False, False, True)
    ] * 4


def test_patterns_and_prefixes_stand_for_snapshots(object_store: ObjectStore, snapshot_file: object) -> None:
    for key, content in {"a.db": CONTENT, "b.db": CONTENT, "deep/c.db": CONTENT, "README": b"text\n"}.items():
        object_store.put(f"nights/{key}", content)
    prefix = f"s3://{BUCKET}/nights/"

    def looked_into(spec: str) -> list[str]:
        return [path.removeprefix(prefix) for path in snapshots_at([spec]).paths]

    found = json.loads(run("find", "deploy/api", prefix, "-o", "json").out)
    assert [each["path"].removeprefix(prefix) for each in found] == ["a.db", "b.db"]
    assert looked_into(prefix) == ["a.db", "b.db"]
    assert looked_into(f"{prefix}[a-b]*") == ["a.db", "b.db"]
    assert looked_into(f"{prefix}**/*.db") == ["a.db", "b.db", "deep/c.db"]
    assert "is no single backup" in refused("ls", prefix)
    assert "no snapshot is found" in refused("find", "deploy/api", f"{prefix}*.none")


def test_a_bucket_of_ten_thousand_keys_is_listed_page_by_page(object_store: ObjectStore, way: Way) -> None:
    keys = [f"many/{number:05}" for number in range(10_000)]
    object_store.put_empty(keys)
    found = places.meant(f"s3://{BUCKET}/many/")
    assert found is not None
    assert [each.address.key for each in found] == keys
    assert len(way.requests) == 10


def test_the_cache_has_a_bound_and_what_was_not_used_for_longest_goes(
    object_store: ObjectStore, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = object_store.put("etcd/other.db", CONTENT[:-32])
    monkeypatch.setenv("SNAPINSPECT_CACHE_SIZE", str(2 * len(CONTENT)))
    for url in (small, other):
        assert run("ls", url, "deploy").code == 0
    for number, each in enumerate(cache.kept()):
        os.utime(each.path, (number, number))
    run("ls", small, "deploy")
    third = object_store.put("etcd/third.db", CONTENT + bytes(32))
    with open_snapshot(small):
        run("ls", third, "deploy")
        assert {each.url for each in cache.kept()} == {small, third}
        assert run("cache", "clear").err == "removed 1 object; 1 are in use and stay\n"
    monkeypatch.setenv("SNAPINSPECT_CACHE_SIZE", "1M")
    assert "SNAPINSPECT_CACHE_SIZE=" in refused("ls", other)


def test_two_programs_fetch_an_object_once(way: Way, small: str, environment: Path) -> None:
    programs = [start("ls", small, "deploy") for _ in range(2)]
    outcomes = [finish(program) for program in programs]
    assert {outcome.code for outcome in outcomes} == {0}
    assert len({outcome.out for outcome in outcomes}) == 1
    assert len(cache.kept()) == 1


def test_nothing_is_written_to_the_bucket(way: Way, small: str, object_store: ObjectStore) -> None:
    before = object_store.keys()
    for args in (
        ("ls", small),
        ("find", "deploy/api", f"s3://{BUCKET}/etcd/*.db"),
        ("sql", small, "SELECT 1 FROM objects"),
    ):
        run(*args)
    assert {request.split()[0] for request in way.requests} <= {"GET", "HEAD"}
    assert object_store.keys() == before


def test_without_the_package_it_is_named(small: str) -> None:
    program = (
        "import sys; sys.modules['obstore'] = None\n"
        "from snapinspect.__main__ import main\n"
        f"sys.argv = ['snapinspect', 'ls', {small!r}]\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 2)
    assert "pip install obstore" in done.stderr

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.kube import schema
from snapinspect.kube.kinds import Kind, KindTable

if TYPE_CHECKING:
    from snapinspect.model import Body

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress((FIXTURES / name).read_bytes()).splitlines()]


NEVER_SERVED_ALONE = {
    ("", "EphemeralContainers"),
    ("", "PodStatusResult"),
    ("apidiscovery.k8s.io", "APIGroupDiscovery"),
    ("apps", "Scale"),
    ("authentication.k8s.io", "TokenRequest"),
    ("authorization.openshift.io", "LocalResourceAccessReview"),
    ("authorization.openshift.io", "LocalSubjectAccessReview"),
    ("authorization.openshift.io", "ResourceAccessReview"),
    ("authorization.openshift.io", "SelfSubjectRulesReview"),
    ("authorization.openshift.io", "SubjectAccessReview"),
    ("authorization.openshift.io", "SubjectRulesReview"),
    ("autoscaling", "Scale"),
    ("batch", "JobTemplate"),
    ("build.openshift.io", "BinaryBuildRequestOptions"),
    ("build.openshift.io", "BuildRequest"),
    ("extensions", "Scale"),
    ("image.openshift.io", "ImageSignature"),
    ("image.openshift.io", "ImageStreamImport"),
    ("image.openshift.io", "ImageStreamLayers"),
    ("image.openshift.io", "ImageStreamMapping"),
    ("meta.k8s.io", "PartialObjectMetadata"),
    ("oauth.openshift.io", "OAuthRedirectReference"),
    ("policy", "Eviction"),
    ("project.openshift.io", "ProjectRequest"),
    ("security.openshift.io", "PodSecurityPolicyReview"),
    ("security.openshift.io", "PodSecurityPolicySelfSubjectReview"),
    ("security.openshift.io", "PodSecurityPolicySubjectReview"),
}


def crd(group: str, kind: str, plural: str, **names: object) -> Body:
    return {
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, **names},
            "versions": [{"name": "v1alpha1", "storage": False}, {"name": "v1", "storage": True}],
        },
    }


def meant(table: KindTable, word: str) -> list[str]:
    return [f"{kind.kind}.{kind.group}" for kind in table.resolve(word)]


@pytest.fixture(scope="module")
def table() -> KindTable:
    return KindTable.builtin()


def test_every_kind_of_the_schemas_is_known_with_its_versions(table: KindTable) -> None:
    known = {(kind.group, kind.kind): kind for kind in table}
    unknown = set()
    for api_version, kind, _ in schema.kinds():
        group, _, version = api_version.rpartition("/")
        if (group, kind) in known:
            assert version in known[group, kind].versions, (api_version, kind)
        else:
            unknown.add((group, kind))
    assert unknown == NEVER_SERVED_ALONE


def test_rows_make_sense(table: KindTable) -> None:
    kinds = list(table)
    assert len({(kind.group, kind.kind) for kind in kinds}) == len(kinds) > 200
    for kind in kinds:
        assert kind.singular == kind.kind.lower(), kind
        assert kind.plural == kind.plural.lower()
        assert kind.versions, kind
        assert not any(path.startswith("/") or path.endswith("/") for path in kind.paths), kind


def test_kinds_that_export_into_one_directory_share_their_keys(table: KindTable) -> None:
    """Otherwise two objects could want the same file."""
    by_directory: dict[str, list[Kind]] = {}
    for kind in table:
        if kind.paths:
            by_directory.setdefault(kind.directory, []).append(kind)
    assert len(by_directory["deployments"]) == 2
    for kinds in by_directory.values():
        for one, other in pairwise(kinds):
            assert set(one.paths) & set(other.paths), (one, other)


@pytest.mark.parametrize("name", ["small", "history.rev1500", "cbor"])
def test_every_real_object_is_of_a_known_kind(name: str) -> None:
    truth = lines_of(f"{name}.truth.jsonl.gz")
    crds = [entry["object"] for entry in truth if entry["kind"] == "CustomResourceDefinition"]
    table = KindTable.builtin().with_custom(crds)
    for entry in truth:
        stored = entry.get("storedApiVersion") or entry["apiVersion"]
        kind = table.for_object(stored.rpartition("/")[0], entry["kind"])
        assert kind in set(table), entry["key"]
        assert stored.rpartition("/")[2] in kind.versions, entry["key"]
        assert kind.namespaced == bool(entry["namespace"]), entry["key"]
        assert any(f"/{path}/" in entry["key"] for path in kind.paths), entry["key"]


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("deploy", ["Deployment.apps", "Deployment.extensions"]),
        ("Deployment", ["Deployment.apps", "Deployment.extensions"]),
        ("DEPLOYMENTS", ["Deployment.apps", "Deployment.extensions"]),
        ("deployments.apps", ["Deployment.apps"]),
        ("deploy.apps", ["Deployment.apps"]),
        ("deployments.v1.apps", ["Deployment.apps"]),
        ("Deployment.v1beta2.apps", ["Deployment.apps"]),
        ("Deployment.v1beta1.extensions", ["Deployment.extensions"]),
        ("pods.v1.", ["Pod."]),
        ("pods.v1", ["Pod."]),
        ("ingress.networking", ["Ingress.networking.k8s.io"]),
        ("ev", ["Event.", "Event.events.k8s.io"]),
        ("no", ["Node."]),
        ("nodes.config.openshift.io", ["Node.config.openshift.io"]),
        ("psp", ["PodSecurityPolicy.policy", "PodSecurityPolicy.extensions"]),
        ("dc", ["DeploymentConfig.apps.openshift.io", "DeploymentConfig."]),
        ("secrets.apps", []),
        ("deployments.v1", []),
        ("widget", []),
        ("", []),
        (".", []),
    ],
)
def test_a_word_means_kinds_as_with_kubectl(table: KindTable, word: str, kinds: list[str]) -> None:
    assert meant(table, word) == kinds


def test_the_category_all_is_kubectls(table: KindTable) -> None:
    workloads = {kind.plural for kind in table.resolve("all") if kind.builtin}
    assert workloads == {
        "pods",
        "replicationcontrollers",
        "services",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "cronjobs",
        "jobs",
        "horizontalpodautoscalers",
    }


@pytest.mark.parametrize(
    ("group", "kind", "plural"),
    [
        ("acme.io", "Widget", "widgets"),
        ("acme.io", "Gateway", "gatewaies"),
        ("acme.io", "Redis", "redises"),
        ("acme.io", "MyEndpoints", "myendpoints"),
    ],
)
def test_an_unknown_kind_is_made_up(table: KindTable, group: str, kind: str, plural: str) -> None:
    made_up = table.for_object(group, kind)
    assert (made_up.plural, made_up.directory, made_up.builtin) == (plural, f"{plural}.{group}", False)


def test_custom_resources_are_known_by_all_their_names(table: KindTable) -> None:
    custom = table.with_custom(
        [crd("cert-manager.io", "Certificate", "certificates", singular="cert", shortNames=["crt"], categories=["tls"])]
    )
    for word in (
        "certificate",
        "Certificates",
        "CERT",
        "crt",
        "crt.cert-manager.io",
        "certificates.v1.cert-manager.io",
    ):
        assert meant(custom, word) == ["Certificate.cert-manager.io"], word
    (kind,) = custom.resolve("tls")
    assert kind.directory == "certificates.cert-manager.io"
    assert kind.paths == ("cert-manager.io/certificates",)
    assert kind.api_version == "cert-manager.io/v1"
    assert not table.resolve("crt"), "the table it was made from stays as it was"


def test_a_v1beta1_crd_may_name_its_version_alone(table: KindTable) -> None:
    body = {
        "spec": {"group": "a.io", "version": "v3", "scope": "Cluster", "names": {"kind": "Thing", "plural": "things"}}
    }
    (kind,) = table.with_custom([body]).resolve("things")
    assert (kind.api_version, kind.namespaced, kind.singular) == ("a.io/v3", False, "thing")


def test_a_bare_word_prefers_what_kubernetes_serves(table: KindTable) -> None:
    custom = table.with_custom([crd("serving.knative.dev", "Service", "services", shortNames=["svc", "ksvc"])])
    assert meant(custom, "services") == meant(custom, "svc") == ["Service."]
    assert [kind.group for kind in custom.others("svc")] == ["serving.knative.dev"]
    assert meant(custom, "services.serving.knative.dev") == meant(custom, "ksvc") == ["Service.serving.knative.dev"]
    assert custom.others("ksvc") == table.others("svc") == ()


def test_kinds_that_may_not_be_served_do_not_hide_custom_resources(table: KindTable) -> None:
    custom = table.with_custom(
        [crd("kueue.x-k8s.io", "Workload", "workloads"), crd("serving.knative.dev", "Route", "routes")]
    )
    assert "Workload.kueue.x-k8s.io" in meant(custom, "workloads")
    assert "Route.serving.knative.dev" in meant(custom, "routes")


def test_on_openshift_a_bare_word_prefers_its_api_servers(table: KindTable) -> None:
    custom = table.with_custom(
        [crd("config.openshift.io", "Image", "images"), crd("serving.knative.dev", "Route", "routes")]
    )
    assert meant(custom, "routes") == ["Route.route.openshift.io", "Route."]
    assert [kind.group for kind in custom.others("images")] == ["config.openshift.io"]


def test_a_crd_cannot_redefine_what_kubernetes_serves(table: KindTable) -> None:
    custom = table.with_custom([crd("apps", "Deployment", "evil", shortNames=["secrets"])])
    kind = custom.for_object("apps", "Deployment")
    assert (kind.plural, kind.builtin) == ("deployments", True)
    assert not custom.resolve("evil")
    assert meant(custom, "secrets") == ["Secret."]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["spec", "group", "names", "kind", "plural", "shortNames", "versions", "name", "storage"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_a_malformed_crd_adds_nothing(spec: object) -> None:
    table = KindTable.builtin()
    assert set(table.with_custom([{"spec": spec}, {}])) == set(table)


@pytest.mark.parametrize("field", ["group", "kind", "plural"])
@pytest.mark.parametrize("value", ["../../etc", "a/b", "", "x" * 300, "new\nline", None, 7])
def test_a_crd_with_impossible_names_adds_nothing(table: KindTable, field: str, value: object) -> None:
    body = crd("acme.io", "Widget", "widgets")
    (body["spec"] if field == "group" else body["spec"]["names"])[field] = value
    assert set(table.with_custom([body])) == set(table)


def test_a_typo_is_met_with_suggestions(table: KindTable) -> None:
    assert "deployments" in table.suggest("Deploymnts")
    assert "statefulset" in table.suggest("statefullset")
    assert table.suggest("xyzzy-quux") == []

"""The schemas: the compiled set, what it says of messages and kinds, and the tools that keep it."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FieldDescriptor

from snapinspect.errors import Undecodable
from snapinspect.kube import schema

ROOT = Path(__file__).resolve().parents[2]
META = "k8s.io.apimachinery.pkg.apis.meta.v1"
SPECIAL_FORMS = {
    f"{META}.Time": "time",
    f"{META}.MicroTime": "micro_time",
    f"{META}.Duration": "duration",
    f"{META}.FieldsV1": "json",
    f"{META}.Fields": "fields",
    f"{META}.Verbs": "items",
    "k8s.io.apimachinery.pkg.api.resource.Quantity": "quantity",
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "int_or_string",
    "k8s.io.apimachinery.pkg.runtime.RawExtension": "raw_extension",
    "k8s.io.api.authorization.v1.ExtraValue": "items",
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON": "json",
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "schema_or_list",
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1beta1.JSONSchemaPropsOrBool": "schema_or_bool",
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "schema_or_strings",
    "github.com.openshift.api.apps.v1.DeploymentTriggerPolicies": "items",
    "github.com.openshift.api.build.v1.OptionalNodeSelector": "items",
    "k8s.io.api.core.v1.DownwardAPIProjection": "",
    "k8s.io.api.core.v1.Pod": "",
}


def script(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "protos" / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def field(message: str, name: str) -> schema.Field:
    return next(found for found in schema.message(message).fields if found.name == name)


def reachable() -> dict[str, schema.Message]:
    """Every message that an object of any kind can hold; a reference to nothing raises."""
    seen: dict[str, schema.Message] = {}
    waiting = [message for _, _, message in schema.kinds()]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = schema.message(name)
            waiting += [found.message for found in seen[name].fields if found.message]
    return seen


class TestMessages:
    def test_every_reference_resolves(self) -> None:
        assert len(reachable()) > 1500

    def test_agrees_with_protobufs_own_reading(self) -> None:
        raw = (ROOT / "snapinspect/kube/schemas.binpb").read_bytes()
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(descriptor_pb2.DESCRIPTOR.serialized_pb)
        waiting = {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(raw).file}

        def add(name: str) -> None:
            if file := waiting.pop(name, None):
                for dependency in file.dependency:
                    add(dependency)
                pool.AddSerializedFile(file.SerializeToString())

        for name in list(waiting):
            add(name)
        for name, message in reachable().items():
            oracle = pool.FindMessageTypeByName(name)
            assert [(f.number, f.name, f.label == "optional") for f in message.fields] == [
                (f.number, f.name, not f.is_repeated) for f in oracle.fields
            ]
            for found in message.fields:
                theirs = oracle.fields_by_number[found.number]
                if found.label == "map" and theirs.message_type:
                    theirs = theirs.message_type.fields_by_name["value"]
                assert (theirs.message_type.full_name if theirs.message_type else None) == found.message
                assert getattr(FieldDescriptor, f"TYPE_{(found.value_type or found.type).upper()}") == theirs.type

    def test_no_two_fields_share_a_name_in_json(self) -> None:
        def names(message: schema.Message) -> list[str]:
            inlined = [
                name
                for found in message.fields
                if found.inline and found.message
                for name in names(schema.message(found.message))
            ]
            return inlined + [found.json for found in message.fields if found.json]

        for message in reachable().values():
            if not message.form:
                assert len(names(message)) == len(set(names(message))), message.name

    @pytest.mark.parametrize(("name", "form"), SPECIAL_FORMS.items())
    def test_forms(self, name: str, form: str) -> None:
        assert schema.message(name).form == form

    def test_inlined_fields_have_no_name(self) -> None:
        source = field("k8s.io.api.core.v1.Volume", "volumeSource")
        assert (source.inline, source.json) == (True, "")

    def test_hidden_fields_have_no_name(self) -> None:
        raw = field("k8s.io.apimachinery.pkg.runtime.RawExtension", "raw")
        assert (raw.inline, raw.json) == (False, "")

    def test_map_fields(self) -> None:
        data = field("k8s.io.api.core.v1.Secret", "data")
        assert (data.label, data.value_type, data.message) == ("map", "bytes", None)
        limits = field("k8s.io.api.core.v1.ResourceRequirements", "limits")
        assert (limits.label, limits.type, limits.value_type) == ("map", "message", "message")
        assert limits.message == "k8s.io.apimachinery.pkg.api.resource.Quantity"

    @pytest.mark.parametrize(
        ("message", "name", "kept"),
        [
            ("k8s.io.api.apps.v1.DeploymentSpec", "replicas", True),  # a pointer
            ("k8s.io.api.apps.v1.DeploymentSpec", "minReadySeconds", False),  # omitempty
            ("k8s.io.api.core.v1.ContainerStatus", "restartCount", True),  # always written
            ("k8s.io.api.core.v1.Pod", "status", True),  # a message
            (f"{META}.ObjectMeta", "creationTimestamp", False),  # omitzero
        ],
    )
    def test_zero_values(self, message: str, name: str, kept: bool) -> None:
        assert field(message, name).keep_zero is kept

    def test_absent_fields_that_json_writes_as_null(self) -> None:
        assert field("k8s.io.api.discovery.v1.EndpointSlice", "ports").nullable
        assert not field("k8s.io.api.core.v1.PodSpec", "volumes").nullable

    def test_json_names_that_protobuf_cannot_guess(self) -> None:
        package = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1"
        assert field(f"{package}.JSONSchemaProps", "xKubernetesListType").json == "x-kubernetes-list-type"
        assert field("k8s.io.api.admissionregistration.v1.MutatingWebhookConfiguration", "Webhooks").json == "webhooks"

    @pytest.mark.parametrize("name", ["", "Pod", "k8s.io.api.core.v1.Nothing", "no.such.package.Pod"])
    def test_unknown_message(self, name: str) -> None:
        with pytest.raises(schema.UnknownMessage) as caught:
            schema.message(name)
        assert isinstance(caught.value, Undecodable)


class TestKinds:
    @pytest.mark.parametrize(
        ("api_version", "kind", "message"),
        [
            ("v1", "Pod", "k8s.io.api.core.v1.Pod"),
            ("v1", "Event", "k8s.io.api.core.v1.Event"),
            ("events.k8s.io/v1", "Event", "k8s.io.api.events.v1.Event"),
            ("v1", "List", "k8s.io.api.core.v1.List"),
            ("v1", "Status", f"{META}.Status"),
            ("v1", "PodTemplate", "k8s.io.api.core.v1.PodTemplate"),
            ("apps/v1", "Deployment", "k8s.io.api.apps.v1.Deployment"),
            ("extensions/v1beta1", "Deployment", "k8s.io.api.extensions.v1beta1.Deployment"),
            ("policy/v1", "PodDisruptionBudget", "k8s.io.api.policy.v1.PodDisruptionBudget"),
            ("batch/v2alpha1", "CronJob", "k8s.io.api.batch.v2alpha1.CronJob"),
            ("rbac.authorization.k8s.io/v1", "Role", "k8s.io.api.rbac.v1.Role"),
            ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "k8s.io.api.flowcontrol.v1.FlowSchema"),
            (
                "apiregistration.k8s.io/v1",
                "APIService",
                "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService",
            ),
            ("route.openshift.io/v1", "Route", "github.com.openshift.api.route.v1.Route"),
            ("v1", "Route", "github.com.openshift.api.route.v1.Route"),
            ("v1", "DeploymentConfig", "github.com.openshift.api.apps.v1.DeploymentConfig"),
            ("v1", "ClusterNetwork", "github.com.openshift.api.network.v1.ClusterNetwork"),
            ("v1", "PodTemplateSpec", None),
            ("v1", "PodSpec", None),
            ("v1", "Nothing", None),
            ("apps/v1", "Route", None),
            ("example.com/v1", "Pod", None),
            ("", "", None),
        ],
    )
    def test_message_for(self, api_version: str, kind: str, message: str | None) -> None:
        assert schema.message_for(api_version, kind) == message

    def test_every_kind_finds_its_own_message(self) -> None:
        found = list(schema.kinds())
        assert len(found) == len({(api_version, kind) for api_version, kind, _ in found})
        for api_version, kind, message in found:
            assert schema.message_for(api_version, kind) == message
            assert any(
                f.name == "metadata" and f.message == f"{META}.ObjectMeta" for f in schema.message(message).fields
            )

    def test_lists_and_embedded_messages_are_no_objects(self) -> None:
        kinds = {kind for _, kind, _ in schema.kinds()}
        assert {"Pod", "ResourceClaimTemplate", "ImageStream"} <= kinds
        assert not {"PodList", "List", "PodTemplateSpec", "PersistentVolumeClaimTemplate", "Status"} & kinds

    def test_legacy_kinds_are_unambiguous(self) -> None:
        served = [kind for api_version, kind, _ in schema.kinds() if api_version.endswith(".openshift.io/v1")]
        legacy = [kind for kind in served if (schema.message_for("v1", kind) or "").startswith("github.com.openshift.")]
        assert len(legacy) == len(set(legacy)) > 40

    def test_a_real_cluster_stores_nothing_else(self) -> None:
        with gzip.open(ROOT / "fixtures/k8s-1.36/small.truth.jsonl.gz", "rt", encoding="utf-8") as lines:
            stored = {(entry["apiVersion"], entry["kind"]) for entry in map(json.loads, lines)}
        unknown = {kind for api_version, kind in stored if schema.message_for(api_version, kind) is None}
        assert unknown == {"Widget", "ClusterThing", "Certificate"}  # custom resources
        assert len(stored) > 60


class TestCompile:
    def test_the_package_agrees_with_protos(self) -> None:
        result = script("compile.py", "--check")
        assert (result.returncode, result.stderr) == (0, "")

    def test_a_difference_is_found(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "protos", tmp_path / "protos")
        changed = tmp_path / "protos/kubernetes/api/policy/v1.proto"
        changed.write_text(changed.read_text("utf-8").replace("keep_zero) = true", "keep_zero) = false", 1), "utf-8")
        result = script("compile.py", "--check", "--protos", tmp_path / "protos")
        assert result.returncode == 1
        assert "kube/schemas.binpb disagrees" in result.stderr
        assert "etcd/schemas.binpb" not in result.stderr


PROTO = """syntax = "proto2";
package k8s.io.api.zoo.v1;

// Animal has a life of its own.
message Animal {{
  // Its name; not more.
  optional .k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta metadata = 1;

{fields}}}

message Legs {{
  repeated string items = 1;
}}

message Paws {{
  optional string size = 2;
}}
"""
META_PROTO = """syntax = "proto2";
package k8s.io.apimachinery.pkg.apis.meta.v1;
message ObjectMeta {
  optional string name = 1;
}
"""
META_GO = """package v1

const GroupName = "meta.k8s.io"

type ObjectMeta struct {
	Name string `json:"name,omitempty" protobuf:"bytes,1,opt,name=name"`
}
"""
GO = """package v1

const GroupName = "zoo.k8s.io"

type Legs []string

type Paws struct {{
	Size string `json:"size,omitempty" protobuf:"bytes,2,opt,name=size"`
}}

type Animal struct {{
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"`
	// Shown as `json:"never"`.
{fields}}}
"""
COUNT = ("optional int32 count = 2;", 'Count *int32 `json:"count,omitempty" protobuf:"varint,2,opt,name=count"`')
COUNT_AS_TEXT = ("optional string count = 2;", 'Count string `json:"count" protobuf:"bytes,2,opt,name=count"`')
LEGS = ("optional Legs legs = 3;", 'Legs Legs `json:"theLegs" protobuf:"bytes,3,opt,name=legs"`')
LEGS_AS_PAWS = ("optional Paws legs = 3;", LEGS[1].replace("Legs Legs", "Legs Paws"))
TAIL = ("optional bool tail = 4;", 'Tail bool `json:"tail,omitempty" protobuf:"varint,4,opt,name=tail"`')
FUR = ("map<string, bytes> fur = 5;", 'Fur map[string][]byte `json:"fur,omitempty" protobuf:"bytes,5,rep,name=fur"`')


class TestUpdate:
    """A made-up API of one kind, as it might grow from release to release."""

    @pytest.fixture
    def protos(self, tmp_path: Path) -> Path:
        protos = tmp_path / "protos"
        shutil.copytree(ROOT / "protos/snapinspect", protos / "snapinspect")
        (protos / "kubernetes").mkdir()
        (protos / "kubernetes/RELEASE").write_text("1.37\n")
        return protos

    def take(self, protos: Path, release: str, *fields: tuple[str, str]) -> subprocess.CompletedProcess[str]:
        upstream = protos.parent / f"upstream-{release}" / "staging/src/k8s.io"
        zoo, meta = upstream / "api/zoo/v1", upstream / "apimachinery/pkg/apis/meta/v1"
        zoo.mkdir(parents=True)
        meta.mkdir(parents=True)
        (zoo / "generated.proto").write_text(PROTO.format(fields="".join(f"  {proto}\n" for proto, _ in fields)))
        (zoo / "types.go").write_text(GO.format(fields="".join(f"\t{go}\n" for _, go in fields)))
        (meta / "generated.proto").write_text(META_PROTO)
        (meta / "types.go").write_text(META_GO)
        return script("update.py", "--protos", protos, "--release", release, protos.parent / f"upstream-{release}")

    def animal(self, protos: Path) -> str:
        return (protos / "kubernetes/api/zoo/v1.proto").read_text("utf-8")

    def test_new_package(self, protos: Path) -> None:
        result = self.take(protos, "1.38", COUNT, LEGS, TAIL)
        assert result.returncode == 0, result.stdout + result.stderr
        text = self.animal(protos)
        assert 'option (snapinspect.group) = "zoo.k8s.io";' in text
        assert 'option (snapinspect.package_since) = "1.38";' in text
        assert "optional int32 count = 2 [(snapinspect.keep_zero) = true];" in text
        assert 'optional Legs legs = 3 [json_name = "theLegs", (snapinspect.nullable) = true];' in text
        assert "optional bool tail = 4;" in text
        assert "embedded" not in text
        assert "option (snapinspect.form) = ITEMS;" in text

    def test_new_and_vanished_field(self, protos: Path) -> None:
        self.take(protos, "1.38", COUNT, TAIL)
        result = self.take(protos, "1.39", COUNT, FUR)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "kubernetes added: field k8s.io.api.zoo.v1.Animal.fur = 5" in result.stdout
        assert "kubernetes vanished: field k8s.io.api.zoo.v1.Animal.tail = 4" in result.stdout
        text = self.animal(protos)
        assert 'optional bool tail = 4 [(snapinspect.until) = "1.38"];' in text
        assert 'map<string, bytes> fur = 5 [(snapinspect.since) = "1.39"];' in text
        assert (protos / "kubernetes/RELEASE").read_text() == "1.39\n"

    def test_a_field_that_returns(self, protos: Path) -> None:
        self.take(protos, "1.38", COUNT, TAIL)
        before = self.animal(protos)
        self.take(protos, "1.39", COUNT)
        result = self.take(protos, "1.40", COUNT, TAIL)
        assert "kubernetes returned: field k8s.io.api.zoo.v1.Animal.tail = 4" in result.stdout
        assert self.animal(protos) == before

    def test_a_message_that_takes_anothers_place_keeps_its_fields(self, protos: Path) -> None:
        self.take(protos, "1.38", COUNT, LEGS)
        result = self.take(protos, "1.39", COUNT, LEGS_AS_PAWS)
        assert result.returncode == 0, result.stdout + result.stderr
        assert (
            "kubernetes added: field k8s.io.api.zoo.v1.Paws.items = 1, which only older releases have" in result.stdout
        )
        text = self.animal(protos)
        assert "optional Paws legs = 3" in text
        assert 'repeated string items = 1 [(snapinspect.until) = "1.38"];' in text
        self.take(protos, "1.40", COUNT, LEGS_AS_PAWS)
        assert self.animal(protos) == text

    def test_a_clash_is_reported_and_changes_nothing(self, protos: Path) -> None:
        self.take(protos, "1.38", COUNT)
        before = self.animal(protos)
        result = self.take(protos, "1.39", COUNT_AS_TEXT)
        assert result.returncode == 1
        assert "kubernetes clashes: field k8s.io.api.zoo.v1.Animal.count = 2: was optional int32" in result.stdout
        assert self.animal(protos) == before

    def test_the_newest_release_decides_about_json(self, protos: Path) -> None:
        self.take(protos, "1.38", COUNT)
        no_pointer = (COUNT[0], COUNT[1].replace("*", ""))
        result = self.take(protos, "1.39", no_pointer)
        assert "count = 2: keep_zero was True, is None" in result.stdout
        assert "optional int32 count = 2;" in self.animal(protos)

    def test_a_field_without_a_tag_is_asked_about(self, protos: Path) -> None:
        result = self.take(protos, "1.38", (TAIL[0], ""))
        assert result.returncode == 1
        assert "kubernetes questions: k8s.io.api.zoo.v1.Animal.tail has no Go struct tag" in result.stdout

    def test_an_older_release_is_refused(self, protos: Path) -> None:
        result = self.take(protos, "1.36", COUNT)
        assert result.returncode == 1
        assert "--release must name Kubernetes 1.37 or a later one" in result.stderr
        assert not (protos / "kubernetes/api").exists()

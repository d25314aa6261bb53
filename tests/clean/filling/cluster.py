"""Filling in access, admission, definitions, networks, devices and storage."""

from __future__ import annotations

from filling.fields import Fields, each, inside, made, plain, pointers


def fill_slice(body: Fields) -> None:
    for port in each(body, "ports"):
        pointers(port, name="", protocol="TCP")


def fill_network_policy(body: Fields) -> None:
    spec = made(body, "spec")
    for way in ("ingress", "egress"):
        for rule in each(spec, way):
            for port in each(rule, "ports"):
                pointers(port, protocol="TCP")
    plain(spec, policyTypes=["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


def fill_ingress_class(body: Fields) -> None:
    for parameters in inside(body, "spec", "parameters"):
        pointers(parameters, scope="Cluster")


def fill_binding(body: Fields) -> None:
    plain(made(body, "roleRef"), apiGroup="rbac.authorization.k8s.io")
    for subject in each(body, "subjects"):
        if subject.get("kind") in ("User", "Group"):
            plain(subject, apiGroup="rbac.authorization.k8s.io")


def fill_match(match: Fields) -> None:
    pointers(match, matchPolicy="Equivalent", namespaceSelector={}, objectSelector={})
    for rules in ("rules", "resourceRules", "excludeResourceRules"):
        for rule in each(match, rules):
            pointers(rule, scope="*")


def fill_webhooks(body: Fields) -> None:
    for webhook in each(body, "webhooks"):
        pointers(webhook, failurePolicy="Fail", timeoutSeconds=10)
        fill_match(webhook)
        for service in inside(webhook, "clientConfig", "service"):
            pointers(service, port=443)
        if body["kind"] == "MutatingWebhookConfiguration":
            pointers(webhook, reinvocationPolicy="Never")


def fill_admission_policy(body: Fields) -> None:
    pointers(made(body, "spec"), failurePolicy="Fail")
    for match in inside(body, "spec", "matchConstraints"):
        fill_match(match)


def fill_policy_binding(body: Fields) -> None:
    for match in inside(body, "spec", "matchResources"):
        fill_match(match)


def fill_definition(body: Fields) -> None:
    spec = made(body, "spec")
    names = made(spec, "names")
    kind = names.get("kind", "")
    plain(names, singular=kind.lower())
    if kind:
        plain(names, listKind=f"{kind}List")
    pointers(spec, conversion={"strategy": "None"})
    for service in inside(spec, "conversion", "webhook", "clientConfig", "service"):
        pointers(service, port=443)


def fill_api_service(body: Fields) -> None:
    for service in inside(body, "spec", "service"):
        pointers(service, port=443)


def fill_flow_schema(body: Fields) -> None:
    plain(made(body, "spec"), matchingPrecedence=1000)


def fill_priority_level(body: Fields) -> None:
    for exempt in inside(body, "spec", "exempt"):
        pointers(exempt, nominalConcurrencyShares=0, lendablePercent=0)
    for limited in inside(body, "spec", "limited"):
        pointers(limited, nominalConcurrencyShares=30, lendablePercent=0)
        for queuing in inside(limited, "limitResponse", "queuing"):
            plain(queuing, handSize=8, queues=64, queueLengthLimit=50)


def fill_devices(spec: Fields) -> None:
    for devices in inside(spec, "devices"):
        for request in each(devices, "requests"):
            for one in (*inside(request, "exactly"), *each(request, "firstAvailable")):
                plain(one, allocationMode="ExactCount")
                if one["allocationMode"] == "ExactCount":
                    plain(one, count=1)
                for toleration in each(one, "tolerations"):
                    plain(toleration, operator="Equal")


def fill_claim(body: Fields) -> None:
    fill_devices(made(body, "spec"))


def fill_claim_template(body: Fields) -> None:
    fill_devices(made(made(body, "spec"), "spec"))


def fill_driver(body: Fields) -> None:
    spec = made(body, "spec")
    pointers(spec, attachRequired=True, podInfoOnMount=False, storageCapacity=False, requiresRepublish=False)
    pointers(spec, seLinuxMount=False, preventPodSchedulingIfMissing=False, fsGroupPolicy="ReadWriteOnceWithFSType")
    plain(spec, volumeLifecycleModes=["Persistent"])

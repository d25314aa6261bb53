"""What newer releases take only in another way: profiles of Pods, and time zones of CronJobs.

Sources: ``k8s.io/kubernetes`` ``pkg/api/pod/util.go`` and ``pkg/registry/core/pod/strategy.go`` of the releases that
read the annotations (seccomp until 1.26, AppArmor until 1.29), and ``pkg/apis/batch/validation/validation.go``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.edits import Caution, Rewrite
from snapinspect.clean.rule import EVERY, Adaptation
from snapinspect.clean.subject import dig, mapping, mappings, text

if TYPE_CHECKING:
    from snapinspect.model import Body

SECCOMP_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP: Final = "container.seccomp.security.alpha.kubernetes.io/"
APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
ZONED: Final = re.compile(r"\s*(?:CRON_)?TZ=(?P<zone>\S+)\s+(?P<schedule>.*)", re.DOTALL)


def profile(value: Any) -> dict[str, str] | None:
    """What an annotation says, as the fields say it; None for what it never meant."""
    name = text(value)
    if name in ("runtime/default", "docker/default"):
        return {"type": "RuntimeDefault"}
    if name == "unconfined":
        return {"type": "Unconfined"}
    if name.startswith("localhost/"):
        return {"type": "Localhost", "localhostProfile": name.removeprefix("localhost/")}
    return None


def is_pod(value: Any) -> bool:
    """Whether ``value`` is a Pod or the template of one."""
    return isinstance(dig(value, "spec", "containers"), list) and isinstance(
        dig(value, "metadata", "annotations"), dict
    )


def seccomp_to_fields(value: Any) -> Any:
    return _profiled(value, SECCOMP, "seccompProfile", SECCOMP_POD)


def apparmor_to_fields(value: Any) -> Any:
    return _profiled(value, APPARMOR, "appArmorProfile")


def _profiled(value: Any, prefix: str, field: str, whole: str = "") -> Any:
    """A Pod with the profiles of its annotations in fields; a field that is there says more, and stays."""
    if not is_pod(value):
        return value
    annotations = value["metadata"]["annotations"]
    meant = {key: found for key, item in annotations.items() if _is_of(key, prefix, whole) and (found := profile(item))}
    if not meant:
        return value
    spec = value["spec"]
    for sort in CONTAINERS:
        if isinstance(spec.get(sort), list):
            spec = {**spec, sort: [_secured(one, meant.get(prefix + _name(one)), field) for one in spec[sort]]}
    spec = _secured(spec, meant.get(whole), field)
    kept = {key: item for key, item in annotations.items() if key not in meant}
    metadata = {key: item for key, item in value["metadata"].items() if key != "annotations" or kept}
    return {**value, "metadata": {**metadata, **({"annotations": kept} if kept else {})}, "spec": spec}


def _is_of(key: Any, prefix: str, whole: str) -> bool:
    return isinstance(key, str) and (key.startswith(prefix) or (bool(whole) and key == whole))


def _name(container: Any) -> str:
    return text(dig(container, "name"))


def _secured(holder: Any, found: dict[str, str] | None, field: str) -> Any:
    context = dig(holder, "securityContext")
    if found is None or not isinstance(holder, dict) or (context is not None and not isinstance(context, dict)):
        return holder
    return {**holder, "securityContext": {field: found, **mapping(context)}}


def tell_zone(body: Body) -> str:
    found = ZONED.fullmatch(text(dig(body, "spec", "schedule")))
    return f"its time zone {found['zone']} stood in its schedule, and stands in timeZone now" if found else ""


def tell_profiles(body: Body) -> str:
    return "a profile that stood in annotations of its Pods stands in securityContext now" if is_pod(body) else ""


def zone_to_field(value: Any) -> Any:
    """A CronJob's spec without a time zone in its schedule."""
    spec = mapping(value)
    found = ZONED.fullmatch(text(spec.get("schedule")))
    if found is None:
        return value
    zone = {} if found["zone"] == "Local" or spec.get("timeZone") else {"timeZone": found["zone"]}
    return {**spec, "schedule": found["schedule"], **zone}


def source_to_names(value: Any) -> Any:
    """A Pod's claim on devices, named beside it, not in a source of its own."""
    claim = mapping(value)
    if not isinstance(claim.get("source"), dict):
        return value
    return {**{key: item for key, item in claim.items() if key != "source"}, **claim["source"]}


def claims_by_name(value: Any) -> Any:
    claims = dig(value, "spec", "resourceClaims")
    if not is_spec(value) or not any("source" in claim for claim in mappings(claims)):
        return value
    return {**value, "spec": {**value["spec"], "resourceClaims": [source_to_names(claim) for claim in claims]}}


def is_spec(value: Any) -> bool:
    return isinstance(dig(value, "spec", "containers"), list) and isinstance(dig(value, "spec", "resourceClaims"), list)


RULES: Final = (
    Adaptation(
        "cronjob-zone",
        ("CronJob.batch",),
        29,
        (
            Rewrite(
                ".spec",
                zone_to_field,
                "moves TZ= or CRON_TZ= of .spec.schedule to .spec.timeZone",
                "A schedule with a time zone in it is refused.",
            ),
        ),
        "A schedule with a time zone in it is refused since 1.29.",
        cautions=(Caution(tell_zone),),
    ),
    Adaptation(
        "seccomp-annotations",
        EVERY,
        27,
        (
            Rewrite(
                "",
                seccomp_to_fields,
                "moves seccomp profiles from annotations of Pods and their templates to securityContext.seccompProfile",
                "The annotations do nothing any more.",
            ),
        ),
        "The annotations do nothing since 1.27: the containers would run unconfined without a word.",
        cautions=(Caution(tell_profiles),),
        templates=True,
    ),
    Adaptation(
        "apparmor-annotations",
        EVERY,
        30,
        (
            Rewrite(
                "",
                apparmor_to_fields,
                "moves AppArmor profiles from annotations of Pods and their templates to "
                "securityContext.appArmorProfile",
                "The field took the annotations' place.",
            ),
        ),
        "The field took the annotations' place in 1.30.",
        cautions=(Caution(tell_profiles),),
        templates=True,
    ),
    Adaptation(
        "device-claim-sources",
        EVERY,
        31,
        (
            Rewrite(
                "",
                claims_by_name,
                "moves the source of each of .spec.resourceClaims of Pods and their templates beside its name",
                "The field is gone.",
            ),
        ),
        "A claim's source is refused since 1.31, which names it directly.",
        templates=True,
    ),
)

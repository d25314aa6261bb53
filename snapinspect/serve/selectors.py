"""Which objects of a list are meant: label and field selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from snapinspect.errors import UsageError
from snapinspect.model import Head
from snapinspect.serve.refusal import Refusal

if TYPE_CHECKING:
    from snapinspect.kube.kinds import KindTable
    from snapinspect.model import Body
    from snapinspect.serve.asked import Asked
    from snapinspect.serve.offered import Resource

Test = Callable[["Body"], bool]


def test_for(asked: Asked, resource: Resource, kinds: KindTable) -> Test | None:
    """Whether an object is meant; None where all are. Raises Refusal, with the server's words, for a bad selector."""
    if not (asked.query.get("labelSelector") or asked.query.get("fieldSelector")):
        return None
    # Imported here for start-up, as most ask for everything.
    from snapinspect.select.fields import FieldSelector
    from snapinspect.select.labels import LabelSelector

    try:
        labels = LabelSelector.parse(asked.query.get("labelSelector", ""))
        fields = FieldSelector.parse(asked.query.get("fieldSelector", ""))
        kind = kinds.for_object(resource.group, resource.kind)
        fields.check([kind])
    except UsageError as error:
        raise Refusal(400, str(error)) from None
    if not (labels.requirements or fields.terms):
        return None

    def is_meant(body: Body) -> bool:
        metadata = body.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        head = Head("", "", metadata.get("namespace"), str(metadata.get("name", "")), "", None, "")
        return (
            labels.matches(metadata.get("labels"))
            and fields.matches_head(head)
            and (not fields.reads_bodies or fields.matches_body(body, kind))
        )

    return is_meant

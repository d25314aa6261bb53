"""What the last ``kubectl apply`` of an object sent, which kubectl keeps in an annotation of it."""

from __future__ import annotations

from snapinspect.clean.subject import LAST_APPLIED, dig, text
from snapinspect.errors import Undecodable
from snapinspect.kube.numbers import loads
from snapinspect.model import Body


def last_applied(body: Body) -> Body | None:
    """The manifest as it was sent; None where there is none, or none that could be applied again."""
    sent = text(dig(body, "metadata", "annotations", LAST_APPLIED))
    try:
        manifest = loads(sent.encode("utf-8", "surrogatepass")) if sent else None
    except Undecodable:
        return None
    return manifest if isinstance(manifest, dict) and text(manifest.get("kind")) else None

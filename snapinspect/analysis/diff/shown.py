"""How the difference between two states of an object is shown: by field, or as a unified diff of YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.analysis.diff.fields import changes
from snapinspect.analysis.diff.key_order import in_one_order
from snapinspect.analysis.diff.merge_keys import names
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.errors import OutputError
from snapinspect.write.lines import yaml_lines
from snapinspect.write.unified import unified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.model import Body
    from snapinspect.write.lines import Line


class Shown(NamedTuple):
    """``raw`` keeps what servers write; ``veil`` hides the values of Secrets, None shows them."""

    raw: bool
    veil: Veil | None

    def fields(self, old: Body | None, new: Body | None) -> Iterator[dict[str, Any]]:
        """The fields that differ, in JSON; of an object that is only on one side, the whole under an empty path."""
        if old is None or new is None:
            yield {"path": "", "old": old and self._seen(old), "new": new and self._seen(new)}
        else:
            yield from (change.as_json() for change in changes(self._seen(old), self._seen(new)))

    def hunks(self, old: Body | None, new: Body | None) -> list[str]:
        """The lines of a unified diff; None is no object."""
        try:
            if old is not None and new is not None:
                old, new = in_one_order(old, new)
            return list(unified(self._lines(old), self._lines(new)))
        except OutputError as error:
            return [f"# {error}"]

    def _lines(self, body: Body | None) -> list[Line]:
        return yaml_lines(self._seen(body), names) if body is not None else []

    def _seen(self, body: Body) -> Body:
        kept = body if self.raw else without_noise(body)
        return self.veil.over(kept) if self.veil else kept

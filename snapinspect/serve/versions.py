"""Objects in the version in which they are asked for, whichever they are stored in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapinspect.clean.courses import Step
    from snapinspect.model import Body


def in_version(body: Body, api_version: str) -> Body:
    """The object as ``api_version`` has it. Without a rule that leads there the fields are taken to be the same,
    as they are for custom resources without a webhook.
    """
    stored = body.get("apiVersion")
    if stored == api_version or not isinstance(stored, str):
        return body
    # Imported here for start-up, as most objects are asked for as they are stored.
    from snapinspect.clean.courses import convert

    return convert(body, _steps(stored, str(body.get("kind")), api_version), api_version)


@lru_cache(maxsize=256)
def _steps(stored: str, kind: str, to: str) -> tuple[Step, ...]:
    from snapinspect.clean.conversions import RULES
    from snapinspect.clean.courses import ways_from
    from snapinspect.clean.rule import Conversion, kind_key

    identity = stored.rpartition("/")[0], kind
    rules = (rule for rule in RULES if isinstance(rule, Conversion) and identity in map(kind_key, rule.kinds))
    return ways_from(tuple(rules), stored).get(to, ())

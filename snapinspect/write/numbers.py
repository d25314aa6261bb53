"""How a number is written in JSON and in YAML."""

from __future__ import annotations

import re

from snapinspect.errors import OutputError
from snapinspect.model import Number

_number = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?").fullmatch
_with_exponent = re.compile(r"(-?[0-9]+)(\.[0-9]+)?[eE]([-+]?)([0-9]+)").fullmatch


def json_number(value: object) -> str:
    """An int, float or Number as JSON writes it.

    Raises OutputError for anything else, infinities and NaN among them, as JSON has no text for it.
    """
    text = value.text if isinstance(value, Number) else repr(value)
    if not _number(text):
        raise OutputError(f"{text[:80]!a} is no number that JSON or YAML can hold")
    return text


def yaml_number(value: object) -> str:
    """The same number in digits that every YAML reader takes for one; raises as ``json_number`` does.

    PyYAML wants a point before an exponent and a sign in it (``1e3`` is a string to its
    ``resolver.py``), so ``1e3`` is written ``1.0e+3``.
    """
    text = json_number(value)
    match = _with_exponent(text)
    if not match:
        return text
    whole, fraction, sign, exponent = match.groups()
    return f"{whole}{fraction or '.0'}e{sign or '+'}{exponent}"

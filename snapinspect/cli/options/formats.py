"""How objects, lists and differences are shown."""

from enum import StrEnum
from typing import Annotated

from snapinspect.cli.declared import Option


class ListFormat(StrEnum):
    """``-o`` of commands that list."""

    table = "table"
    wide = "wide"
    json = "json"
    jsonl = "jsonl"
    yaml = "yaml"
    name = "name"


FactsOption = Annotated[
    str,
    Option(
        "-o",
        "--output",
        metavar="FORMAT",
        help="table, json, jsonl, yaml, csv, jsonpath=TEMPLATE or custom-columns=SPEC; lists of objects have wide and name, too.",
    ),
]


class Undecoded(StrEnum):
    """``--undecoded``: how values that could not be decoded are given."""

    bytes = "bytes"
    fields = "fields"


DiffRawOption = Annotated[bool, Option("--raw", help="Also what servers write: status, uid and all.")]
ShowSecretsOption = Annotated[
    bool,
    Option("--show-secrets", help="The values of Secrets instead of hashes of them."),
]

UndecodedOption = Annotated[
    Undecoded | None,
    Option(
        "--undecoded",
        help="Give values that could not be decoded, too, as stored or as bare fields.",
    ),
]

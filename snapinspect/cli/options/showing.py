"""What a list shows of its objects, and in which order."""

from typing import Annotated

from snapinspect.cli.declared import Option, Options

ObjectOutputOption = Annotated[
    str,
    Option(
        "-o",
        "--output",
        metavar="FORM",
        help="yaml, json, jsonl, name, jsonpath=TEMPLATE or custom-columns=HEADING:PATH,…, as kubectl's.",
    ),
]
SortOption = Annotated[
    str,
    Option(
        "--sort-by",
        metavar="PATH",
        help="In the order of a field, such as .metadata.creationTimestamp.",
    ),
]


class Showing(Options):
    """What a list shows of its objects."""

    output: Annotated[
        str,
        Option(
            "-o",
            "--output",
            metavar="FORM",
            help="table, wide, json, jsonl, yaml, name, csv, or of whole objects jsonpath=TEMPLATE and custom-columns=HEADING:PATH,…",
        ),
    ] = "table"
    sort_by: SortOption = ""
    show_labels: Annotated[bool, Option("--show-labels", help="All labels, in the last column.")] = False
    label_columns: Annotated[
        list[str] | None,
        Option("-L", "--label-columns", metavar="KEY", help="A column for a label; repeatable."),
    ] = None
    no_headers: Annotated[bool, Option("--no-headers", help="Tables without their headings.")] = False

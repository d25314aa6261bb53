"""What a list shows of its objects, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from snapinspect.cli.options.panels import SHOWING

ObjectOutputOption = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORM",
        help="yaml, json, jsonl, name, jsonpath=TEMPLATE or custom-columns=HEADING:PATH,…, as kubectl's.",
        rich_help_panel=SHOWING,
    ),
]
SortOption = Annotated[
    str,
    typer.Option(
        "--sort-by",
        metavar="PATH",
        help="In the order of a field, such as .metadata.creationTimestamp.",
        rich_help_panel=SHOWING,
    ),
]


@dataclass(eq=False, repr=False)
class Showing:
    """What a list shows of its objects."""

    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FORM",
            help="table, wide, json, jsonl, yaml, name, csv, or of whole objects jsonpath=TEMPLATE and custom-columns=HEADING:PATH,…",
            rich_help_panel=SHOWING,
        ),
    ] = "table"
    sort_by: SortOption = ""
    show_labels: Annotated[
        bool, typer.Option("--show-labels", help="All labels, in the last column.", rich_help_panel=SHOWING)
    ] = False
    label_columns: Annotated[
        list[str] | None,
        typer.Option(
            "-L", "--label-columns", metavar="KEY", help="A column for a label; repeatable.", rich_help_panel=SHOWING
        ),
    ] = None
    no_headers: Annotated[
        bool, typer.Option("--no-headers", help="Tables without their headings.", rich_help_panel=SHOWING)
    ] = False

"""Pages as the command line writes them, read back without running anything."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from cli_program import run


class Read(HTMLParser):
    """What is in a page: text by section, cells by table, attributes that could fetch or run, scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.sections: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._open: list[str] = []
        self._section = self._caption = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in {"meta", "wbr"}:
            self._open.append(tag)
        if tag == "section":
            self._section = attributes["id"] or ""
            self.sections[self._section] = ""
        elif tag == "caption":
            self._caption = ""
        elif tag == "tbody":
            self.tables[self._caption] = []
        elif tag == "tr" and self._caption in self.tables:
            self.tables[self._caption].append([])
        elif tag == "td":
            self.tables[self._caption][-1].append("")
        elif tag == "script":
            self.scripts.append((attributes, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self._open:
            attributes, before = self.scripts[-1]
            self.scripts[-1] = attributes, before + data
        elif "caption" in self._open:
            self._caption += data
        elif "td" in self._open:
            self.tables[self._caption][-1][-1] += data
        if self._section:
            self.sections[self._section] += data

    @property
    def figures(self) -> dict[str, Any]:
        """What is to be drawn, by the element's name."""
        (told,) = (text for attributes, text in self.scripts if attributes.get("id") == "figures")
        return {figure["name"]: figure for figure in json.loads(told)}

    def table(self, caption: str) -> list[list[str]]:
        """The rows of the table whose caption begins so."""
        (rows,) = (rows for title, rows in self.tables.items() if title.startswith(caption))
        return rows


def report(*args: str | Path, code: int = 0) -> str:
    """The page that ``report`` writes to standard output."""
    outcome = run("report", *args, "-o", "-")
    assert outcome.code == code, outcome.err
    return outcome.out

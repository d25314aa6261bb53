"""The page in a real browser: it draws, fetches nothing, and runs nothing that is not its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Page, browsing
from cli_program import run
from test_report_page import HISTORY, hostile_snapshot

pytestmark = pytest.mark.browser
CHARTS = {
    "kind-chart": ".barlayer .point path",
    "actor-chart": ".barlayer .point path",
    "lanes-chart": ".scatterlayer .points path",
    "fill-chart": ".treemaplayer path.surface",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with browsing() as tab:
        yield tab


@pytest.fixture
def page(browser: Page) -> Page:
    """A tab of its own."""
    browser.attach()
    return browser


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Where the page of a snapshot was written."""

    def write(snapshot: Path) -> Path:
        place = tmp_path_factory.mktemp("page") / "report.html"
        assert run("report", snapshot, "-o", place).code == 0
        return place

    return write


@pytest.fixture(scope="module")
def incident(written: Callable[[Path], Path]) -> Path:
    return written(HISTORY)


def drawn(page: Page, path: Path, scheme: str = "light") -> None:
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.open(path)
    page.wait_for("document.body.dataset.drawn")


def complaints(page: Page) -> list[object]:
    return [*page.told("Log.entryAdded"), *page.told("Runtime.consoleAPICalled"), *page.told("Runtime.exceptionThrown")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_draws_and_fetches_nothing_but_itself(page: Page, incident: Path, scheme: str) -> None:
    drawn(page, incident, scheme)
    for name, marks in CHARTS.items():
        assert page.ask(f"document.querySelectorAll('#{name} {marks}').length") > 10, name
    assert [asked["request"]["url"] for asked in page.told("Network.requestWillBeSent")] == [incident.as_uri()]
    assert complaints(page) == []
    back, text = (page.ask(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color"))
    assert (
        brightness(back) > 200 > 55 > brightness(text)
        if scheme == "light"
        else brightness(back) < 55 < 200 < brightness(text)
    )
    letters = page.ask("getComputedStyle(document.querySelector('#kind-chart .xtick text')).fill")
    assert abs(brightness(letters) - brightness(text)) < 20


def brightness(color: str) -> float:
    red, green, blue = map(float, color[color.index("(") + 1 : -1].split(",")[:3])
    return 0.3 * red + 0.6 * green + 0.1 * blue


def test_a_policy_stands_against_whatever_would_run_or_be_fetched(page: Page, incident: Path) -> None:
    drawn(page, incident)
    page.ask(
        "window.refused = new Set();"
        "addEventListener('securitypolicyviolation', told => refused.add(told.effectiveDirective));"
        "for (const [tag, key, value] of [['script', 'textContent', 'document.title = \"ran\"'],"
        " ['img', 'src', 'http://127.0.0.1:9/a.png'], ['iframe', 'src', 'http://127.0.0.1:9/']]) {"
        "  const made = document.createElement(tag); made[key] = value; document.body.append(made); }"
    )
    assert page.ask("fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')") == "refused"
    assert page.ask("document.title") != "ran"
    assert [answer["response"]["url"] for answer in page.told("Network.responseReceived")] == [incident.as_uri()]
    page.wait_for("refused.size > 3")
    assert set(page.ask("[...refused]")) == {"script-src-elem", "img-src", "frame-src", "connect-src"}


def test_a_hostile_name_is_seen_and_does_not_run(page: Page, written: Callable[[Path], Path], tmp_path: Path) -> None:
    drawn(page, written(hostile_snapshot(tmp_path / "hostile.db")))
    # Whatever waits for a pointer gets one.
    page.ask(
        "document.querySelectorAll('*').forEach(each => each.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})))"
    )
    assert "ran" not in page.ask("document.title")
    assert page.ask("document.querySelectorAll('img, svg a, #log script, #log svg').length") == 0
    assert "onerror" in page.ask("document.querySelector('#fill-chart').textContent")
    assert "</script><script>" in page.ask("document.querySelector('#log').textContent")
    assert complaints(page) == []
    assert len(page.told("Network.requestWillBeSent")) == 1


def test_a_click_shows_what_happened_then_and_zooming_one_chart_zooms_all(page: Page, incident: Path) -> None:
    drawn(page, incident)
    rows = "[...document.querySelectorAll('#log tbody tr')]"
    every = page.ask(f"{rows}.length")
    page.ask(
        "{ const chart = document.getElementById('kind-chart'); const trace = chart.data.find(each => each.meta === 'ConfigMap');"
        " chart.emit('plotly_click', {points: [{data: trace, pointIndex: trace.x.length - 1}]}); }"
    )
    assert 0 < page.ask(f"{rows}.filter(row => !row.hidden).length") < every
    assert page.ask(f"[...new Set({rows}.filter(row => !row.hidden).map(row => row.dataset.kind))]") == ["ConfigMap"]
    page.ask("document.getElementById('filter-off').click()")
    assert page.ask(f"{rows}.filter(row => !row.hidden).length") == every
    page.ask(
        "{ const range = document.getElementById('kind-chart').layout.xaxis.range;"
        " Plotly.relayout('kind-chart', {'xaxis.range[0]': range[0], 'xaxis.range[1]': '2026-11-22 11:24:00'}); true; }"
    )
    for name in ("actor-chart", "lanes-chart"):
        page.wait_for(f"String(document.getElementById('{name}').layout.xaxis.range[1]).startsWith('2026-11-22 11:24')")


def test_it_reads_without_scripts(page: Page, incident: Path) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(incident)
    document = page.call("DOM.getDocument")["root"]["nodeId"]
    parts = ("#log tbody tr", "#deleted tbody tr", "#activity details[open]", "#lanes details[open]")
    for selector, shown in (*((part, True) for part in parts), ("figure", False), ("#activity h3", False)):
        node = page.call("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        style = (
            page.call("CSS.getComputedStyleForNode", nodeId=node)["computedStyle"]
            if page.call("CSS.enable") == {}
            else []
        )
        display = next(each["value"] for each in style if each["name"] == "display")
        assert (display != "none") == shown, selector
    assert complaints(page) == []


def test_it_prints_all_of_it_in_light(page: Page, incident: Path) -> None:
    drawn(page, incident, "dark")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert brightness(page.ask("getComputedStyle(document.body).backgroundColor")) > 200
    printed = page.call("Page.printToPDF")["data"]
    assert len(printed) > 100_000
    dispatched = "dispatchEvent(new Event('{}')), [...document.querySelectorAll('details')].map(each => each.open)"
    assert set(page.ask(dispatched.format("beforeprint"))) == {True}
    assert set(page.ask(dispatched.format("afterprint"))) == {False}


def test_what_is_printed_of_what_happened_is_bounded_and_a_filter_chooses(page: Page, incident: Path) -> None:
    drawn(page, incident)
    page.call("Emulation.setEmulatedMedia", media="print")
    shown = (
        "[...document.querySelectorAll('#log tbody tr')].filter(row => getComputedStyle(row).display != 'none').length"
    )
    note = "getComputedStyle(document.querySelector('.printed')).display"
    assert (page.ask(shown), page.ask(note)) == (300, "block")
    page.ask(
        "{ const chart = document.getElementById('lanes-chart'); const trace = chart.data.find(each => each.name === 'created');"
        " chart.emit('plotly_click', {points: [{data: trace, customdata: 'deployment/web -n infra-production'}]}); }"
    )
    assert (0 < page.ask(shown) < 30, page.ask(note)) == (True, "none")


@pytest.mark.parametrize("width", [400, 1280])
def test_the_legend_stands_below_the_times(page: Page, incident: Path, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    drawn(page, incident)
    for chart in ("kind-chart", "actor-chart"):
        edges = "[...document.querySelectorAll('#{} {}')].map(each => each.getBoundingClientRect().{})"
        times, names = (
            page.ask(edges.format(chart, ".xtick text", "bottom")),
            page.ask(edges.format(chart, ".legendtext", "top")),
        )
        assert times
        assert max(times) <= min(names), chart


@pytest.mark.parametrize("width", [800, 1200])
def test_nothing_is_wider_than_the_page(page: Page, incident: Path, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    drawn(page, incident)
    assert page.ask("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.ask("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    wider = page.ask(
        "[...document.querySelectorAll('.wide')].filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"
    )
    # A column for each of the ten busiest actors is more than a narrow window holds: that table scrolls.
    assert [name for name in wider if width >= 1200 or not name.startswith("Changes by")] == []

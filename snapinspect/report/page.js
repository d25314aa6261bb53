"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const drawn = [];
  let following = false;

  const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** What a theme sets, as plotly names it. */
  function theme(figure) {
    const axis = { "gridcolor": color("--line"), "linecolor": color("--line"), "zerolinecolor": color("--line") };
    return {
      "paper_bgcolor": "rgba(0,0,0,0)",
      "plot_bgcolor": "rgba(0,0,0,0)",
      "font.color": color("--text"),
      "font.family": "system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif",
      ...Object.fromEntries((figure.layout.xaxis ? ["xaxis", "yaxis"] : []).flatMap(name => Object.entries(axis).map(([key, value]) => [`${name}.${key}`, value]))),
    };
  }

  function nested(flat) {
    const tree = {};
    for (const [path, value] of Object.entries(flat)) {
      const names = path.split(".");
      const last = names.pop();
      names.reduce((at, name) => (at[name] ??= {}), tree)[last] = value;
    }
    return tree;
  }

  function merged(one, other) {
    const both = { ...one };
    for (const [name, value] of Object.entries(other)) {
      both[name] = value && typeof value === "object" && !Array.isArray(value) ? merged(one[name] ?? {}, value) : value;
    }
    return both;
  }

  const isOverTime = figure => figure.layout.xaxis?.type === "date";

  /** The charts over time show the same span. */
  function follow(figure, change) {
    if (following || !isOverTime(figure)) return;
    const range = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const all = change["xaxis.autorange"];
    if (!all && range[0] === undefined) return;
    following = true;
    const update = all ? { "xaxis.autorange": true } : { "xaxis.range": range };
    const others = drawn.filter(other => other.figure !== figure && isOverTime(other.figure));
    Promise.all(others.map(other => Plotly.relayout(other.element, update))).finally(() => { following = false; });
  }

  const rows = [...document.querySelectorAll("#log tbody tr")];

  function filter(words, fits) {
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row.dataset);
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById("filter-words").textContent = `${shown} of ${rows.length} listed: ${words}.`;
    document.getElementById("filter").hidden = false;
    document.getElementById("log").classList.add("filtered");
    document.getElementById("happened").scrollIntoView({ block: "start" });
  }

  function showAll() {
    rows.forEach(row => { row.hidden = false; });
    document.getElementById("filter").hidden = true;
    document.getElementById("log").classList.remove("filtered");
  }

  const utc = milliseconds => new Date(milliseconds).toISOString().replace(".000Z", "Z");

  function pick(figure, point) {
    if (figure.picks === "object") {
      if (point.customdata) filter(point.customdata, row => row.object === point.customdata);
      return;
    }
    const from = point.data.x[point.pointIndex];
    const value = point.data.meta;
    const inside = row => row.time * 1000 >= from && row.time * 1000 < from + figure.width;
    const words = `${value ? `${value}, ` : ""}${utc(from)} to ${utc(from + figure.width)}`;
    filter(words, row => inside(row) && (!value || row[figure.picks] === value));
  }

  async function draw(figure) {
    const element = document.getElementById(figure.name);
    const layout = merged(figure.layout, nested(theme(figure)));
    await Plotly.newPlot(element, figure.data, layout, { displayModeBar: false, responsive: true, doubleClick: "reset+autosize" });
    drawn.push({ figure, element });
    element.on("plotly_relayout", change => follow(figure, change));
    if (figure.picks && rows.length) element.on("plotly_click", event => pick(figure, event.points[0]));
  }

  const restyle = () => drawn.forEach(({ figure, element }) => Plotly.relayout(element, theme(figure)));

  const folds = [...document.querySelectorAll("details")];
  let shut = folds;

  function unfold() {
    shut = folds.filter(each => !each.open);
    shut.forEach(each => { each.open = true; });
  }

  const fold = () => shut.forEach(each => { each.open = false; });

  fold();
  document.body.classList.add("scripted");
  document.getElementById("filter-off")?.addEventListener("click", showAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  matchMedia("print").addEventListener("change", restyle);
  addEventListener("beforeprint", unfold);
  addEventListener("afterprint", fold);
  Promise.all(figures.map(draw)).then(() => { document.body.dataset.drawn = String(drawn.length); });
})();

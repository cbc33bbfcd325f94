/* What a site's chart shows, as tables: anomalies with their reasons, gaps, and the site's incidents. */

import { timeWords } from "../chart_parts.js";
import { h } from "../dom.js";
import { empty, siteHref } from "../parts.js";
import { isMarked } from "../series.js";
import { count, duration, energy, exact, percent, ruleWords, utcText } from "../format.js";
import { card } from "./incidents.js";

const MOST = 200;

/** Make the tables of what was wrong in the time shown. pointAt(index): shows a point in the chart. */
export function findings(scene, pointAt) {
  const marked = scene.points.map((point, at) => ({ point, at })).filter(({ point }) => isMarked(point.of));
  const holes = scene.points.map((point, at) => ({ point, at })).filter(({ point }) => !point.of);
  return [
    marked.length > 0 && (scene.whole ? flaggedDays(marked, scene) : anomalies(marked, scene, pointAt)),
    holes.length > 0 && gaps(holes, scene, pointAt),
  ];
}

function anomalies(marked, { zone }, pointAt) {
  const runs = runsOf(marked);
  const rows = runs.slice(-MOST).reverse().map((run) => anomalyRow(run, zone, pointAt));
  const note = runs.length > MOST ? `The latest ${MOST} of ${runs.length}.` : "";
  return section("Anomalies", note, ["Interval", "Rule", "Seen", "Limit", "Why"], rows, [2, 3]);
}

/** Join neighbouring readings that one rule speaks of: {flag, at, from, to, readings}, in order of time. */
function runsOf(marked) {
  const runs = [];
  const last = new Map(); // rule: its latest run
  for (const { point, at } of marked) {
    for (const flag of point.of.flags) {
      const run = last.get(flag.rule);
      if (run?.to === point.from) Object.assign(run, { to: point.to, readings: run.readings + 1 });
      else {
        last.set(flag.rule, { flag, at, from: point.from, to: point.to, readings: 1 });
        runs.push(last.get(flag.rule));
      }
    }
  }
  return runs;
}

function anomalyRow({ flag, at, from, to, readings }, zone, pointAt) {
  const when = timeWords({ from, to, of: null }, false, zone);
  return h(
    "tr",
    { "data-rule": flag.rule },
    h("td", {}, h("button", { type: "button", class: "link", onclick: () => pointAt(at) }, when), readings > 1 && h("small", {}, count(readings, "reading"))),
    h("td", {}, h("b", { class: `severity-${flag.severity}` }, ruleWords(flag.rule))),
    h("td", { class: "number" }, exact(flag.observed, flag.unit)),
    h("td", { class: "number" }, exact(flag.limit, flag.unit)),
    h("td", { class: "wide" }, flag.message, readings > 1 && " (the first of them)"),
  );
}

function flaggedDays(marked, { zone, site }) {
  const rows = marked.slice(-MOST).reverse().map(({ point }) =>
    h(
      "tr",
      {},
      h("td", {}, h("a", { href: siteHref(site.site_id, { range: "24h", end: utcText(point.to) }) }, timeWords(point, true, zone))),
      h("td", { class: "number" }, count(point.of.flagged, "flag")),
      h("td", { class: "number" }, energy(point.generated)),
      h("td", { class: "number" }, energy(point.consumed)),
      h("td", { class: "number" }, percent(Math.min(point.of.readings, point.of.expected ?? Infinity), point.of.expected)),
    ),
  );
  return section("Days with flags", "Open a day to see each flag explained.", ["Day", "Flags", "Generated", "Consumed", "Complete"], rows, [1, 2, 3, 4]);
}

function gaps(holes, { zone, whole }, pointAt) {
  const rows = holes.slice(-MOST).reverse().map(({ point, at }) =>
    h(
      "tr",
      {},
      h("td", {}, h("button", { type: "button", class: "link", onclick: () => pointAt(at) }, timeWords(point, false, zone))),
      h("td", { class: "number" }, duration(point.to - point.from)),
      h("td", { class: "number" }, whole ? count(point.missing, "day") : count(point.missing, "reading")),
    ),
  );
  return section("Gaps", "", ["Without readings", "Lasts", "Missing"], rows, [1, 2]);
}

/** Make the site's incidents: those open, then those closed. */
export function incidentList(opened, closed, now, zone) {
  const all = [...opened, ...closed.items];
  const title = h("h2", {}, "Incidents");
  if (!all.length) return h("section", {}, title, empty("No incident", "None is open, and none was ever closed at this site."));
  const words = `${count(opened.length, "open incident")}, ${closed.more ? "the latest " : ""}${closed.items.length} closed`;
  return h("section", {}, title, h("p", { class: "note" }, words), h("ul", { class: "incidents" }, all.slice(0, 30).map((each) => card(each, now, zone, false))));
}

function section(title, note, heads, rows, numbers) {
  const head = h("tr", {}, heads.map((each, at) => h("th", { scope: "col", class: numbers.includes(at) ? "number" : "" }, each)));
  return h(
    "section",
    {},
    h("h2", {}, title),
    note && h("p", { class: "note" }, note),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
  );
}

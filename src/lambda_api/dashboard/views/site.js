/* One site: its energy over a chosen time, what was wrong in it, and its incidents. */

import { ask, askAll, loadRules } from "../api.js";
import { fill, h, refill, write } from "../dom.js";
import { choice, empty, failure, heading, skeleton, stateBadge, tile } from "../parts.js";
import { ofReadings, ofTotals, sumOf } from "../series.js";
import { count, dateOf, energy, fullMoment, isZone, percent, secondsOf, utcText, zoneWords } from "../format.js";
import { aboutSite } from "./fleet_row.js";
import { chartPanel, datesOf, RANGES, readSpan, spanOf, turned, writeSpan } from "./site_chart.js";
import { findings, incidentList } from "./site_tables.js";

const MOST_READINGS = 12_000; // a week by the minute

/** Open the view. */
export function open(place, route, { live, remember }) {
  const siteId = route.argument;
  let wanted = readSpan(route.query);
  let site = null;
  let kept;
  let panel;

  const about = h("p", { class: "lead" });
  const ranges = choice("Range", "range", Object.entries(RANGES).map(([key, { label }]) => [key, label]), wanted.range, (range) => choose({ ...wanted, range }));
  const earlier = h("button", { type: "button", onclick: () => choose(turned(wanted, -1, seconds())) }, "← Earlier");
  const later = h("button", { type: "button", onclick: () => choose(turned(wanted, 1, seconds())) }, "Later →");
  const latest = h("button", { type: "button", onclick: () => choose({ ...wanted, end: null, at: null }) }, "Now");
  const when = h("p", { class: "found" });
  const tiles = h("dl", { class: "tiles", "aria-label": "In this time" });
  const chart = h("div", { class: "card" });
  const found = h("div", {});
  const incidents = h("div", {});
  const notes = h("div", {});
  place.append(
    h("p", { class: "crumb" }, h("a", { href: "#/" }, "← Fleet")),
    heading(siteId, about),
    h("div", { class: "tools" }, ranges, h("div", { class: "group" }, earlier, later, latest)),
    when,
    tiles,
    chart,
    found,
    incidents,
    notes,
  );
  start();

  function choose(next) {
    wanted = next;
    remember(writeSpan(wanted));
    start();
  }

  function start() {
    kept?.stop();
    panel?.close();
    panel = null;
    for (const each of [tiles, found]) fill(each);
    fill(chart, skeleton(7, "Loading the chart"));
    kept = live(load, show, failed);
  }

  async function load(signal) {
    const span = spanOf(wanted, seconds());
    const path = encodeURIComponent(siteId);
    const { by } = RANGES[wanted.range];
    const [detail, opened, closed, readings] = await Promise.all([
      ask(`sites/${path}`, {}, signal),
      askAll("incidents", { site_id: siteId, state: "open", limit: 100 }, 100, signal),
      askAll("incidents", { site_id: siteId, state: "closed", limit: 50 }, 50, signal),
      by ? null : askAll(`readings/${path}`, { start: utcText(span.from + 1), end: utcText(span.to + 1), limit: 1000 }, MOST_READINGS, signal),
    ]);
    if (opened.items.length) await loadRules();
    const zone = isZone(detail.body.timezone) ? detail.body.timezone : "UTC";
    const totals = by ? await askAll(`totals/${path}`, { by, ...datesOf(span, zone) }, 1000, signal) : null;
    return { detail: detail.body, zone, span, opened: opened.items, closed, readings, totals };
  }

  function show(loaded) {
    const { detail, zone, span, opened, closed } = loaded;
    site = detail;
    const series = seriesOf(loaded);
    showAbout(detail);
    showWhen(span, zone);
    showTiles(series);
    const scene = { ...series, zone, span: spanShown(series, span), site, whole: Boolean(loaded.totals), incidents: [...opened, ...closed.items], now: span.now };
    if (!series.points.length) nothing();
    else if (panel) panel.update(scene);
    else panel = chartPanel(chart, scene, wanted.at);
    refill(found, () => findings(scene, (at) => panel?.pointAt(at)));
    refill(incidents, () => incidentList(opened, closed, seconds(), zone));
    fill(notes, notesOf(detail));
  }

  function seriesOf({ detail, span, readings, totals }) {
    if (totals) return ofTotals(totals.items, span);
    const first = secondsOf(detail.first_reading?.timestamp);
    const interval = detail.interval_minutes ? detail.interval_minutes * 60 : null;
    return ofReadings(readings.items, interval, span, first !== null && first < span.from);
  }

  function showAbout(detail) {
    const last = secondsOf(detail.last_reading?.timestamp);
    const zone = isZone(detail.timezone) ? detail.timezone : "UTC";
    const place_ = detail.latitude !== null && detail.longitude !== null ? coordinates(detail) : null;
    fill(
      about,
      stateBadge(detail.state),
      h("span", {}, aboutSite(detail) || "kind and capacity aren't registered"),
      place_ && h("span", {}, place_),
      h("span", {}, last ? `last reading ${fullMoment(last, zone)}` : "no reading yet"),
    );
  }

  function showWhen(span, zone) {
    const registered = zone === site.timezone ? "" : " (the site's own time zone isn't registered)";
    const written = RANGES[wanted.range].by ? dateOf : fullMoment;
    write(when, `${written(span.from, zone)} to ${span.live ? "now" : written(span.to, zone)}. Times in ${zoneWords(zone, span.to)}${registered}.`);
    later.disabled = latest.disabled = span.live;
  }

  function showTiles({ points, gaps }) {
    const { by } = RANGES[wanted.range];
    const sum = sumOf(points);
    const missing = gaps.reduce((total, gap) => total + gap.missing, 0);
    const gapNote = gaps.length ? `${count(gaps.length, "gap")}, ${by ? count(missing, "day") : count(missing, "reading")} missing` : "no gap";
    fill(
      tiles,
      tile("Generated", energy(sum.generated), doubtWords(sum.doubtful.generated, sum.leftOut, by), "of-generated"),
      tile("Consumed", energy(sum.consumed), doubtWords(sum.doubtful.consumed, sum.leftOut, by), "of-consumed"),
      tile("Net", energy(sum.net, true), netWords(sum), "of-net"),
      tile("Complete", percent(Math.min(sum.readings, sum.expected), sum.expected), gapNote),
      tile(by ? "Days with flags" : "Anomalies", sum.anomalies.toLocaleString("en"), by ? "" : `of ${count(sum.readings, "reading")}`, sum.anomalies ? "of-anomaly" : ""),
    );
  }

  function nothing() {
    panel?.close();
    panel = null;
    fill(tiles);
    const last = site.last_reading;
    const go = () => choose({ range: wanted.range, at: null, end: secondsOf(last.timestamp) + 300 });
    const button = last && h("button", { type: "button", onclick: go }, "Go to its last reading");
    fill(chart, empty("No readings in this time", last ? button : "None has come from this site yet."));
  }

  function failed(error, again) {
    const unknown = error.status === 404;
    fill(chart, unknown ? empty("No such site", `No site is called ${siteId}.`, h("a", { href: "#/" }, "Go to the fleet")) : failure(error, again));
  }

  return {
    close() {
      kept?.stop();
      panel?.close();
    },
  };
}

function seconds() {
  return Date.now() / 1000;
}

/** Return the time a chart spans: totals are whole local days, which reach beyond the time asked for. */
function spanShown({ points }, { from, to }) {
  return { from: Math.min(from, points[0]?.from ?? from), to: Math.max(to, points.at(-1)?.to ?? to) };
}

function coordinates({ latitude, longitude }) {
  const degrees = (value, plus, minus) => `${Math.abs(value).toFixed(2)}° ${value < 0 ? minus : plus}`;
  return `${degrees(latitude, "N", "S")}, ${degrees(longitude, "E", "W")}`;
}

function netWords({ generated, consumed }) {
  if (generated !== null && consumed !== null) return "generated minus consumed";
  return generated === null && consumed === null ? "" : "only one side is measured";
}

/** Say how many readings a sum is without, since they can't be energy, and how much of it anomalous ones bring. */
function doubtWords(kwh, leftOut, by) {
  const without = leftOut ? `without ${count(leftOut, "reading")} that can't be energy` : "";
  const within = !by && Math.abs(kwh) >= 0.001 ? `${energy(kwh)} of it in anomalies` : "";
  return [without, within].filter(Boolean).join("; ");
}

function notesOf({ unjudged }) {
  return unjudged.length > 0 && h("section", { class: "notes" }, h("h2", {}, "Not judged"), h("ul", {}, unjudged.map((each) => h("li", {}, `${each}.`))));
}

/* A site's chart: the span of time that is shown, the panel around it, and the words for it. */

import { dateIn, secondsOf, utcText, count, duration } from "../format.js";
import { drawChart, loadLibrary } from "../chart.js";
import { beyond, timeWords, tipContent, tipSentence } from "../chart_parts.js";
import { fill, h } from "../dom.js";
import { nightsBetween } from "../sun.js";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The ranges: how long, and from which totals they are drawn; none means from the readings themselves. */
export const RANGES = {
  "24h": { label: "24 h", seconds: DAY, by: null },
  "48h": { label: "48 h", seconds: 2 * DAY, by: null },
  "7d": { label: "7 d", seconds: 7 * DAY, by: null },
  month: { label: "Month", seconds: 31 * DAY, by: "day" },
  year: { label: "Year", seconds: 365 * DAY, by: "day" },
};

/** Read what the address asks for: {range, end, at}; seconds, or null. */
export function readSpan(query) {
  const range = query.get("range") in RANGES ? query.get("range") : "24h";
  const number = (name) => secondsOf(query.get(name)) || null;
  return { range, end: number("end"), at: number("at") };
}

/** Write the same for the address. */
export function writeSpan({ range, end, at }) {
  return { range, end: end ? utcText(end) : "", at: at ? utcText(at) : "" };
}

/** Return {from, to, now, live}: the time to show. A moment is shown with a quarter of the range before it. */
export function spanOf({ range, end, at }, now) {
  const { seconds } = RANGES[range];
  const latest = Math.ceil(now / 300) * 300;
  let to = end ?? (at ? at + 0.75 * seconds : latest);
  const live = to >= latest;
  to = Math.min(to, latest);
  return { from: to - seconds, to, now, live };
}

/** Return the span asked for when a page is turned. direction: -1 for earlier, 1 for later. */
export function turned(wanted, direction, now) {
  const { to } = spanOf(wanted, now);
  const end = to + direction * RANGES[wanted.range].seconds;
  return { range: wanted.range, at: null, end: end >= now ? null : end };
}

/** Widen a span to whole local days, as totals by day have them. */
export function datesOf({ from, to }, zone) {
  return { start: dateIn(from, zone), end: dateIn(to + DAY, zone) };
}

const NAMES = { generated: "Generated", consumed: "Consumed", net: "Net" };
const HELP = "Left and right arrows move between points, A and Shift A between anomalies, plus and minus zoom, 0 shows all, Escape closes the explanation.";

/** Draw a scene into `place`. at: a moment to point at first, seconds, or null. Gives {update, pointAt, close}. */
export function chartPanel(place, scene, at) {
  const hidden = new Set();
  let shown = complete(scene, hidden);
  let chart = null;
  let current = -1;
  let closed = false;

  const canvas = h("div", { class: "canvas" });
  const tip = h("div", { class: "tip", hidden: true });
  const said = h("output", { class: "hidden", "aria-live": "polite" });
  const stage = h("div", { class: "stage", role: "group", tabindex: "0", "aria-roledescription": "chart", "aria-describedby": "chart-help", onkeydown: onKey, onblur: hide }, canvas, tip);
  const full = h("button", { type: "button", "aria-pressed": "false", hidden: true, onclick: toggleFull }, "");
  const reset = h("button", { type: "button", disabled: true, onclick: () => chart?.reset() }, "Whole range");
  const zoom = h("div", { class: "group" }, full, button("Zoom in", "+", 0.5), button("Zoom out", "−", 2), reset);
  const caption = h("p", { class: "caption" });
  fill(place, h("div", { class: "chart-head" }, legend(), zoom), stage, said, caption, h("p", { id: "chart-help", class: "hidden" }, HELP));
  canvas.addEventListener("zoom", (event) => (reset.disabled = !event.detail.zoomed));
  describe();
  loadLibrary().then(begin, (error) => fill(canvas, h("p", { role: "alert" }, `${error.message}; reload the page`)));

  function begin(UPlot) {
    if (closed) return;
    chart = drawChart(UPlot, canvas, shown, point);
    place.dataset.drawn = "true";
    if (at !== null) pointNear(at);
  }

  function button(label, text, factor) {
    return h("button", { type: "button", "aria-label": label, onclick: () => chart?.zoomBy(factor) }, text);
  }

  function legend() {
    const entries = Object.entries(NAMES).map(([key, label]) =>
      h("button", { type: "button", class: `key of-${key}`, "aria-pressed": "true", onclick: (event) => toggle(key, event.currentTarget) }, h("span", { class: "swatch", "aria-hidden": "true" }), label),
    );
    const marks = [["anomaly", shown.whole ? "Day with flags" : "Anomaly"], ["gap", "No readings"], shown.nights.length > 0 && ["night", "Night"]].filter(Boolean);
    return h("div", { class: "legend" }, entries, marks.map(([key, label]) => h("span", { class: `key of-${key}` }, h("span", { class: "swatch", "aria-hidden": "true" }), label)));
  }

  function toggle(key, pressed) {
    const on = pressed.getAttribute("aria-pressed") !== "true";
    pressed.setAttribute("aria-pressed", String(on));
    chart?.show(key, on);
  }

  function toggleFull() {
    const on = full.getAttribute("aria-pressed") !== "true";
    full.setAttribute("aria-pressed", String(on));
    chart?.setFullScale(on);
  }

  function describe() {
    stage.setAttribute("aria-label", `Energy from ${timeWords({ ...shown.span, of: null }, false, shown.zone)}`);
    const far = beyond(shown.points, hidden);
    full.hidden = far === 0;
    fill(full, `Full scale (${far.toLocaleString("en")} beyond)`);
    fill(caption, captionWords(shown, scene.site));
  }

  function point(index, left, top) {
    if (index === null) {
      hide();
      return;
    }
    current = index;
    const found = shown.points[index];
    const incidents = shown.incidents.filter((each) => each.from < found.to && each.to > found.from).slice(0, 3);
    fill(tip, tipContent(found, shown.whole, shown.zone, incidents));
    tip.hidden = false;
    const room = stage.clientWidth - tip.offsetWidth;
    const beside = left + 16 > room ? left - tip.offsetWidth - 16 : left + 16;
    tip.style.transform = `translate(${Math.max(0, Math.min(room, beside))}px, ${Math.max(0, Math.min(top - 20, stage.clientHeight - tip.offsetHeight))}px)`;
  }

  function hide() {
    tip.hidden = true;
  }

  function pointAt(index) {
    if (index < 0 || index >= shown.points.length) return;
    chart?.pointAt(index);
    fill(said, tipSentence(shown.points[index], shown.whole, shown.zone));
  }

  function pointNear(moment) {
    const index = shown.points.findIndex((each) => each.to >= moment);
    pointAt(index);
  }

  function onKey(event) {
    if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = shown.points.length - 1;
    const moves = {
      ArrowLeft: () => Math.max(0, (current < 0 ? last + 1 : current) - (event.shiftKey ? 12 : 1)),
      ArrowRight: () => Math.min(last, current + (event.shiftKey ? 12 : 1)),
      Home: () => 0,
      End: () => last,
      a: () => chart.next(current, 1),
      A: () => chart.next(current < 0 ? last + 1 : current, -1),
    };
    const shortcuts = { "+": () => chart.zoomBy(0.5), "=": () => chart.zoomBy(0.5), "-": () => chart.zoomBy(2), 0: () => chart.reset(), Escape: hide };
    if (event.key in moves) pointAt(moves[event.key]());
    else if (event.key in shortcuts) shortcuts[event.key]();
    else return;
    event.preventDefault();
  }

  return {
    pointAt(index) {
      stage.scrollIntoView({ block: "center" });
      stage.focus({ preventScroll: true });
      pointAt(index);
    },
    update(next) {
      shown = complete(next, hidden);
      describe();
      chart?.update(shown);
    },
    close() {
      closed = true;
      delete place.dataset.drawn;
      chart?.close();
    },
  };
}

/** Add to a scene what follows from it: the nights, and its incidents' times. */
function complete(scene, hidden) {
  const { site, span, whole, now } = scene;
  const placed = !whole && site.latitude !== null && site.longitude !== null;
  const nights = placed ? nightsBetween(span.from, span.to, site.latitude, site.longitude) : [];
  const incidents = scene.incidents
    .map((each) => ({ ...each, from: secondsOf(each.onset), to: secondsOf(each.recovery) ?? now }))
    .filter((each) => each.from < span.to && each.to > span.from);
  return { ...scene, nights, incidents, hidden };
}

function captionWords({ whole, step, gaps, incidents }, site) {
  const each = whole ? "day" : duration(step);
  const night = !whole && (site.latitude === null || site.longitude === null) ? " Nights aren't shaded, as the site's place isn't registered." : "";
  const strips = incidents.length ? ` The strip along the top marks ${count(incidents.length, "incident")}.` : "";
  const hole = gaps.length ? ` Hatched: ${count(gaps.length, "gap")} without readings.` : "";
  return `Energy per ${each}: generation above zero, consumption below.${hole}${strips}${night} Drag to zoom.`;
}

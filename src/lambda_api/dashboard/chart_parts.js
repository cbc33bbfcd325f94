/* What a chart is made of: its colours, its axes, its lines and marks, and the words at the pointer. */

import { isMarked } from "./series.js";
import { dateIn, dayOf, timeOfDay, count, dateOf, duration, energy, momentOf, percent, ruleWords } from "./format.js";
import { h } from "./dom.js";

const SHARES = { Soft: "28%", Bar: "82%" };
const NAMES = ["ground", "line", "muted", "night", "gap", "generated", "consumed", "net", "anomaly"];

/** Return the colours as they are now, light or dark, by name; those of energies also as fills. */
export function palette() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  for (const name of ["generated", "consumed"]) {
    for (const [kind, share] of Object.entries(SHARES)) {
      probe.style.color = `color-mix(in srgb, var(--${name}) ${share}, transparent)`;
      found[name + kind] = getComputedStyle(probe).color;
    }
  }
  probe.remove();
  return found;
}

const ROOM = 1.1;
const BEYOND = 2.5; // times the largest sound value; what lies further would flatten all else

/** Return the values that are drawn, of the points that are seen: generation up, consumption down. */
function heights(points, hidden) {
  const found = [];
  for (const { of, generated, consumed, net } of points) {
    if (!of) continue;
    if (!hidden.has("generated")) found.push(generated);
    if (!hidden.has("consumed")) found.push(-consumed);
    if (!hidden.has("net")) found.push(net);
  }
  return found;
}

/** Return the scale's ends. full: even where an anomaly flattens all else. */
export function rangeOf(points, hidden, full) {
  const all = heights(points, hidden);
  let [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  if (!full) {
    const sound = heights(points.filter((point) => !isMarked(point.of)), hidden);
    const size = Math.max(0, ...sound.map(Math.abs));
    if (size > 0) [low, high] = [Math.max(low, -BEYOND * size), Math.min(high, BEYOND * size)];
    if (size > 0 && high === BEYOND * size) high = Math.max(0, ...sound) * 1.15 || size;
    if (size > 0 && low === -BEYOND * size) low = Math.min(0, ...sound) * 1.15 || -size;
  }
  return low === high ? [0, 1] : [low * ROOM, high * ROOM];
}

/** Count the points that lie beyond the scale unless it is a full one. */
export function beyond(points, hidden) {
  const [low, high] = rangeOf(points, hidden, false);
  return points.filter((point) => point.of && heights([point], hidden).some((value) => value < low || value > high)).length;
}

/** Write the ticks' times in a zone: hours with their day where it begins, days, or months. step: seconds. */
export function timeLabels(splits, step, zone) {
  let before = "";
  return splits.map((seconds) => {
    const date = dateIn(seconds, zone);
    const isNew = date !== before;
    before = date;
    if (step >= 28 * 86400) return monthLabel(seconds, zone);
    if (step >= 86400) return dayOf(seconds, zone).split(" ").slice(1).join(" ");
    return isNew ? `${timeOfDay(seconds, zone)}\n${dayOf(seconds, zone)}` : timeOfDay(seconds, zone);
  });
}

function monthLabel(seconds, zone) {
  const [, , month] = dayOf(seconds, zone).split(" ");
  return month === "Jan" ? `Jan\n${dateIn(seconds, zone).slice(0, 4)}` : month;
}

const STRIP = 5; // pixels an incident's strip is high
const MARK = 5; // pixels from an anomaly's middle to its corners

/** Make the plugin. scene(): {nights, gaps, points, incidents} to draw; inks(): colours by name. */
export function drawing(scene, palette) {
  return {
    hooks: {
      drawClear: [(u) => clipped(u, () => drawBehind(u, scene(), palette()))],
      draw: [(u) => clipped(u, () => drawOver(u, scene(), palette()))],
    },
  };
}

/** Return where an anomaly's mark stands: at the larger of its energies, drawn as the lines are. */
export function markValue({ generated, consumed }) {
  return Math.abs(generated) >= Math.abs(consumed) ? generated : -consumed;
}

function clipped(u, draw) {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  draw();
  u.ctx.restore();
}

function drawBehind(u, { nights, gaps }, colours) {
  for (const [from, to] of nights) band(u, from, to, colours.night);
  for (const { from, to } of gaps) {
    band(u, from, to, colours.ground);
    hatch(u, from, to, colours.gap);
  }
}

function drawOver(u, { points, incidents }, colours) {
  const pixel = devicePixelRatio;
  for (const { from, to } of incidents) {
    u.ctx.fillStyle = colours.anomaly;
    const left = u.valToPos(from, "x", true);
    u.ctx.fillRect(left, u.bbox.top, Math.max(2 * pixel, u.valToPos(to, "x", true) - left), STRIP * pixel);
  }
  for (const point of points) if (isMarked(point.of)) diamond(u, point, colours, MARK * pixel);
}

function band(u, from, to, colour) {
  const left = u.valToPos(from, "x", true);
  u.ctx.fillStyle = colour;
  u.ctx.fillRect(left, u.bbox.top, u.valToPos(to, "x", true) - left, u.bbox.height);
}

function hatch(u, from, to, colour) {
  const { ctx, bbox } = u;
  const apart = 8 * devicePixelRatio;
  const [left, right] = [Math.max(bbox.left, u.valToPos(from, "x", true)), Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true))];
  if (right <= left) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - bbox.height - (left % apart); x < right; x += apart) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function diamond(u, point, colours, size) {
  const { ctx, bbox } = u;
  const x = u.valToPos(point.x, "x", true);
  // What lies beyond the scale is marked at its edge.
  const y = Math.max(bbox.top + 2 * size, Math.min(bbox.top + bbox.height - 2 * size, u.valToPos(markValue(point), "y", true)));
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x - size, y);
  ctx.closePath();
  ctx.fillStyle = colours.anomaly;
  ctx.strokeStyle = colours.ground;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.fill();
  ctx.stroke();
}

/** Make the box's content. point: of a series; whole: whether it is a whole day; incidents: those at that time. */
export function tipContent(point, whole, zone, incidents) {
  return [
    h("p", { class: "tip-time" }, timeWords(point, whole, zone)),
    point.of ? figures(point) : h("p", { class: "tip-gap" }, gapWords(point, whole)),
    ...(point.of?.flags ?? []).map((flag) => flagWords(flag)),
    point.of?.flagged > 0 && h("p", { class: "tip-flag" }, `${dayFlags(point)}; open the day to see why`),
    ...incidents.map((each) => h("p", { class: "tip-incident" }, h("b", {}, ruleWords(each.rule)), ` incident: ${each.message}`)),
  ];
}

/** Say the same in one sentence, for those who hear it. */
export function tipSentence(point, whole, zone) {
  if (!point.of) return `${timeWords(point, whole, zone)}: ${gapWords(point, whole)}`;
  const flags = (point.of.flags ?? []).map((flag) => `${ruleWords(flag.rule)}: ${flag.message}`);
  const said = `generated ${energy(point.generated)}, consumed ${energy(point.consumed)}, net ${energy(point.net, true)}`;
  return [`${timeWords(point, whole, zone)}: ${said}`, ...flags, dayFlags(point)].filter(Boolean).join(". ");
}

/** Write an interval: Sun 22 Nov, 09:00–09:05; or a whole day. */
export function timeWords({ from, to, of }, whole, zone) {
  if (whole && of) return `${dayOf((from + to) / 2, zone).slice(0, 3)} ${dateOf((from + to) / 2, zone)}`;
  if (whole) return `${dateOf(from, zone)}\u2013${dateOf(to - 1, zone)}`;
  const sameDay = dayOf(from, zone) === dayOf(to - 1, zone);
  return `${momentOf(from, zone)}\u2013${sameDay ? timeOfDay(to, zone) : momentOf(to, zone)}`;
}

function figures({ generated, consumed, net, of }) {
  const rows = [
    ["generated", "Generated", energy(generated)],
    ["consumed", "Consumed", energy(consumed)],
    ["net", "Net", energy(net, true)],
  ];
  if (of.expected) rows.push(["complete", "Complete", `${percent(Math.min(of.readings, of.expected), of.expected)} of ${count(of.expected, "reading")}`]);
  return h("dl", {}, rows.map(([key, label, text]) => h("div", { class: `of-${key}` }, h("dt", {}, label), h("dd", {}, text))));
}

function gapWords({ from, to, missing }, whole) {
  const length = duration(to - from);
  return whole ? `No readings for ${length}` : `No readings for ${length}${missing ? `: ${count(missing, "reading")} missing` : ""}`;
}

function flagWords(flag) {
  return h("p", { class: "tip-flag" }, h("b", {}, ruleWords(flag.rule)), ` ${flag.message}`);
}

function dayFlags({ of }) {
  return of?.flagged > 0 ? count(of.flagged, "flag") : "";
}

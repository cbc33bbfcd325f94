/* What a chart says of the moment that is pointed at: figures, flags with their reasons, or that nothing was measured. */

import { h } from "./dom.js";
import { count, dateOf, dayOf, duration, energy, momentOf, percent, ruleWords, timeOfDay } from "./format.js";

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

/* A chart's scales: what lies within them, and how their ticks are labelled. */

import { isMarked } from "./series.js";
import { dateIn, dayOf, timeOfDay } from "./format.js";

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

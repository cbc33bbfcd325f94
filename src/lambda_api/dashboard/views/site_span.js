/* Which time a site's page shows: a range behind now, behind a chosen end, or around a chosen moment. */

import { dateIn, secondsOf, utcText } from "../format.js";

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

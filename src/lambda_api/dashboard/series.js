/* What the API gives becomes what a chart draws: columns over time, with a hole wherever nothing was measured.

A series is {points, gaps, step}: points in order of x, each with from, to (its interval, seconds since 1970),
generated, consumed, net (kWh; null in a hole) and `of`, what the API gave; gaps as {from, to, missing}. */

import { secondsOf } from "./format.js";

const SLACK = 1.5; // intervals between two readings before one is missing
const NEAR = 6; // readings to either side that tell how long an interval is
const LATE = 3; // intervals that may pass before the newest reading is missed
// These rules say that a value can't be energy. Totals by hour, day and month leave such a reading out as well.
const NO_ENERGY = new Set(["sentinel", "over_capacity", "running_total"]);

/**
 * Make a series of readings. interval: seconds, as registered, or null; readings that go by another one tell it. span: {from, to, now}, seconds.
 * begun: whether readings are known from before `from`.
 */
export function ofReadings(readings, interval, span, begun) {
  const steps = stepsOf(readings, interval);
  const points = [];
  const gaps = [];
  let step = interval ?? usualStep(readings);
  let last = begun ? span.from : null;
  for (const [at, reading] of readings.entries()) {
    const end = secondsOf(reading.timestamp);
    step = steps[at];
    if (last !== null && end - last > SLACK * step) addGap(points, gaps, last, end - step, step);
    points.push(pointOf(reading, end - step, end, end - step / 2));
    last = end;
  }
  const until = Math.min(span.now, span.to);
  if (last !== null && until - last > LATE * step) addGap(points, gaps, last, until, step);
  return { points, gaps, step };
}

/** Make a series of totals; where a period has no readings, it is a hole. span: {from, to, now}, seconds. */
export function ofTotals(items, span) {
  const points = [];
  const gaps = [];
  const filled = items.filter((item) => item.readings > 0 && secondsOf(item.end) > span.from && secondsOf(item.start) < span.to);
  let last = null;
  for (const item of filled) {
    const [from, to] = [secondsOf(item.start), secondsOf(item.end)];
    if (last !== null && from > last) addGap(points, gaps, last, from, to - from);
    points.push(pointOf({ ...item, expected: item.expected_so_far }, from, to, (from + to) / 2));
    last = to;
  }
  const step = filled.length ? secondsOf(filled[0].end) - secondsOf(filled[0].start) : 86400;
  const until = Math.min(span.now, span.to);
  if (last !== null && until - last > step) addGap(points, gaps, last, until, step);
  return { points, gaps, step };
}

/**
 * Return what the points sum up to, null on a side that none has; expected: the readings there would be without a gap.
 * leftOut: how many readings aren't in the energies, since they can't be energy. doubtful: what the other anomalies bring, kWh.
 */
export function sumOf(points) {
  const sum = { generated: null, consumed: null, readings: 0, expected: 0, anomalies: 0, leftOut: 0, doubtful: { generated: 0, consumed: 0 } };
  const each = Math.max(1, ...points.map(({ of }) => of?.expected ?? 0));
  for (const { of, generated, consumed, missing } of points) {
    sum.expected += of && overlaps(of) ? 0 : of ? (of.expected ?? of.readings ?? 1) : missing * each;
    if (!of || overlaps(of)) continue;
    sum.readings += of.readings ?? 1;
    if (isMarked(of)) sum.anomalies += 1;
    if (cannotBeEnergy(of)) {
      sum.leftOut += 1;
      continue;
    }
    sum.generated = added(sum.generated, generated);
    sum.consumed = added(sum.consumed, consumed);
    if (!isMarked(of)) continue;
    sum.doubtful.generated += generated;
    sum.doubtful.consumed += consumed;
  }
  return { ...sum, net: netOf(sum, points.some(({ net }) => net !== null)) };
}

function added(sum, energy) {
  return energy === null ? sum : (sum ?? 0) + energy;
}

/** Return the net of sums: of the one side that is measured that side, signed; null where a measured side has no value. */
function netOf({ generated, consumed }, known) {
  return known ? (generated ?? 0) - (consumed ?? 0) : null;
}

/** Return whether a reading lies in the interval of another one, which counts. */
function overlaps(of) {
  return Boolean(of.flags?.some?.(({ rule }) => rule === "overlap"));
}

/** Return whether a reading's flags say that it can't be energy; of a mistaken unit, where it is too much and not too little. */
function cannotBeEnergy(of) {
  const says = ({ rule, observed, limit }) => NO_ENERGY.has(rule) || (rule === "unit_error" && Number(observed) > Number(limit));
  return Boolean(of.flags?.some?.(says));
}

/** Return whether a reading is anomalous, or a period has flags. */
export function isMarked(of) {
  return Boolean(of && (of.anomaly ?? of.flagged > 0));
}

function pointOf(given, from, to, x) {
  return {
    x,
    from,
    to,
    generated: numberOf(given.generated_kwh ?? given.energy_generated_kwh),
    consumed: numberOf(given.consumed_kwh ?? given.energy_consumed_kwh),
    net: numberOf(given.net_energy_kwh),
    of: given,
  };
}

/** Return a number as it is drawn; null where there is no measured value, which is no zero. */
function numberOf(given) {
  return given === null || given === undefined ? null : Number(given);
}

function addGap(points, gaps, from, to, step) {
  gaps.push({ from, to, missing: Math.max(1, Math.round((to - from) / step)) });
  points.push({ x: (from + to) / 2, ...gaps.at(-1), generated: null, consumed: null, net: null, of: null });
}

/** Return the length of each reading's interval, seconds, as its neighbours tell, `interval` where they are too few. */
function stepsOf(readings, interval) {
  const single = readings.filter((reading) => !overlaps(reading));
  const usual = interval ?? usualStep(single);
  const steps = new Map(
    single.map((reading, at) => {
      const near = single.slice(Math.max(0, at - NEAR - 1), at + NEAR + 1);
      return [reading, near.length > NEAR ? usualStep(near) : usual];
    }),
  );
  return readings.map((reading) => steps.get(reading) ?? usual);
}

function usualStep(readings) {
  const steps = readings.slice(1).map((reading, at) => secondsOf(reading.timestamp) - secondsOf(readings[at].timestamp));
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 300;
}

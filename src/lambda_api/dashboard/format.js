/* Figures and times as a reader takes them in: a few digits, always a unit, a clock that is named. */

const MINUS = "\u2212";
export const NONE = "\u2013";
const UNITS = [
  ["GWh", 1e6],
  ["MWh", 1e3],
  ["kWh", 1],
  ["Wh", 1e-3],
];

/** Return [name, kWh] of the unit in which `kwh` is a plain number. */
export function unitFor(kwh) {
  return UNITS.find(([, size]) => Math.abs(kwh) >= size) ?? (kwh === 0 ? UNITS[2] : UNITS[3]);
}

/** Write an energy: 4.13 kWh, 1.20 MWh. signed: with a plus where it is above zero. */
export function energy(kwh, signed = false) {
  if (kwh === null || kwh === undefined) return NONE;
  const [name, size] = unitFor(kwh);
  return `${figure(kwh / size, signed)} ${name}`;
}

/** Write a figure with three digits at least: 4.13, 41.3, 1,204. */
export function figure(value, signed = false) {
  const size = Math.abs(value);
  const digits = value === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = decimals(digits).format(size);
  return value < 0 ? MINUS + text : signed && value > 0 ? `+${text}` : text;
}

const kept = new Map();
function decimals(digits) {
  if (!kept.has(digits)) {
    kept.set(digits, new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return kept.get(digits);
}

/** Write a measured value with its unit, in no more than five digits; minutes as a duration, one reading as one. */
export function exact(value, unit) {
  if (unit === "minutes") return (value < 0 ? MINUS : "") + duration(60 * wholeMinutes(Math.abs(value)));
  if (unit === "readings") return count(Number(value), "reading");
  return `${Number(Number(value).toPrecision(5)).toLocaleString("en", { maximumFractionDigits: 9 })} ${unit}`.replace("-", MINUS);
}

/** Round minutes as messages do, so that a message and the figure beside it agree; less than half a one stays as it is. */
function wholeMinutes(minutes) {
  return minutes < 0.5 ? minutes : Math.round(minutes);
}

/** Write a count: 1 site, 1,204 readings. */
export function count(amount, one, many = `${one}s`) {
  return `${amount.toLocaleString("en")} ${amount === 1 ? one : many}`;
}

/** Write a share; what isn't quite nothing or all doesn't read as if it were. */
export function percent(part, whole) {
  if (!whole) return NONE;
  const share = (100 * part) / whole;
  return `${share > 99 && share < 100 ? "99" : share > 0 && share < 1 ? "<1" : Math.round(share)}\u00a0%`;
}

/** Write a duration: 40 s, 12 min, 3 h 5 min, 2 d 4 h. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`;
}

/** Write how long ago a moment was; both in seconds since 1970. */
export function ago(moment, now) {
  const past = now - moment;
  if (past < -60) return `in ${duration(-past)}`;
  return past < 10 ? "just now" : `${duration(past)} ago`;
}

/** Read UTC text as seconds since 1970; null stays null. */
export function secondsOf(text) {
  return text ? Date.parse(text) / 1000 : null;
}

/** Write seconds since 1970 as the API reads them: 2026-11-22T09:05:00Z. */
export function utcText(seconds) {
  return new Date(Math.ceil(seconds) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

const clocks = new Map();
function clock(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!clocks.has(key)) clocks.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return clocks.get(key);
}

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { weekday: "short", day: "numeric", month: "short" };

/** Write a time of day: 09:05. */
export const timeOfDay = (seconds, zone) => clock(zone, TIME).format(seconds * 1000);
/** Write a day: Sun 22 Nov. */
export const dayOf = (seconds, zone) => clock(zone, DAY).format(seconds * 1000).replace(",", "");
/** Write a date with its year: 22 Nov 2026. */
export const dateOf = (seconds, zone) => clock(zone, { day: "numeric", month: "short", year: "numeric" }).format(seconds * 1000);
/** Write a moment: Sun 22 Nov, 09:05. */
export const momentOf = (seconds, zone) => `${dayOf(seconds, zone)}, ${timeOfDay(seconds, zone)}`;
/** Write a moment with its year: 22 Nov 2026, 09:05. */
export const fullMoment = (seconds, zone) =>
  `${dateOf(seconds, zone)}, ${timeOfDay(seconds, zone)}`;
/** Write the date in a zone: 2026-11-22. */
export const dateIn = (seconds, zone) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(seconds * 1000);

/** Name a zone with its offset at a moment: Europe/Berlin, UTC+1. */
export function zoneWords(zone, seconds) {
  const parts = clock(zone, { timeZoneName: "shortOffset" }).formatToParts(seconds * 1000);
  const offset = parts.find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC").replace("-", MINUS);
  return zone === "UTC" ? "UTC" : `${zone}, ${offset}`;
}

/** Return whether this browser knows a zone. */
export function isZone(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

/** Write a rule's name as words: over_capacity becomes over capacity. */
export const ruleWords = (rule) => rule.replaceAll("_", " ");

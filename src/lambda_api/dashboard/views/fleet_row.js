/* One site's row in the fleet, how rows are ordered, and how the keyboard moves among them. */

import { fill, h, write } from "../dom.js";
import { SEVERITIES } from "../severities.js";
import { siteHref, STATES, stateBadge } from "../parts.js";
import { ago, energy, figure, fullMoment, isZone, NONE, percent, ruleWords, secondsOf, zoneWords } from "../format.js";

const WORST_FIRST = Object.keys(STATES);

/** The columns: `of` gives what a site is ordered by; numbers are ordered from the largest. */
export const COLUMNS = [
  { key: "state", label: "State", of: (site) => WORST_FIRST.indexOf(site.state) * 10 - SEVERITIES.indexOf(site.severity) },
  { key: "name", label: "Site", of: () => 0 },
  { key: "last", label: "Last reading", of: (site) => -(secondsOf(site.last_reading_at) ?? 0) },
  { key: "generated", label: "Generated today", numeric: true, of: (site) => -(site.today?.generated_kwh ?? -Infinity) },
  { key: "consumed", label: "Consumed today", numeric: true, of: (site) => -(site.today?.consumed_kwh ?? -Infinity) },
  { key: "net", label: "Net today", numeric: true, of: (site) => -(site.today?.net_energy_kwh ?? -Infinity) },
  { key: "complete", label: "Complete", numeric: true, of: (site) => completeness(site)?.share ?? Infinity },
  { key: "incidents", label: "Open incidents", of: (site) => -site.open_incidents },
];

/** Return how two sites are ordered by a column; equal ones by name. */
export function compare(key, down) {
  const { of } = COLUMNS.find((column) => column.key === key);
  const sign = down ? -1 : 1;
  return (one, other) => {
    const [a, b] = [of(one), of(other)];
    if (a !== b) return sign * (a < b ? -1 : 1);
    return (key === "name" ? sign : 1) * (one.site_id < other.site_id ? -1 : 1);
  };
}

/** Make a site's row; update(site, now) brings it up to date, touching only what changed. */
export function makeRow(siteId) {
  const link = h("a", { href: siteHref(siteId), tabindex: "-1" }, siteId);
  const kind = h("small", {});
  const state = h("div", { role: "cell", class: "cell-state" });
  const last = h("div", { role: "cell", class: "cell-last", "data-label": "Last reading" });
  const numbers = ["Generated", "Consumed", "Net", "Complete"].map((label) =>
    h("div", { role: "cell", class: `number cell-${label.toLowerCase()}`, "data-label": label }),
  );
  const incidents = h("div", { role: "cell", class: "cell-incidents" });
  const name = h("div", { role: "cell", class: "cell-name" }, link, kind);
  const element = h("div", { role: "row", class: "row" }, state, name, last, ...numbers, incidents);
  let before;

  function update(site, now) {
    write(last, site.last_reading_at ? ago(secondsOf(site.last_reading_at), now) : "none");
    const text = JSON.stringify(site);
    if (text === before) return;
    before = text;
    element.dataset.state = site.state;
    fill(state, stateBadge(site.state));
    write(kind, aboutSite(site));
    last.title = lastTitle(site);
    const { today } = site;
    [energy(today?.generated_kwh), energy(today?.consumed_kwh), energy(today?.net_energy_kwh, true)].forEach((each, at) =>
      write(numbers[at], each),
    );
    const complete = completeness(site);
    write(numbers[3], complete ? percent(complete.readings, complete.expected) : NONE);
    numbers[3].title = complete ? `${complete.readings} of ${complete.expected} readings up to its last one on ${today.date}` : "";
    fill(incidents, incidentWords(site));
  }

  return { element, update };
}

/** Say what a site is in a few words: solar · 50.0 kW. */
export function aboutSite(site) {
  const power = site.capacity_kw && (site.capacity_kw >= 1000 ? `${figure(site.capacity_kw / 1000)} MW` : `${figure(site.capacity_kw)} kW`);
  return [site.kind, power].filter(Boolean).join(" · ");
}

function incidentWords(site) {
  if (!site.open_incidents) return h("span", { class: "quiet" }, NONE);
  const rules = site.rules.map(ruleWords).join(", ");
  return [h("b", { class: `count severity-${site.severity}` }, String(site.open_incidents)), h("span", { class: "rules", title: rules }, rules)];
}

function lastTitle(site) {
  if (!site.last_reading_at) return "no reading is known";
  const seconds = secondsOf(site.last_reading_at);
  const zone = isZone(site.timezone) ? site.timezone : "UTC";
  return `${fullMoment(seconds, zone)} (${zoneWords(zone, seconds)})`;
}

/** Return how many of today's readings there are of those up to its last one: what comes later isn't missing. */
function completeness({ today, last_reading_at: last }) {
  if (!today?.expected || !last) return null;
  const expected = today.expected_so_far;
  const readings = Math.min(today.readings, expected);
  return { readings, expected, share: readings / expected };
}

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

/** Make the elements that `selector` finds in `list` one tab stop. */
export function rove(list, selector) {
  const all = () => [...list.querySelectorAll(selector)];

  function makeStop(chosen) {
    list.querySelector(`${selector}[tabindex="0"]`)?.setAttribute("tabindex", "-1");
    chosen?.setAttribute("tabindex", "0");
  }

  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.altKey || event.ctrlKey || event.metaKey) return;
    const elements = all();
    const at = elements.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    const next = elements[Math.max(0, Math.min(elements.length - 1, at + STEPS[event.key]))];
    makeStop(next);
    next.focus();
  });
  list.addEventListener("focusin", (event) => event.target.matches(selector) && makeStop(event.target));
  new MutationObserver(() => {
    if (!list.querySelector(`${selector}[tabindex="0"]`)) makeStop(list.querySelector(selector));
  }).observe(list, { childList: true });
}

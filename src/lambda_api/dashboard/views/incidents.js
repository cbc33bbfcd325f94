/* What is wrong now, and what was: since when, why, what was seen against what was expected, and where to look. */

import { askAll, loadRules, ruleOf } from "../api.js";
import { fill, h, refill, write } from "../dom.js";
import { choice, empty, failure, heading, severityBadge, siteHref, skeleton } from "../parts.js";
import { correction } from "./correction.js";
import { ago, count, duration, energy, exact, figure, fullMoment, momentOf, ruleWords, secondsOf, zoneWords } from "../format.js";

const MOST = 1000;

/** Open the view. */
export function open(place, route, { live, remember }) {
  const today = new Date().toISOString().slice(0, 10);
  const wanted = {
    state: route.query.get("state") === "closed" ? "closed" : "open",
    day: /^\d{4}-\d\d-\d\d$/.test(route.query.get("day") ?? "") ? route.query.get("day") : today,
    q: route.query.get("q") ?? "",
  };
  let kept;
  let listed = { items: [], more: false };

  const which = choice("Which incidents", "incidents", [["open", "Open"], ["closed", "Closed"]], wanted.state, (state) => choose({ state }));
  const day = h("input", { type: "date", value: wanted.day, max: today, onchange: () => day.value && choose({ day: day.value }) });
  const dayField = h("label", { class: "field" }, h("span", {}, "Recovered on (UTC)"), day);
  const search = h("input", { type: "search", placeholder: "Search site or rule", "aria-label": "Search by site or rule", autocomplete: "off", oninput: filter });
  search.value = wanted.q;
  const found = h("p", { class: "found", role: "status" });
  const body = h("div", {});
  place.append(
    heading("Incidents", h("p", { class: "lead" }, "An incident is one fault at one site, from its onset to its recovery. Times are UTC.")),
    h("div", { class: "tools" }, which, dayField, search),
    found,
    body,
  );
  start();

  function choose(part) {
    Object.assign(wanted, part);
    start();
  }

  function start() {
    const closed = wanted.state === "closed";
    dayField.hidden = !closed;
    remember({ state: closed ? "closed" : "", day: closed ? wanted.day : "", q: wanted.q });
    kept?.stop();
    write(found, "");
    fill(body, skeleton(6, "Loading incidents"));
    const query = { state: wanted.state, day: closed ? wanted.day : null, limit: 200 };
    kept = live(
      (signal) => Promise.all([askAll("incidents", query, MOST, signal), loadRules()]).then(([found]) => found),
      (loaded) => {
        listed = loaded;
        show();
      },
      (error, again) => fill(body, failure(error, again)),
    );
  }

  function filter() {
    wanted.q = search.value.trim();
    remember({ state: wanted.state === "closed" ? "closed" : "", day: wanted.state === "closed" ? wanted.day : "", q: wanted.q });
    show();
  }

  function show() {
    const words = wanted.q.toLowerCase().split(/\s+/);
    const isWanted = (each) => words.every((word) => `${each.site_id} ${ruleWords(each.rule)} ${each.rule}`.toLowerCase().includes(word));
    const chosen = listed.items.filter(isWanted);
    write(found, foundWords(chosen.length));
    const now = Date.now() / 1000;
    refill(body, () => (chosen.length ? h("ul", { class: "incidents" }, chosen.map((each) => card(each, now, "UTC"))) : nothing()));
  }

  function foundWords(amount) {
    if (!amount) return "";
    const sites = new Set(listed.items.map((each) => each.site_id)).size;
    const all = `${count(amount, `${wanted.state} incident`)}${wanted.q ? ` of ${listed.items.length}` : ` at ${count(sites, "site")}`}`;
    return listed.more ? `${all}; only the latest ${MOST} are listed` : all;
  }

  function nothing() {
    if (listed.items.length) return empty("No incident matches", "Search for a part of a site's name or of a rule's.");
    if (wanted.state === "open") return empty("All quiet", "No incident is open at any site.");
    return empty("None recovered on this day", "Choose another day; days are UTC.");
  }

  return { close: () => kept?.stop() };
}

/** Make an incident's card, its times in a zone, with a link to its site's chart at that time. */
export function card(each, now, zone, withSite = true) {
  const onset = secondsOf(each.onset);
  const end = each.recovery ? secondsOf(each.recovery) : now;
  const rule = ruleOf(each.rule);
  const where = siteHref(each.site_id, { range: each.basis === "day" ? "7d" : "24h", at: each.onset });
  return h(
    "li",
    { class: `incident severity-${each.severity}`, "data-id": each.id },
    h(
      "div",
      { class: "incident-head" },
      severityBadge(each.severity),
      h(withSite ? "h2" : "h3", {}, withSite && h("a", { href: siteHref(each.site_id) }, each.site_id), withSite && " ", h("span", { class: "rule", title: rule?.sentence }, ruleWords(each.rule))),
      h("span", { class: "lasts" }, each.recovery ? `lasted ${duration(end - onset)}` : `for ${duration(end - onset)}`),
    ),
    h("p", { class: "why" }, each.message),
    rule && !each.recovery && h("p", { class: "next" }, h("b", {}, "What to do: "), rule.advice),
    h(
      "dl",
      { class: "facts" },
      fact("Since", momentOf(onset, zone), `${fullMoment(onset, zone)}, ${zoneWords(zone, onset)}: ${ago(onset, now)}`),
      each.recovery && fact("Recovered", momentOf(end, zone), `${fullMoment(end, zone)}, ${zoneWords(zone, end)}`),
      fact("Seen", exact(each.observed, each.unit)),
      fact("Limit", exact(each.limit, each.unit)),
      fact("Lost", lostWords(each), each.lost_until && `until ${fullMoment(secondsOf(each.lost_until), zone)}`),
      fact("Notified", notifiedWords(each, zone)),
    ),
    each.evidence?.length > 0 && evidence(each, zone),
    each.offer && correction(each.offer, zone),
    h("p", { class: "go" }, h("a", { href: where }, "Look at the chart at that time", h("span", { class: "hidden" }, `, ${each.site_id}, ${ruleWords(each.rule)}`))),
  );
}

/** What the incident explains: other rules that see the same event. */
function evidence(each, zone) {
  const seen = each.evidence.map((part) => `${ruleWords(part.rule)}, ${momentOf(secondsOf(part.onset), zone)}`);
  return h("p", { class: "evidence" }, h("b", {}, "Evidence: "), seen.join("; "));
}

function fact(label, text, title = null) {
  return text && h("div", { title }, h("dt", {}, label), h("dd", {}, text));
}

/** Say the energy that an incident cost, and the money where the site has a price; nothing of what costs none. */
function lostWords({ rule, lost_kwh: lost, lost_value: worth }) {
  if (rule === "no_data") return "not known: no reading came";
  const isPriced = worth !== null && worth !== undefined;
  return lost > 0 && `about ${energy(lost)}${isPriced ? ` (${figure(Number(worth))} of your currency)` : ""}`;
}

function notifiedWords(each, zone) {
  if (each.onset_notified_at) return momentOf(secondsOf(each.onset_notified_at), zone);
  if (each.cause) return "no: another incident explains it";
  if (each.suppressed) return "no: over or old when found";
  if (each.severity !== "critical" || each.returning) return "in the next daily digest";
  return each.recovery ? "no: over before it was sent" : "pending";
}

/* The fleet at a glance: alerting sites come first; search, filter by state, sort by any column. */

import { askAll } from "../api.js";
import { arrange, fill, h, write } from "../dom.js";
import { empty, failure, heading, skeleton, STATE_MEANING, STATES } from "../parts.js";
import { count, energy } from "../format.js";
import { COLUMNS, compare, makeRow, rove } from "./fleet_row.js";

const MOST = 5000; // sites listed; any other is opened by its name
const PAGE = 1000;

/** Open the view. */
export function open(place, route, { live, remember }) {
  const wanted = readQuery(route.query);
  const rows = new Map(); // site id: its row, kept from one look to the next
  let fleet = { items: [], more: false };
  let shownTag;

  const totals = h("p", { class: "lead" });
  const states = h("div", { class: "filters", role: "group", "aria-label": "Filter by state" });
  const search = h("input", {
    type: "search",
    placeholder: "Search sites",
    "aria-label": "Search sites by name or kind",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => change({ q: search.value.trim() }),
    onkeydown: (event) => event.key === "Enter" && openNamed(),
  });
  search.value = wanted.q;
  const order = h("select", { "aria-label": "Sort by", onchange: () => change({ sort: order.value }) });
  order.append(...COLUMNS.map(({ key, label }) => h("option", { value: key }, `Sort: ${label.toLowerCase()}`)));
  const head = h("div", { role: "row", class: "row head" }, COLUMNS.map(headCell));
  const body = h("div", { role: "rowgroup", class: "rows" });
  const table = h(
    "div",
    { role: "table", class: "fleet", "aria-label": "Sites", hidden: true },
    h("div", { role: "rowgroup" }, head),
    body,
  );
  const notice = h("div", {}, skeleton(10, "Loading the fleet"));
  const found = h("p", { class: "found", role: "status" });
  place.append(heading("Fleet", totals), h("div", { class: "tools" }, states, search, order), found, table, notice);
  rove(body, "a");

  const kept = live(
    (signal) => askAll("fleet", { limit: PAGE }, MOST, signal),
    (loaded) => {
      fleet = loaded;
      if (loaded.tag !== shownTag) showTotals();
      shownTag = loaded.tag;
      showRows();
    },
    (error, again) => fill(notice, failure(error, again)),
  );

  function change(part) {
    Object.assign(wanted, part);
    remember({ state: wanted.state, q: wanted.q, sort: wanted.sort === "state" ? "" : wanted.sort, down: wanted.down });
    showRows();
  }

  function sortBy(key) {
    change({ sort: key, down: wanted.sort === key && !wanted.down ? "1" : "" });
  }

  function headCell({ key, label, numeric }) {
    const button = h("button", { type: "button", onclick: () => sortBy(key) }, label);
    return h("div", { role: "columnheader", class: numeric ? "number" : "", "data-key": key }, button);
  }

  function showTotals() {
    const today = fleet.items.map((site) => site.today).filter(Boolean);
    const sum = (name) => today.reduce((total, day) => total + (day[name] ?? 0), 0);
    fill(
      totals,
      h("span", {}, count(fleet.items.length, "site"), fleet.more ? " and more" : ""),
      h("span", {}, "today ", h("strong", {}, energy(sum("generated_kwh"))), " generated"),
      h("span", {}, h("strong", {}, energy(sum("consumed_kwh"))), " consumed"),
    );
  }

  function showStates() {
    const amounts = { "": fleet.items.length };
    for (const site of fleet.items) amounts[site.state] = (amounts[site.state] ?? 0) + 1;
    const all = [["", "All", "every site"], ...Object.keys(STATES).map((key) => [key, STATES[key], STATE_MEANING[key]])];
    if (states.childElementCount === 0) states.append(...all.map(([key, label, title]) => stateButton(key, label, title)));
    all.forEach(([key], at) => {
      states.children[at].setAttribute("aria-pressed", String(wanted.state === key));
      write(states.children[at].lastChild, (amounts[key] ?? 0).toLocaleString("en"));
    });
  }

  function stateButton(key, label, title) {
    const mark = key && h("span", { class: `shape state-${key}`, "aria-hidden": "true" });
    const onclick = () => change({ state: wanted.state === key ? "" : key });
    return h("button", { type: "button", class: `filter state-${key || "all"}`, title, onclick }, mark, `${label} `, h("b", {}));
  }

  function showRows() {
    showStates();
    const now = Date.now() / 1000;
    const chosen = fleet.items.filter(isWanted).sort(compare(wanted.sort, Boolean(wanted.down)));
    arrange(body, chosen.map((site) => rowOf(site, now)));
    for (const cell of head.children) {
      const current = cell.dataset.key === wanted.sort;
      cell.setAttribute("aria-sort", current ? (wanted.down ? "descending" : "ascending") : "none");
    }
    order.value = wanted.sort;
    table.setAttribute("aria-rowcount", chosen.length + 1);
    table.hidden = chosen.length === 0;
    fill(notice, chosen.length ? moreWords() : nothing());
    const some = wanted.state || wanted.q;
    write(found, some ? `${count(chosen.length, "site")} of ${fleet.items.length.toLocaleString("en")}` : "");
  }

  function rowOf(site, now) {
    if (!rows.has(site.site_id)) rows.set(site.site_id, makeRow(site.site_id));
    const row = rows.get(site.site_id);
    row.update(site, now);
    return row.element;
  }

  function isWanted(site) {
    const text = `${site.site_id} ${site.kind ?? ""}`.toLowerCase();
    return (!wanted.state || site.state === wanted.state) && wanted.q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  function openNamed() {
    const chosen = body.querySelectorAll("a");
    if (chosen.length === 1) location.hash = chosen[0].getAttribute("href");
    else if (chosen.length === 0 && fleet.more) location.hash = `#/site/${encodeURIComponent(wanted.q)}`;
  }

  function moreWords() {
    return fleet.more && h("p", { class: "note" }, `The first ${MOST.toLocaleString("en")} sites by name are listed. Type any other's whole name above and press Enter.`);
  }

  function nothing() {
    if (fleet.items.length === 0) {
      return empty("No sites yet", "A site appears with its first reading: land a file with 'heliograph submit', or simulate a fleet with 'heliograph up'.");
    }
    const clear = h("button", { type: "button", onclick: () => { search.value = ""; change({ q: "", state: "" }); search.focus(); } }, "Show all sites");
    return empty("No site matches", clear);
  }

  return { close: kept.stop };
}

function readQuery(query) {
  const sort = COLUMNS.some(({ key }) => key === query.get("sort")) ? query.get("sort") : "state";
  const state = query.get("state") in STATES ? query.get("state") : "";
  return { q: query.get("q") ?? "", state, sort, down: query.get("down") ? "1" : "" };
}

/* Pieces that several views are made of: a state's mark, a figure's tile, a message in place of what isn't there. */

import { h } from "./dom.js";

/** What each state is called; its mark has a shape of its own, so colour alone never tells it. */
export const STATES = {
  alerting: "Alerting",
  not_reporting: "Not reporting",
  ok: "OK",
  unknown: "Unknown",
};
/** What each state means. */
export const STATE_MEANING = {
  alerting: "at least one incident is open",
  not_reporting: "no readings come",
  ok: "no incident is open",
  unknown: "no reading of today or yesterday, and none may be due",
};

/** Make a state's mark with its word. */
export function stateBadge(state) {
  return h("span", { class: `badge state-${state}` }, h("span", { class: "shape", "aria-hidden": "true" }), STATES[state] ?? state);
}

/** Make a severity's mark with its word. */
export function severityBadge(severity) {
  return h("span", { class: `badge severity-${severity}` }, h("span", { class: "shape", "aria-hidden": "true" }), severity);
}

/** Make a tile: what it counts, the figure, and a note. */
export function tile(label, figure, note = "", tone = "") {
  return h(
    "div",
    { class: `tile ${tone}` },
    h("dt", {}, label),
    h("dd", {}, h("span", { class: "figure" }, figure), note && h("span", { class: "note" }, note)),
  );
}

/** Make a view's head: its title and what stands beside it. */
export function heading(title, ...beside) {
  return h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, title), ...beside);
}

/** Make a message where there is nothing to show. */
export function empty(title, ...lines) {
  return h("div", { class: "empty" }, h("h2", {}, title), ...lines.map((line) => h("p", {}, line)));
}

/** Make grey bars where something is being loaded. */
export function skeleton(lines, label) {
  const bars = Array.from({ length: lines }, () => h("div", { class: "bone" }));
  return h("div", { class: "skeleton", role: "status" }, h("span", { class: "hidden" }, label), ...bars);
}

/** Write what failed as a sentence. */
export function sentence(error) {
  return `${error.message}.`.replace(/\.\.$/, ".");
}

/** Make a message of what failed, with a way to try again. */
export function failure(error, again) {
  return h(
    "div",
    { class: "empty failed" },
    h("h2", {}, "This can't be shown now"),
    h("p", {}, sentence(error)),
    h("p", {}, h("button", { type: "button", onclick: again }, "Try again")),
  );
}

/** Make a group of radio buttons. choices: [value, label]. The arrow keys move in it, as the browser has it. */
export function choice(legend, name, choices, chosen, onChoose) {
  const options = choices.map(([value, label]) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onChoose(value) }),
      h("span", {}, label),
    ),
  );
  return h("fieldset", { class: "choice" }, h("legend", { class: "hidden" }, legend), ...options);
}

/** Make a link to a site's chart; at: UTC text of the time to show. */
export function siteHref(siteId, query = {}) {
  const text = new URLSearchParams(query).toString();
  return `#/site/${encodeURIComponent(siteId)}${text ? `?${text}` : ""}`;
}

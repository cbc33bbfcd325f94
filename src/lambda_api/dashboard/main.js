/* Where all is put together: the address's hash chooses the view. The frame around the views tells which one is
   current, how fresh it is, light or dark, and what is wrong. */

import { fill, h, write } from "./dom.js";
import { ago, timeOfDay } from "./format.js";
import { keepFresh } from "./api.js";
import { skeleton } from "./parts.js";

const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
let standing = null;
let retry = () => {};

/** Make the frame's controls work. */
export function startShell() {
  const button = document.getElementById("theme");
  apply(remembered(), button);
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    apply(names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length], button);
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address's hash names the view
    document.getElementById("content").focus();
  });
  setInterval(() => document.hidden || showStanding(), 1000);
}

/** Mark a view as the current one. */
export function markView(name, title) {
  document.title = `${title} · Heliograph`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Begin a view: nothing is known of how fresh it is. again: asks anew. */
export function startStanding(again) {
  standing = null;
  retry = again;
  showStanding();
  fill(document.getElementById("banner"));
}

/** Take in how a view stands, as keepFresh tells it. */
export function tellStanding(told) {
  const changed = !standing || standing.ok !== told.ok || standing.error?.message !== told.error?.message;
  standing = told;
  showStanding();
  if (changed) fill(document.getElementById("banner"), told.ok || told.at === null ? null : banner(told));
}

function banner({ error, at, since }) {
  return h(
    "div",
    { class: "banner" },
    h(
      "p",
      {},
      h("strong", {}, error.message.replace(/\.$/, "")),
      ` since ${timeOfDay(since / 1000, HERE)}. What you see is from ${timeOfDay(at / 1000, HERE)}; it is tried again every 30 s.`,
    ),
    h("button", { type: "button", onclick: () => retry() }, "Try now"),
  );
}

function showStanding() {
  const place = document.getElementById("live");
  place.dataset.standing = standing === null ? "asking" : standing.ok ? "ok" : "down";
  write(document.getElementById("live-text"), standingWords());
}

function standingWords() {
  if (standing === null) return "Loading…";
  if (standing.at === null) return "No answer";
  const age = ago(standing.at / 1000, Date.now() / 1000);
  return standing.ok ? `Updated ${age}` : `Stale, ${age}`;
}

function apply(theme, button) {
  document.documentElement.dataset.theme = theme;
  button.setAttribute("aria-label", `Theme: ${THEMES[theme]}`);
  write(document.getElementById("theme-name"), THEMES[theme]);
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Storage may be off; then the choice holds until the page is left.
  }
  document.dispatchEvent(new Event("themechange"));
}

function remembered() {
  try {
    const theme = localStorage.getItem("theme");
    return theme in THEMES ? theme : "auto";
  } catch {
    return "auto";
  }
}

const VIEWS = {
  fleet: ["Fleet", () => import("./views/fleet.js")],
  site: ["Site", () => import("./views/site.js")],
  incidents: ["Incidents", () => import("./views/incidents.js")],
  pipeline: ["Pipeline", () => import("./views/pipeline.js")],
  feeds: ["Feeds", () => import("./views/feeds.js")],
};
let current = null;

/** Read the hash: `#/site/solar-1?range=24h` is the view `site`, its argument `solar-1` and its query. */
function routeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  const argument = rest.length ? decoded(rest.join("/")) : "";
  return { name: name || "fleet", argument, query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Change the query in the address without leaving the view. */
function remember(query) {
  const path = location.hash.split("?")[0] || "#/";
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  history.replaceState(null, "", given ? `${path}?${given}` : path);
}

async function openView(focus) {
  const route = routeOf(location.hash);
  const [title, bring] = VIEWS[route.name] ?? VIEWS.fleet;
  const place = document.getElementById("content");
  current?.close();
  const mine = (current = { close() {} });
  markView(route.name in VIEWS ? route.name : "fleet", route.name === "site" ? route.argument : title);
  startStanding(() => {});
  fill(place, skeleton(8, `Loading ${title}`));
  try {
    const { open } = await bring();
    if (mine !== current) return;
    fill(place);
    current = open(place, route, { live, remember });
  } catch (error) {
    console.error(error);
    fill(place, h("div", { class: "empty failed" }, h("h2", {}, "This view can't be loaded"), h("p", {}, "Reload the page to try again.")));
  }
  scrollTo(0, 0);
  if (focus) (place.querySelector("h1") ?? place).focus({ preventScroll: true });
}

/** Keep what a view shows fresh, with the frame telling how that stands. */
function live(load, show, failed = () => {}) {
  const kept = keepFresh(load, show, (told) => {
    tellStanding(told);
    if (!told.ok && told.at === null) failed(told.error, kept.now);
  });
  startStanding(kept.now);
  return kept;
}

startShell();
addEventListener("hashchange", () => openView(true));
openView(false);

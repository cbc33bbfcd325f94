/* Where all is put together: the address's hash chooses the view, and the frame tells how it stands. */

import { fill, h } from "./dom.js";
import { keepFresh } from "./live.js";
import { skeleton } from "./parts.js";
import { markView, startShell, startStanding, tellStanding } from "./shell.js";

const VIEWS = {
  fleet: ["Fleet", () => import("./views/fleet.js")],
  site: ["Site", () => import("./views/site.js")],
  incidents: ["Incidents", () => import("./views/incidents.js")],
  pipeline: ["Pipeline", () => import("./views/pipeline.js")],
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

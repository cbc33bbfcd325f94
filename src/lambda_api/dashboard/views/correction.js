/* The edit that an incident calls for: said as a command, tried first, and made on a second click. */

import { send } from "../api.js";
import { fill, h } from "../dom.js";
import { count, dayOf, duration, energy, momentOf, secondsOf, timeOfDay } from "../format.js";

const shown = new Map(); // by command, kept from one look to the next, so that what was tried stays

/** Make the offer of an incident. */
export function correction(offer, zone) {
  if (!shown.has(offer.command)) shown.set(offer.command, makeCorrection(offer, zone));
  return shown.get(offer.command);
}

function makeCorrection({ command, ...edit }, zone) {
  const body = JSON.stringify({ ...known(edit), id: crypto.randomUUID() });
  const said = h("p", { role: "status" });
  const attempt = h("button", { type: "button", onclick: () => run({ dry_run: true }, showEffect) }, "See what it changes");
  const make = h("button", { type: "button", hidden: true, onclick: () => run({}, showMade) }, "Make this edit");
  const buttons = h("div", { class: "group" }, attempt, make);

  async function run(query, show) {
    for (const each of [attempt, make]) each.disabled = true;
    try {
      show(await send("POST", "edits", query, body, "application/json"));
    } catch (error) {
      fill(said, `${error.message.replace(/\.$/, "")}.`);
    }
    for (const each of [attempt, make]) each.disabled = false;
  }

  function showEffect({ effect }) {
    const change = (side) => `${side} ${energy(effect.before[`${side}_kwh`])} \u2192 ${energy(effect.after[`${side}_kwh`])}`;
    const words = () => `${count(effect.intervals, "interval")} would change: ${change("generated")}, ${change("consumed")}.`;
    fill(said, effect ? words() : "The edit can be made; its stretch is too long to say what changes.");
    make.hidden = false;
  }

  function showMade() {
    fill(said, "The edit is made. The site's totals follow within a minute; heliograph edit undo takes it back.");
    buttons.hidden = true;
  }

  return h("div", { class: "offer" }, h("p", {}, h("b", {}, "Correct it: "), editWords(edit, zone), "."), h("pre", { tabindex: "0", role: "group", "aria-label": "The command" }, command), buttons, said);
}

/** Leave out what the edit's action doesn't have. */
function known(edit) {
  return Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== null));
}

/** Say an edit: divide generated energy by 1,000 from Sat 21 Nov, 10:29 to 11:00. */
function editWords({ action, start, end, side, factor, shift_seconds: shift }, zone) {
  const [from, to] = [secondsOf(start), secondsOf(end)];
  const until = dayOf(from, zone) === dayOf(to, zone) ? timeOfDay(to, zone) : momentOf(to, zone);
  const what = `${side === "both" ? "" : `${side} `}energy`;
  const words = {
    scale: () => (factor < 1 ? `divide ${what} by ${Math.round(1 / factor).toLocaleString("en")}` : `multiply ${what} by ${Number(factor).toLocaleString("en")}`),
    shift: () => `move ${what} ${duration(Math.abs(shift))} ${shift < 0 ? "earlier" : "later"}`,
  };
  return `${words[action]?.() ?? action} from ${momentOf(from, zone)} to ${until}`;
}

/* One file that landed: what became of its records, and those that were rejected, with the reason for each. */

import { ask } from "../api.js";
import { fill, h } from "../dom.js";
import { count, duration, timeOfDay } from "../format.js";

/** Make a file's entry. opened: ids of the files whose rejected records are shown, kept from one look to the next. */
export function fileRow(file, opened) {
  const name = file.object_key.split("/").pop();
  const place = file.object_key.slice(0, file.object_key.length - name.length);
  const details = h("div", { class: "rejected", id: `rejected-${file.id}`, hidden: !opened.has(file.id) });
  const more = file.rejected > 0 && rejectedButton(file, details, opened);
  if (opened.has(file.id)) showRejected(file, details);
  const lag = (Date.parse(file.processed_at) - Date.parse(file.landed_at)) / 1000;
  return h(
    "li",
    { class: `file ${file.state === "failed" ? "failed" : ""}`, "data-id": file.id },
    h("span", { class: "when", title: `${file.landed_at}; processed ${duration(lag)} later` }, timeOfDay(Date.parse(file.landed_at) / 1000, "UTC")),
    h("span", { class: "key", title: `${file.object_key}, version ${file.version || "none"}` }, h("small", {}, place), name),
    h("span", { class: "outcome" }, file.state === "failed" ? `Failed: ${file.error}` : outcome(file)),
    more,
    details,
  );
}

function outcome(file) {
  const parts = [
    `${file.stored.toLocaleString("en")} of ${count(file.records, "record")} stored`,
    file.already_stored && `${file.already_stored.toLocaleString("en")} repeated`,
    file.revised && `${file.revised.toLocaleString("en")} revised`,
    file.flagged && `${file.flagged.toLocaleString("en")} flagged`,
  ];
  return parts.filter(Boolean).join(", ");
}

function rejectedButton(file, details, opened) {
  const button = h(
    "button",
    { type: "button", class: "more", "aria-expanded": String(opened.has(file.id)), "aria-controls": details.id, onclick: toggle },
    `${file.rejected.toLocaleString("en")} rejected`,
  );
  function toggle() {
    details.hidden = !details.hidden;
    button.setAttribute("aria-expanded", String(!details.hidden));
    if (details.hidden) opened.delete(file.id);
    else opened.add(file.id);
    if (!details.hidden && !details.childElementCount) showRejected(file, details);
  }
  return button;
}

async function showRejected(file, details) {
  fill(details, h("p", { role: "status" }, "Loading the rejected records…"));
  try {
    const { body } = await ask(`ingestions/${encodeURIComponent(file.id)}/rejected`, { limit: 50 });
    fill(
      details,
      h("ol", {}, body.items.map(rejectedRecord)),
      body.next && h("p", { class: "note" }, `These are the first ${body.items.length}; 'heliograph quarantine' lists all.`),
    );
  } catch (error) {
    fill(details, h("p", { role: "alert" }, `The rejected records can't be shown: ${error.message}.`));
  }
}

function rejectedRecord({ position, reason, record }) {
  return h(
    "li",
    {},
    h("p", {}, h("b", {}, `Record ${position}: `), reason),
    h("pre", { tabindex: "0", role: "group", "aria-label": `Record ${position} as it came` }, record),
  );
}

/* The pipeline itself: what landed, what was rejected and why, what waits, and how long it takes. */

import { ask, askAll } from "../api.js";
import { fill, h, refill, write } from "../dom.js";
import { empty, failure, heading, skeleton, tile } from "../parts.js";
import { count, duration, fullMoment, percent, timeOfDay } from "../format.js";

const MOST = 500; // files listed of an hour

/** Open the view. */
export function open(place, route, { live, remember }) {
  const wanted = { hour: hourOf(route.query.get("hour")), bad: route.query.get("bad") === "1" };
  const opened = new Set(); // files whose rejected records are shown
  let kept;

  const now = h("dl", { class: "tiles", "aria-label": "Now" });
  const advice = h("div", {});
  const totals = h("dl", { class: "tiles small", "aria-label": "Since the beginning" });
  const asOf = h("span", { class: "note" });
  const hour = h("input", { type: "datetime-local", step: "3600", "aria-label": "Hour of landing, UTC", onchange: () => hour.value && choose({ hour: `${hour.value.slice(0, 13).replaceAll("-", "")}` }) });
  const turn = (hours) => choose({ hour: hourText(Date.parse(`${hour.value}Z`) + hours * 3_600_000) });
  const earlier = h("button", { type: "button", "aria-label": "An hour earlier", onclick: () => turn(-1) }, "←");
  const later = h("button", { type: "button", "aria-label": "An hour later", onclick: () => turn(1) }, "→");
  const latest = h("button", { type: "button", onclick: () => choose({ hour: "" }) }, "Latest");
  const bad = h("input", { type: "checkbox", checked: wanted.bad, onchange: () => choose({ bad: bad.checked }) });
  const files = h("div", {}, skeleton(6, "Loading files"));
  const found = h("p", { class: "found", role: "status" });
  place.append(
    heading("Pipeline", h("p", { class: "lead" }, "From files that land to readings that are served. Times are UTC.")),
    h("section", { "aria-labelledby": "now-title" }, h("h2", { id: "now-title" }, "Now"), now, advice),
    h("section", { "aria-labelledby": "totals-title" }, h("h2", { id: "totals-title" }, "Since the beginning ", asOf), totals),
    h(
      "section",
      { "aria-labelledby": "files-title" },
      h("h2", { id: "files-title" }, "Files that landed"),
      h(
        "div",
        { class: "tools" },
        h("label", { class: "field" }, h("span", {}, "In the hour (UTC)"), hour),
        h("div", { class: "group" }, earlier, later, latest),
        h("label", { class: "check" }, bad, "Only rejected or failed"),
      ),
      found,
      files,
    ),
  );
  start();

  function choose(part) {
    Object.assign(wanted, part);
    remember({ hour: wanted.hour, bad: wanted.bad ? "1" : "" });
    start();
  }

  function start() {
    kept?.stop();
    latest.disabled = !wanted.hour;
    kept = live(load, show, (error, again) => fill(files, failure(error, again)));
  }

  async function load(signal) {
    const [pipeline, summary, landed] = await Promise.all([
      ask("pipeline", {}, signal),
      ask("summary", {}, signal),
      landedFiles(wanted.hour, signal),
    ]);
    return { pipeline: pipeline.body, summary: summary.body, landed };
  }

  function show({ pipeline, summary, landed }) {
    showNow(pipeline);
    showTotals(summary);
    later.disabled = landed.hour >= hourText(Date.now());
    hour.value = `${landed.hour.slice(0, 4)}-${landed.hour.slice(4, 6)}-${landed.hour.slice(6, 8)}T${landed.hour.slice(9, 11)}:00`;
    const chosen = landed.items.filter((file) => !wanted.bad || file.rejected > 0 || file.state === "failed");
    write(found, `${count(chosen.length, "file")}${landed.more ? `, the latest ${MOST} of more` : ""} landed between ${landed.hour.slice(9)}:00 and ${landed.hour.slice(9)}:59 UTC`);
    refill(files, () => (chosen.length ? fileList(chosen) : nothing(landed)));
  }

  function showNow({ queues, lag_seconds: lag }) {
    const dead = queues.dead_letters.waiting + queues.watch_dead_letters.waiting;
    fill(
      now,
      tile("Files waiting", queues.ingest.waiting.toLocaleString("en"), `${queues.ingest.in_flight.toLocaleString("en")} being processed`),
      tile("Evaluations waiting", queues.watch.waiting.toLocaleString("en"), `${queues.watch.in_flight.toLocaleString("en")} being done`),
      tile("Dead letters", dead.toLocaleString("en"), dead ? "need somebody" : "none", dead ? "alarm" : ""),
      tile("Lag, landed to stored", lag ? duration(lag.p50) : "–", lag ? `median of ${count(lag.files, "file")}; at most ${duration(lag.max)}` : "no file this hour or the last"),
    );
    fill(advice, dead > 0 && deadWords(queues));
  }

  function showTotals(summary) {
    write(asOf, `as of ${fullMoment(Date.parse(summary.as_of) / 1000, "UTC")} UTC`);
    fill(
      totals,
      tile("Files", summary.files.toLocaleString("en"), bytes(summary.bytes)),
      tile("Failed files", summary.failed_files.toLocaleString("en"), percent(summary.failed_files, summary.files), summary.failed_files ? "alarm" : ""),
      tile("Readings stored", summary.readings.toLocaleString("en"), `of ${count(summary.records, "record")}`),
      tile("Rejected", summary.rejected.toLocaleString("en"), `${percent(summary.rejected, summary.records)} of records`),
      tile("Repeats", summary.already_stored.toLocaleString("en"), "same values again"),
      tile("Revised", summary.revised.toLocaleString("en"), "other values, later"),
      tile("Flagged", summary.flagged.toLocaleString("en"), `${percent(summary.flagged, summary.readings)} of readings`),
    );
  }

  function fileList(chosen) {
    return h("ul", { class: "files" }, chosen.map((file) => fileRow(file, opened)));
  }

  function nothing(landed) {
    if (landed.items.length) return empty("Nothing was rejected", "Every record of this hour's files is stored.");
    return empty("No file landed in this hour", "Choose another hour; hours are UTC.");
  }

  return { close: () => kept?.stop() };
}

/** Load an hour's files; where none is asked for, the current hour's or else the one before. */
async function landedFiles(asked, signal) {
  const read = (hour) => askAll("ingestions", { hour, limit: 200 }, MOST, signal).then((found) => ({ ...found, hour }));
  if (asked) return read(asked);
  const current = await read(hourText(Date.now()));
  return current.items.length ? current : read(hourText(Date.now() - 3_600_000));
}

function hourOf(text) {
  return /^\d{8}T\d\d$/.test(text ?? "") ? text : "";
}

function hourText(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 13).replaceAll("-", "");
}

function deadWords(queues) {
  const files = queues.dead_letters.waiting;
  const looks = queues.watch_dead_letters.waiting;
  const parts = [files && `${count(files, "file")} failed for good`, looks && `${count(looks, "evaluation")} failed for good`];
  return h(
    "p",
    { class: "advice" },
    `${parts.filter(Boolean).join("; ")}. See why with `,
    h("code", {}, "heliograph dlq list"),
    ". After you fixed the cause, process them again with ",
    h("code", {}, "heliograph dlq redrive"),
    ".",
  );
}

function bytes(size) {
  const [unit, scale] = size >= 1e9 ? ["GB", 1e9] : size >= 1e6 ? ["MB", 1e6] : ["kB", 1e3];
  return `${(size / scale).toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`;
}

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

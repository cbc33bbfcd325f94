/* What is found in a file that somebody dropped: what is asked, the sums, the first readings, the rows that are
   rejected, and what the file itself tells. All of it may come from a stranger's file, so it is only ever text. */

import { h } from "../dom.js";
import { tile } from "../parts.js";
import { count, duration, fullMoment, isZone, NONE, secondsOf, zoneWords } from "../format.js";

const BUTTONS = 12; // candidates that are shown as such; any other answer is typed
const NOTES = {
  lack_generated: "without a value of what was generated; that side is stored as absent",
  lack_consumed: "without a value of what was consumed; that side is stored as absent",
  blank: "without any value; they aren't stored",
  repeated: "amounts stand in the file again; the last one counts",
  resets: "times a counter fell; the energy over that step isn't known",
};

/** Make the questions of a file, answered or not. onAnswer(key, value) is called for each choice. */
export function questionsOf(asked, answers, preview, onAnswer) {
  if (asked.length === 0) return null;
  const open = new Set(preview.ask.map((each) => each.key));
  return h(
    "section",
    { "aria-labelledby": "asked-title" },
    h("h2", { id: "asked-title" }, "What only you can say"),
    h("p", { class: "note" }, "The readings below take the first answer of each open question."),
    asked.map((each, at) => questionOf(each, at, answers.get(each.key), open.has(each.key), onAnswer)),
  );
}

function questionOf({ key, question, candidates }, at, answer, isOpen, onAnswer) {
  const id = `question-${at}`;
  const typed = h("input", {
    type: "text",
    "aria-label": `Another answer: ${question}`,
    placeholder: "another answer",
    autocomplete: "off",
    spellcheck: "false",
    onkeydown: (event) => event.key === "Enter" && say(),
  });
  const say = () => typed.value.trim() && onAnswer(key, typed.value.trim());
  if (answer !== undefined && !candidates.slice(0, BUTTONS).includes(answer)) typed.value = answer;
  return h(
    "div",
    { class: `question ${isOpen ? "open" : ""}`, role: "group", "aria-labelledby": id },
    h("h3", { id }, question),
    h(
      "div",
      { class: "filters" },
      candidates.slice(0, BUTTONS).map((each) =>
        h("button", { type: "button", class: "filter", "aria-pressed": String(answer === each), onclick: () => onAnswer(key, each) }, each),
      ),
      typed,
      h("button", { type: "button", class: "filter", "aria-label": `Take it as the answer: ${question}`, onclick: say }, "Take it"),
    ),
  );
}

/** Make what was found in a file. */
export function findings(preview) {
  const notes = Object.entries(NOTES).filter(([name]) => preview[name] > 0).map(([name, words]) => `${preview[name].toLocaleString("en")} ${words}.`);
  return [
    h("dl", { class: "tiles small", "aria-label": "What is in the file" }, tilesOf(preview)),
    notes.map((each) => h("p", { class: "note" }, each)),
    preview.first_readings.length > 0 && readingsOf(preview),
    preview.rejected > 0 && rejectedOf(preview),
    preview.sure.length > 0 && h("details", { class: "sure" }, h("summary", {}, "What the file itself tells"), h("ul", {}, preview.sure.map((each) => h("li", {}, each)))),
  ];
}

function tilesOf(preview) {
  const ends = [preview.first_end_utc, preview.last_end_utc].map((each) => each && fullMoment(secondsOf(each), "UTC"));
  return [
    tile("Readings", preview.readings.toLocaleString("en"), ends[0] ? `${ends[0]} to ${ends[1]} UTC` : "none"),
    tile("Generated", sum(preview.generated_kwh), preview.generated_kwh === null ? "not measured" : "", "of-generated"),
    tile("Consumed", sum(preview.consumed_kwh), preview.consumed_kwh === null ? "not measured" : "", "of-consumed"),
    tile("Rejected", preview.rejected.toLocaleString("en"), "rows", preview.rejected ? "alarm" : ""),
  ];
}

function sum(kwh) {
  return kwh === null ? NONE : `${plain(kwh)} kWh`;
}

function plain(kwh) {
  return kwh === null ? NONE : kwh.toLocaleString("en", { maximumFractionDigits: 6 }).replace("-", "\u2212");
}

function readingsOf({ first_readings: readings, zone, readings: all }) {
  const local = isZone(zone) && zone !== "UTC" ? zone : null;
  const heads = [local && `Ends (${zoneWords(local, secondsOf(readings[0].timestamp))})`, "Ends (UTC)", "Lasts", "Site", "Generated, kWh", "Consumed, kWh", "Quality"].filter(Boolean);
  const title = readings.length < all ? `The first ${count(readings.length, "reading")}, as they would be stored` : "The readings, as they would be stored";
  const rows = readings.map((each) => {
    const end = secondsOf(each.timestamp);
    return h(
      "tr",
      {},
      local && h("td", {}, fullMoment(end, local)),
      h("td", {}, fullMoment(end, "UTC")),
      h("td", { class: "number" }, each.interval_seconds === null ? NONE : duration(each.interval_seconds)),
      h("td", {}, each.site_id),
      h("td", { class: "number" }, plain(each.energy_generated_kwh)),
      h("td", { class: "number" }, plain(each.energy_consumed_kwh)),
      h("td", {}, each.quality),
    );
  });
  return table(title, heads, rows);
}

function rejectedOf({ first_rejected: rejected, rejected: all }) {
  const title = rejected.length < all ? `The first ${count(rejected.length, "row")} that would be rejected` : "Rows that would be rejected";
  const rows = rejected.map(({ position, reason }) => h("tr", {}, h("td", { class: "number" }, position.toLocaleString("en")), h("td", { class: "wide" }, reason)));
  return table(title, ["Row", "Why"], rows);
}

function table(title, heads, rows) {
  const head = h("tr", {}, heads.map((each) => h("th", { scope: "col", class: /kWh|Lasts|Row/.test(each) ? "number" : "" }, each)));
  return h(
    "section",
    {},
    h("h2", {}, title),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
  );
}

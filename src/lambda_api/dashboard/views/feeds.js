/* The feeds, and how one is added: a file is dropped, looked at and shown as it would be stored; a person answers what
   is asked, gives the feed a name, and may land the file. Until then nothing is kept. */

import { ask, send } from "../api.js";
import { fill, h, refill, write } from "../dom.js";
import { empty, failure, heading, sentence, skeleton } from "../parts.js";
import { count, fullMoment, secondsOf } from "../format.js";
import { findings, questionsOf } from "./feed_preview.js";
import { fileRow } from "./pipeline.js";

const LIMIT = 4 * 2 ** 20; // bytes of a body
const NAME = "[a-z0-9][a-z0-9\\-]{0,62}";
const ASK_AGAIN = 1000; // milliseconds
const LONGEST = 120_000; // milliseconds until a file that landed isn't waited for any more
const BYTES = "application/octet-stream";

/** Open the view. */
export function open(place, route, { live }) {
  const answers = new Map(); // what a person said, by the questions' keys
  const asked = new Map(); // every question of this file, so that an answer can be changed
  const opened = new Set();
  let file = null;
  let preview = null;
  let feeds = [];
  let stopper = new AbortController();

  const picker = h("input", { type: "file", id: "feed-file", onchange: () => take(picker.files) });
  const zone = h(
    "label",
    { class: "drop", for: "feed-file" },
    h("strong", {}, "Drop a file here, or choose one"),
    h("span", { class: "note" }, "As its maker writes it: CSV, Excel, JSON, NDJSON, NEM12 or Green Button, plain or gzip, up to 4 MiB. Nothing is stored before you say so."),
    picker,
  );
  const said = h("p", { class: "found", role: "status" });
  const questions = h("div", {});
  const shown = h("div", {});
  const name = h("input", { type: "text", id: "feed-name", pattern: NAME, maxlength: "63", autocomplete: "off", spellcheck: "false", required: true, oninput: showName });
  const nameNote = h("p", { class: "note", id: "feed-name-note" });
  name.setAttribute("aria-describedby", nameNote.id);
  const add = h("button", { type: "button", class: "go", onclick: () => keep(false) }, "Add the feed");
  const outcome = h("div", { role: "status" });
  const keeping = h(
    "section",
    { hidden: true, "aria-labelledby": "keep-title" },
    h("h2", { id: "keep-title" }, "Keep it"),
    h("div", { class: "tools" }, h("label", { class: "field", for: "feed-name" }, h("span", {}, "Name of the feed"), name), add),
    nameNote,
    outcome,
  );
  const list = h("div", {}, skeleton(3, "Loading the feeds"));
  place.append(
    heading("Feeds", h("p", { class: "lead" }, "How each meter's, portal's or utility's files are read.")),
    h("section", { "aria-labelledby": "add-title" }, h("h2", { id: "add-title" }, "Add a feed"), zone, said, questions, shown, keeping),
    h("section", { "aria-labelledby": "list-title" }, h("h2", { id: "list-title" }, "Feeds of this stack"), list),
  );
  const dropping = { dragover: onDrag, dragleave: onDrag, drop: onDrop };
  for (const [event, listener] of Object.entries(dropping)) document.addEventListener(event, listener);

  const kept = live(
    (signal) => ask("feeds", {}, signal),
    ({ body }) => {
      feeds = body.items;
      refill(list, () => (feeds.length ? feedTable(feeds) : empty("No feed has a profile yet", "Files below raw/ are read in Heliograph's own format.")));
      if (preview) showName();
    },
    (error, again) => fill(list, failure(error, again)),
  );

  function onDrag(event) {
    event.preventDefault(); // else the browser opens what is dropped
    zone.classList.toggle("over", event.type === "dragover");
  }

  function onDrop(event) {
    onDrag(event);
    take(event.dataTransfer.files);
  }

  function take(files) {
    if (files.length === 0) return write(said, "That was no file; drop one, or choose one.");
    file = files[0];
    answers.clear();
    asked.clear();
    preview = null;
    keeping.hidden = true;
    fill(questions);
    fill(shown);
    fill(outcome);
    if (file.size > LIMIT) {
      return write(said, `${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MiB; at most 4 are looked at here. 'heliograph feeds detect' looks at larger files.`);
    }
    return look();
  }

  async function look() {
    stopper.abort();
    const mine = (stopper = new AbortController());
    write(said, `Looking at ${file.name}…`);
    add.disabled = true;
    try {
      const query = { file_name: fileName(file), answer: [...answers].map(([key, value]) => `${key}=${value}`) };
      const found = await send("POST", "detect", query, file, BYTES, mine.signal);
      if (mine.signal.aborted) return;
      const isFirst = preview === null;
      preview = found;
      const open = new Set(preview.ask.map(({ key }) => key));
      for (const key of asked.keys()) if (!open.has(key) && !answers.has(key)) asked.delete(key); // another answer said it
      for (const each of preview.ask) asked.set(each.key, each);
      if (isFirst) name.value = preview.profile.name;
      show();
    } catch (error) {
      if (mine.signal.aborted) return;
      if (preview === null) fill(shown);
      write(said, `${file.name}: ${sentence(error)}`);
    }
  }

  function show() {
    const open = preview.ask.length;
    write(said, `${file.name}: ${count(preview.readings, "reading")}, ${open ? `${count(open, "question")} open` : "nothing left to ask"}`);
    refill(questions, () => questionsOf([...asked.values()], answers, preview, answer));
    refill(shown, () => findings(preview));
    keeping.hidden = false;
    showName();
  }

  function answer(key, value) {
    answers.set(key, value);
    fill(outcome);
    look();
  }

  function showName() {
    const known = feeds.find((each) => each.name === name.value && !each.removed);
    const version = known && `${known.name} is there already: this adds version ${known.version + 1}, which reads what lands from now on.`;
    const right = name.validity.valid;
    write(nameNote, !right ? "1 to 63 of a-z 0-9 - beginning with a letter or digit." : version || `Files below raw/${name.value}/ are read so from now on.`);
    add.disabled = !preview || preview.ask.length > 0 || preview.readings === 0 || !right;
    write(add, addWords(preview, known));
  }

  async function keep(replace) {
    const feed = name.value;
    add.disabled = true;
    fill(outcome, h("p", {}, "Adding…"));
    try {
      const body = JSON.stringify({ ...preview.profile, name: feed });
      const added = await send("PUT", `feeds/${feed}`, { replace: replace ? "true" : "" }, body, "application/json");
      kept.now();
      fill(
        outcome,
        h("p", {}, `Version ${added.version} of ${added.name} reads the files that land below raw/${added.name}/.`),
        h("p", {}, h("button", { type: "button", class: "go", onclick: () => land(added.name) }, `Land ${file.name} now`)),
      );
      outcome.querySelector("button").focus();
    } catch (error) {
      add.disabled = false;
      const anyway = error.status === 409 && h("p", {}, h("button", { type: "button", onclick: () => keep(true) }, "Add it all the same"));
      fill(outcome, h("p", { class: "advice" }, sentence(error)), anyway);
    }
  }

  async function land(feed) {
    const mine = file;
    fill(outcome, h("p", {}, `Landing ${mine.name}…`));
    try {
      const landed = await send("POST", "readings", { feed, file_name: fileName(mine) }, mine, BYTES);
      const made = await processed(landed.ingestion_id, () => place.isConnected && file === mine);
      if (file !== mine) return;
      fill(outcome, made ? h("ul", { class: "files" }, fileRow(made, opened)) : h("p", {}, `${mine.name} has landed and waits; the pipeline's page shows when it is stored.`));
    } catch (error) {
      if (file === mine) fill(outcome, h("p", { class: "advice" }, sentence(error)));
    }
  }

  return {
    close() {
      for (const [event, listener] of Object.entries(dropping)) document.removeEventListener(event, listener);
      stopper.abort();
      kept.stop();
    },
  };
}

/** Wait until a file that landed is processed; null where that takes too long or nobody waits any more. */
async function processed(ingestion, isAwaited) {
  const until = Date.now() + LONGEST;
  while (isAwaited() && Date.now() <= until) {
    try {
      return (await ask(`ingestions/${encodeURIComponent(ingestion)}`)).body;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    await new Promise((go) => setTimeout(go, ASK_AGAIN));
  }
  return null;
}

function addWords(preview, known) {
  if (preview?.ask.length) return "Answer what is asked first";
  if (preview?.readings === 0) return "Nothing would be stored";
  return known ? `Add version ${known.version + 1}` : "Add the feed";
}

/** Return a file's name as a key may have it. */
function fileName(file) {
  return [...file.name.replace(/[/\p{Cc}\ufffe\uffff]/gu, "-")].slice(0, 200).join("");
}

function feedTable(feeds) {
  const rows = feeds.map((feed) =>
    h(
      "tr",
      {},
      h("td", {}, h("b", {}, feed.name), feed.title && h("small", {}, feed.title)),
      h("td", { class: "number" }, feed.removed ? "removed" : feed.version),
      h("td", {}, `${fullMoment(secondsOf(feed.at), "UTC")} UTC`, h("small", {}, `by ${feed.who}`)),
    ),
  );
  const heads = ["Feed", "Version", "Added"].map((each, at) => h("th", { scope: "col", class: at === 1 ? "number" : "" }, each));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Feeds" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}

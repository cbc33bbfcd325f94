/* What the API is asked: once, every 30 seconds while somebody looks, or, of its rules, once for all.
   Addresses are relative to the page, so they hold behind any stage or proxy. */

const ROOT = new URL(".", document.baseURI);
const TIMEOUT = 20_000; // milliseconds
const LONGEST = 30_000; // what a gateway waits for at most
// Requests at a time: each one beyond what runs already may wait for another worker to start.
const TOGETHER = 2;
const waiting = [];
let running = 0;

/** What the API said went wrong, or that it said nothing (status 0). */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Ask for one answer. The browser sends the ETag it knows, so what hasn't changed isn't sent again.
 * Returns {body, tag}; the same tag means the same body.
 */
export async function ask(path, query = {}, signal = undefined) {
  const answer = await inTurn(() => reach(addressOf(path, query), signal));
  if (!answer.ok) throw await problemOf(answer);
  return { body: await answer.json(), tag: answer.headers.get("etag") };
}

/** Send a body, a file or a text of JSON, and give what is answered. A query's value may be a list. */
export async function send(method, path, query, body, type, signal = undefined) {
  const request = { method, body, headers: { Accept: "application/json", "Content-Type": type } };
  const answer = await reach(addressOf(path, query), signal, request, LONGEST);
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

function addressOf(path, query) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null && each !== "") url.searchParams.append(name, each);
    }
  }
  return url;
}

/** Ask for a list's pages until it ends or `most` items are there. Gives {items, more, tag}. */
export async function askAll(path, query, most, signal = undefined) {
  const items = [];
  const tags = [];
  let cursor;
  do {
    const { body, tag } = await ask(path, { ...query, cursor }, signal);
    items.push(...body.items);
    tags.push(tag);
    cursor = body.next;
  } while (cursor && items.length < most);
  return { items, more: Boolean(cursor), tag: tags.join() };
}

async function inTurn(work) {
  if (running >= TOGETHER) await new Promise((go) => waiting.push(go));
  else running += 1;
  try {
    return await work();
  } finally {
    if (waiting.length) waiting.shift()();
    else running -= 1;
  }
}

async function reach(url, signal, request = { headers: { Accept: "application/json" } }, most = TIMEOUT) {
  const deadline = AbortSignal.timeout(most);
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  try {
    return await fetch(url, { ...request, cache: "no-cache", signal: either });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(deadline.aborted ? `The API takes longer than ${most / 1000} s to answer` : "The API can't be reached", 0);
  }
}

async function problemOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  return new ApiError(problem.detail ?? problem.message ?? `The API answered ${answer.status}`, answer.status);
}

let known = new Map(); // each rule by its name
let asked = null;

/** Ask for the rules, once. Where the API doesn't answer nothing is said of them, and the next call asks again. */
export function loadRules() {
  asked ??= ask("rules").then(
    ({ body }) => {
      known = new Map(body.items.map((rule) => [rule.name, rule]));
    },
    () => {
      asked = null;
    },
  );
  return asked;
}

/** Return a rule by its name: {name, sentence, advice, …}; nothing where it isn't known. */
export function ruleOf(name) {
  return known.get(name);
}

const PERIOD = 30_000; // milliseconds

/**
 * Load now and then again. load(signal): gives what to show. show(loaded): shows it. tell({ok, at, since, error}):
 * how it stands; `since` is when it first failed. Gives {now, stop}.
 */
export function keepFresh(load, show, tell, period = PERIOD) {
  const standing = { at: null, since: null };
  let timer;
  let stopper = new AbortController();

  async function now() {
    clearTimeout(timer);
    stopper.abort();
    const mine = (stopper = new AbortController());
    try {
      const loaded = await load(mine.signal);
      if (mine.signal.aborted) return;
      Object.assign(standing, { at: Date.now(), since: null });
      show(loaded);
      tell({ ok: true, ...standing });
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof ApiError)) console.error(error);
      standing.since ??= Date.now();
      tell({ ok: false, error, ...standing });
    }
    schedule();
  }

  function schedule() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(now, period);
  }

  function onVisibility() {
    if (document.hidden) clearTimeout(timer);
    else if (standing.at === null || Date.now() - standing.at >= period) now();
    else schedule();
  }

  document.addEventListener("visibilitychange", onVisibility);
  now();
  return {
    now,
    stop() {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(timer);
      stopper.abort();
    },
  };
}

/* Keeping a view up to date: asked every 30 seconds, never while nobody looks. */

import { ApiError } from "./api.js";

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

/* What each rule means and what to do when it flags, as the API lists them: asked once, when an incident is shown. */

import { ask } from "./api.js";

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

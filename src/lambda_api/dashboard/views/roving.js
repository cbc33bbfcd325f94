/* One tab stop for a long list: the arrow keys, Home, End and the page keys move within it. */

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

/** Make the elements that `selector` finds in `list` one tab stop. */
export function rove(list, selector) {
  const all = () => [...list.querySelectorAll(selector)];

  function makeStop(chosen) {
    list.querySelector(`${selector}[tabindex="0"]`)?.setAttribute("tabindex", "-1");
    chosen?.setAttribute("tabindex", "0");
  }

  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.altKey || event.ctrlKey || event.metaKey) return;
    const elements = all();
    const at = elements.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    const next = elements[Math.max(0, Math.min(elements.length - 1, at + STEPS[event.key]))];
    makeStop(next);
    next.focus();
  });
  list.addEventListener("focusin", (event) => event.target.matches(selector) && makeStop(event.target));
  new MutationObserver(() => {
    if (!list.querySelector(`${selector}[tabindex="0"]`)) makeStop(list.querySelector(selector));
  }).observe(list, { childList: true });
}

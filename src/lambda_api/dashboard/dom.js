/* Elements, made from values. Text only ever becomes text nodes, so nothing that a site sends is read as markup. */

/** Make an element. `on…` are listeners; null, undefined and false leave an attribute or a child out. */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(3).filter(isShown).map(nodeOrText));
  return made;
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(3).filter(isShown).map(nodeOrText));
  return element;
}

/** Write a text, and touch the page only where it differs. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Put elements in this order, moving as little as can be, and keep the focus where it is. */
export function arrange(parent, elements) {
  const same = parent.childElementCount === elements.length && elements.every((each, at) => parent.children[at] === each);
  if (same) return;
  const active = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...elements);
  if (active?.isConnected) active.focus({ preventScroll: true });
}

/** Fill an element anew, as `make` has it; the focus goes to what stands in the place of what had it. */
export function refill(element, make) {
  const at = element.contains(document.activeElement) ? focusables(element).indexOf(document.activeElement) : -1;
  fill(element, make());
  if (at >= 0) focusables(element)[at]?.focus({ preventScroll: true });
}

function focusables(element) {
  return [...element.querySelectorAll("a, button, input, select, [tabindex]")];
}

function isShown(child) {
  return child !== null && child !== undefined && child !== false;
}

function nodeOrText(child) {
  return child instanceof Node ? child : String(child);
}

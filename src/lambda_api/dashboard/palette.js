/* The style sheet's colours, resolved for a canvas. */

const SHARES = { Soft: "28%", Bar: "82%" };
const NAMES = ["ground", "line", "muted", "night", "gap", "generated", "consumed", "net", "anomaly"];

/** Return the colours as they are now, light or dark, by name; those of energies also as fills. */
export function palette() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  for (const name of ["generated", "consumed"]) {
    for (const [kind, share] of Object.entries(SHARES)) {
      probe.style.color = `color-mix(in srgb, var(--${name}) ${share}, transparent)`;
      found[name + kind] = getComputedStyle(probe).color;
    }
  }
  probe.remove();
  return found;
}

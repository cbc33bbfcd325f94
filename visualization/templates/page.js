// Draws each chart as it comes into view, as wide as there is room, in the colours of the reader's screen.
const NARROWEST = 620;
const ROOMY = 820;
const dark = matchMedia("(prefers-color-scheme: dark)");
const sections = [...document.querySelectorAll("main section")];
const shown = new Map();

async function draw(section) {
  const chart = section.querySelector(".chart");
  const text = section.querySelector("script").textContent;
  const colored = dark.matches ? text.replace(/#[0-9A-F]{6}/g, color => DARK[color] || color) : text;
  const spec = JSON.parse(colored);
  spec.width = Math.max(NARROWEST, chart.clientWidth - 2);
  spec.autosize = {type: "fit-x", contains: "padding"};
  spec.padding = 6;
  if (spec.width < ROOMY) {
    const layout = {top: {direction: "vertical", anchor: "start"}};
    spec.config.legend = {...spec.config.legend, columns: 5, layout};
  }
  const theme = dark.matches ? "dark" : "light";
  const actions = {export: true, source: false, compiled: false, editor: false};
  try {
    shown.get(section)?.finalize();
    const options = {
      mode: "vega-lite", renderer: "canvas", actions, tooltip: {theme}, downloadFileName: section.id, logLevel: 1,
    };
    shown.set(section, await vegaEmbed(chart, spec, options));
    chart.querySelector("summary")?.setAttribute("aria-label", "Save this chart");
  } catch (error) {
    chart.textContent = "This chart can't be shown: " + error;
  }
}

const watch = new IntersectionObserver(entries => {
  for (const entry of entries.filter(each => each.isIntersecting)) {
    watch.unobserve(entry.target);
    draw(entry.target);
  }
}, {rootMargin: "300px"});
sections.forEach(section => watch.observe(section));

const redraw = () => [...shown.keys()].forEach(draw);
dark.addEventListener("change", redraw);
let wait, width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  clearTimeout(wait);
  wait = setTimeout(redraw, 200);
});

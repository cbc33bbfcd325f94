/* A site's chart: energy over time, drawn by uPlot, read by pointer or by keyboard. Generation lies above zero,
consumption below, so that net lies between them. */

import { drawing, markValue, rangeOf, timeLabels, palette } from "./chart_parts.js";
import { isMarked } from "./series.js";
import { figure, unitFor } from "./format.js";

const LINES = ["generated", "consumed", "net"];
let library = null;

/** Load uPlot, once. It is a plain script that makes one global; its style is part of the page's. */
export function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: new URL("vendor/uPlot.iife.min.js", import.meta.url).href });
    script.onload = () => resolve(globalThis.uPlot);
    script.onerror = () => reject(new Error("the chart's code can't be loaded"));
    document.head.append(script);
  });
  return library;
}

/**
 * Draw a chart into `place`. scene: {points, gaps, nights, incidents, span: {from, to}, zone, whole, per, hidden}.
 * onPoint(at, left, top, box): the point that is pointed at, null where none is.
 */
export function drawChart(UPlot, place, scene, onPoint) {
  let now = scene;
  let colours = palette();
  let zoomed = null; // [from, to], or null for all
  let fullScale = false;
  const plot = new UPlot(options(), columns(now), place);
  const watcher = new ResizeObserver(() => plot.setSize(sizeOf(place)));
  watcher.observe(place);
  document.addEventListener("themechange", recolour);
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", recolour);
  plot.over.addEventListener("mouseleave", () => onPoint(null));

  function options() {
    return {
      ...sizeOf(place),
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), now.zone),
      padding: [10, 14, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 7 }, y: false, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { time: true, auto: false, min: now.span.from, max: now.span.to },
        y: { range: () => rangeOf(visible(), now.hidden, fullScale) },
      },
      series: [{}, ...LINES.map((key) => line(key))],
      axes: [axis({ values: (u, splits, at, space, step) => timeLabels(splits, step, now.zone), space: 64, size: 46 }), axis({ size: 58, values: energyLabels })],
      plugins: [drawing(() => now, () => colours)],
      hooks: { setSelect: [selected], setCursor: [pointed] },
    };
  }

  function line(key) {
    const bars = now.whole && key !== "net";
    return {
      show: !now.hidden.has(key),
      stroke: () => colours[key],
      fill: key === "net" ? undefined : () => colours[bars ? `${key}Bar` : `${key}Soft`],
      width: bars ? 0 : key === "net" ? 1.6 : 1.4,
      dash: key === "net" && !now.whole ? [5, 4] : undefined,
      paths: bars ? UPlot.paths.bars({ size: [0.8, 60] }) : UPlot.paths.linear(),
      points: { show: key === "net" && now.whole && now.points.length < 60, size: 5, fill: () => colours.net },
    };
  }

  function axis(rest) {
    return {
      stroke: () => colours.muted,
      font: `12px ${getComputedStyle(document.body).fontFamily}`,
      grid: { stroke: () => colours.line, width: 1 },
      ticks: { show: false },
      ...rest,
    };
  }

  function energyLabels(u, splits) {
    const [name, size] = unitFor(Math.max(...splits.map(Math.abs)));
    return splits.map((value) => (value === 0 ? `0 ${name}` : figure(value / size).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")));
  }

  function visible() {
    const [from, to] = zoomed ?? [now.span.from, now.span.to];
    return now.points.filter((point) => point.to > from && point.from < to);
  }

  function selected(u) {
    if (u.select.width > 4) zoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }

  function zoom(from, to) {
    const { span, step } = now;
    const width = Math.min(span.to - span.from, Math.max(to - from, 6 * step));
    const begin = Math.max(span.from, Math.min(span.to - width, (from + to - width) / 2));
    zoomed = width >= span.to - span.from ? null : [begin, begin + width];
    const [min, max] = zoomed ?? [span.from, span.to];
    plot.setScale("x", { min, max });
    onPoint(null);
    place.dispatchEvent(new CustomEvent("zoom", { detail: { zoomed: zoomed !== null } }));
  }

  function pointed(u) {
    const { left, top } = u.cursor;
    if (left === undefined || left < 0) return;
    tell(indexAt(u.posToVal(left, "x")), left, top);
  }

  function tell(at, left, top) {
    onPoint(at < 0 ? null : at, left + plot.over.offsetLeft, Math.max(0, top) + plot.over.offsetTop);
  }

  function indexAt(seconds) {
    return now.points.findIndex((point) => seconds >= point.from && seconds < point.to);
  }

  function pointAt(at) {
    const point = now.points[at];
    const [from, to] = zoomed ?? [now.span.from, now.span.to];
    if (point.x < from || point.x > to) zoom(point.x - (to - from) / 2, point.x + (to - from) / 2);
    const left = plot.valToPos(point.x, "x");
    const top = Math.max(0, Math.min(plot.over.clientHeight, plot.valToPos(point.of ? markValue(point) : 0, "y")));
    plot.setCursor({ left, top }, false);
    tell(at, left, top);
  }

  function recolour() {
    colours = palette();
    plot.redraw(false);
  }

  return {
    pointAt,
    points: () => now.points,
    next: (at, step) => nextMarked(now.points, at, step),
    zoomBy(factor) {
      const [from, to] = zoomed ?? [now.span.from, now.span.to];
      const [middle, half] = [(from + to) / 2, ((to - from) * factor) / 2];
      zoom(middle - half, middle + half);
    },
    reset: () => zoom(now.span.from, now.span.to),
    setFullScale(on) {
      fullScale = on;
      plot.redraw(true, true);
      plot.setScale("x", { min: plot.scales.x.min, max: plot.scales.x.max });
    },
    show(key, on) {
      if (on) now.hidden.delete(key);
      else now.hidden.add(key);
      plot.setSeries(LINES.indexOf(key) + 1, { show: on });
    },
    update(next) {
      now = next;
      plot.setData(columns(now), false);
      const [min, max] = zoomed ?? [now.span.from, now.span.to];
      plot.setScale("x", { min, max });
    },
    close() {
      watcher.disconnect();
      document.removeEventListener("themechange", recolour);
      preference.removeEventListener("change", recolour);
      plot.destroy();
    },
  };
}

function columns({ points }) {
  const minus = (value) => (value === null ? null : -value);
  return [points.map((p) => p.x), points.map((p) => p.generated), points.map((p) => minus(p.consumed)), points.map((p) => p.net)];
}

function sizeOf(place) {
  const width = Math.max(200, place.clientWidth);
  return { width, height: width < 560 ? 270 : 360 };
}

function nextMarked(points, at, step) {
  for (let each = at + step; each >= 0 && each < points.length; each += step) if (isMarked(points[each].of)) return each;
  return -1;
}

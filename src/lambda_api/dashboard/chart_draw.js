/* What is drawn on a chart beside its lines: nights and gaps behind them, incidents and anomalies over them. */

import { isMarked } from "./series.js";

const STRIP = 5; // pixels an incident's strip is high
const MARK = 5; // pixels from an anomaly's middle to its corners

/** Make the plugin. scene(): {nights, gaps, points, incidents} to draw; inks(): colours by name. */
export function drawing(scene, palette) {
  return {
    hooks: {
      drawClear: [(u) => clipped(u, () => drawBehind(u, scene(), palette()))],
      draw: [(u) => clipped(u, () => drawOver(u, scene(), palette()))],
    },
  };
}

/** Return where an anomaly's mark stands: at the larger of its energies, drawn as the lines are. */
export function markValue({ generated, consumed }) {
  return Math.abs(generated) >= Math.abs(consumed) ? generated : -consumed;
}

function clipped(u, draw) {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  draw();
  u.ctx.restore();
}

function drawBehind(u, { nights, gaps }, colours) {
  for (const [from, to] of nights) band(u, from, to, colours.night);
  for (const { from, to } of gaps) {
    band(u, from, to, colours.ground);
    hatch(u, from, to, colours.gap);
  }
}

function drawOver(u, { points, incidents }, colours) {
  const pixel = devicePixelRatio;
  for (const { from, to } of incidents) {
    u.ctx.fillStyle = colours.anomaly;
    const left = u.valToPos(from, "x", true);
    u.ctx.fillRect(left, u.bbox.top, Math.max(2 * pixel, u.valToPos(to, "x", true) - left), STRIP * pixel);
  }
  for (const point of points) if (isMarked(point.of)) diamond(u, point, colours, MARK * pixel);
}

function band(u, from, to, colour) {
  const left = u.valToPos(from, "x", true);
  u.ctx.fillStyle = colour;
  u.ctx.fillRect(left, u.bbox.top, u.valToPos(to, "x", true) - left, u.bbox.height);
}

function hatch(u, from, to, colour) {
  const { ctx, bbox } = u;
  const apart = 8 * devicePixelRatio;
  const [left, right] = [Math.max(bbox.left, u.valToPos(from, "x", true)), Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true))];
  if (right <= left) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - bbox.height - (left % apart); x < right; x += apart) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function diamond(u, point, colours, size) {
  const { ctx, bbox } = u;
  const x = u.valToPos(point.x, "x", true);
  // What lies beyond the scale is marked at its edge.
  const y = Math.max(bbox.top + 2 * size, Math.min(bbox.top + bbox.height - 2 * size, u.valToPos(markValue(point), "y", true)));
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x - size, y);
  ctx.closePath();
  ctx.fillStyle = colours.anomaly;
  ctx.strokeStyle = colours.ground;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.fill();
  ctx.stroke();
}

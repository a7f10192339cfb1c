// A plot as SVG that can be read anywhere: lines and points with their names beside them, no script, no font of its own.
import type { Axis, Plot, Series } from "./benchmark.ts";

const size = { width: 860, height: 480 };
const area = { left: 80, top: 50, right: 610, bottom: 420 };
const colours = ["#0b6e4f", "#c1440e", "#2f5fb3", "#8e44ad", "#b8860b", "#555555", "#d6336c", "#1098ad"];
const ticks = 5;

export function svgOf({ title, x, y, series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const toX = scale(
    x,
    points.map((point) => point.x),
    area.left,
    area.right,
  );
  const toY = scale(
    y,
    points.map((point) => point.y),
    area.bottom,
    area.top,
  );
  const parts = [
    text(title, { x: area.left, y: 26, "font-size": 16, "font-weight": "bold" }),
    ...toX.ticks.flatMap((value) => [
      line(toX(value), area.top, toX(value), area.bottom),
      text(shown(value), { x: toX(value), y: area.bottom + 18, "text-anchor": "middle" }),
    ]),
    ...toY.ticks.flatMap((value) => [
      line(area.left, toY(value), area.right, toY(value)),
      text(shown(value), { x: area.left - 8, y: toY(value) + 4, "text-anchor": "end" }),
    ]),
    text(x.title, { x: (area.left + area.right) / 2, y: area.bottom + 44, "text-anchor": "middle" }),
    text(y.title, { transform: `translate(22 ${(area.top + area.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }),
    ...series.flatMap((each, index) => drawn(each, index, toX, toY)),
  ];
  const frame = `viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${frame}>`,
    `<title>${escaped(title)}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function drawn({ name, points }: Series, index: number, toX: Scale, toY: Scale): string[] {
  const colour = colours[index % colours.length] ?? "black";
  const path = points.map((point) => `${at(toX(point.x))},${at(toY(point.y))}`).join(" ");
  const top = area.top + 10 + 20 * index;
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map((point) => `<circle cx="${at(toX(point.x))}" cy="${at(toY(point.y))}" r="3.5" fill="${colour}"/>`),
    ...points.map(({ x, y, label = "" }) =>
      text(label, { x: toX(x) + 6, y: toY(y) - 6, fill: colour, "font-size": 10 }),
    ),
    `<circle cx="${area.right + 20}" cy="${top - 4}" r="4" fill="${colour}"/>`,
    text(name, { x: area.right + 30, y: top }),
  ];
}

interface Scale {
  (value: number): number;
  ticks: number[];
}

/** From 0, or from the power of ten below the least value, to a round value above the largest. */
function scale({ isLog = false }: Axis, values: number[], from: number, to: number): Scale {
  const most = Math.max(...values);
  const least = isLog ? Math.floor(Math.log10(Math.min(...values))) : 0;
  const step = isLog ? 1 : roundStep(most / ticks);
  const largest = isLog ? Math.max(least + 1, Math.ceil(Math.log10(most))) : step * Math.ceil(most / step);
  const place = (value: number) =>
    from + (((isLog ? Math.log10(value) : value) - least) / (largest - least)) * (to - from);
  const count = Math.round((largest - least) / step);
  const marks = Array.from({ length: count + 1 }, (_, index) => least + index * step);
  return Object.assign(place, { ticks: isLog ? marks.map((power) => 10 ** power) : marks });
}

/** 1, 2 or 5 times a power of ten, and no less than this. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

function shown(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="#dddddd"/>`;
}

function text(content: string, attributes: Record<string, string | number>): string {
  const listed = Object.entries(attributes).map(
    ([name, value]) => `${name}="${typeof value === "number" ? at(value) : value}"`,
  );
  return `<text ${listed.join(" ")}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

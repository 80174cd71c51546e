import { ticks } from "d3-array";
import { html, type Markup } from "./markup.ts";

/** One axis: what it spans, how it is called and marked. */
export interface Axis {
  readonly domain: readonly [number, number];
  readonly label: string;
  /** Approximate number of ticks; 6 unless told. */
  readonly ticks?: number;
  /** Text of a tick. */
  readonly format?: (value: number) => string;
  /** No ticks, labels or grid: the axis only scales. */
  readonly hidden?: boolean;
}

/** Inner margins of a plot in its own units. */
export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Scales of a plot from data to its units, and the area that they fill. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly margin: Margin;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Grid, tick labels and axis titles. */
  readonly axes: Markup;
}

/** Width of a plot in its own units; the page scales it to the column. */
export const plotWidth = 480;

const normal: Margin = { top: 12, right: 14, bottom: 44, left: 50 };

/** Scales and axes of a plot with linear x and y, y upwards. */
export function plotFrame(
  x: Axis,
  y: Axis,
  { height = 280, margin = {} }: { readonly height?: number; readonly margin?: Partial<Margin> } = {},
): Frame {
  const inner = { ...normal, ...margin };
  const [left, right] = [inner.left, plotWidth - inner.right];
  const [top, bottom] = [inner.top, height - inner.bottom];
  const toX = scale(x.domain, left, right);
  const toY = scale(y.domain, bottom, top);
  const vertical = ticksOf(x).map(
    (value) => html`<line class="grid" x1="${toX(value)}" x2="${toX(value)}" y1="${top}" y2="${bottom}"/>
<text class="tick" x="${toX(value)}" y="${bottom + 16}" text-anchor="middle">${label(x, value)}</text>`,
  );
  const horizontal = ticksOf(y).map(
    (value) => html`<line class="grid" x1="${left}" x2="${right}" y1="${toY(value)}" y2="${toY(value)}"/>
<text class="tick" x="${left - 7}" y="${toY(value)}" dy=".35em" text-anchor="end">${label(y, value)}</text>`,
  );
  const axes = html`<g>${vertical}${horizontal}
${!x.hidden && html`<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`}
<text class="title" x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${x.label}</text>
<text class="title" transform="translate(13 ${round((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${y.label}</text></g>`;
  return { width: plotWidth, height, margin: inner, x: toX, y: toY, axes };
}

/** The plot as an SVG element that fills its column. `description` is read to those who do not see it. */
export function plot(frame: Frame, description: string, marks: Markup | readonly Markup[]): Markup {
  return html`<svg class="plot" viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${description}">${frame.axes}${marks}</svg>`;
}

/** Path through points in data units; a gap where a coordinate is not finite. */
export function linePath({ x, y }: Frame, points: Iterable<readonly [number, number]>): string {
  let path = "";
  let drawing = false;
  for (const [px, py] of points) {
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      drawing = false;
      continue;
    }
    path += `${drawing ? "L" : "M"}${x(px)} ${y(py)}`;
    drawing = true;
  }
  return path;
}

/** Domain that holds all finite values with a margin of 4 %, or [−1, 1] without any. */
export function domainOf(values: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [-1, 1];
  const space = (high - low) * 0.04 || 0.5;
  return [low - space, high + space];
}

/** A tenth of a unit is less than anyone sees, and keeps the page small. */
export const round = (value: number): number => Math.round(value * 10) / 10;

function scale([low, high]: readonly [number, number], from: number, to: number): (value: number) => number {
  const factor = (to - from) / (high - low || 1);
  return (value) => round(from + (value - low) * factor);
}

const ticksOf = (axis: Axis): number[] => (axis.hidden ? [] : ticks(...axis.domain, axis.ticks ?? 6));

const label = (
  { format = (value: number) => String(value).replace("-", "−") }: Axis,
  value: number,
): string => format(value);

import { html, type Markup } from "./markup.ts";
import { domainOf, plot, plotFrame } from "./plot.ts";

/** A named estimate with its interval. */
export interface Interval {
  readonly name: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** More rows than this are drawn without names, closer together. */
const named = 60;

/**
 * Estimates with intervals, the largest on top: abilities of subjects, scores of a leaderboard, effects with a
 * reference line.
 * @param options.reference a value to compare with, drawn as a dashed line
 */
export function intervalPlot(
  intervals: readonly Interval[],
  label: string,
  options: { readonly reference?: number; readonly description?: string } = {},
): Markup {
  const rows = [...intervals].sort((a, b) => b.estimate - a.estimate);
  const wide = rows.length <= named;
  const rowHeight = wide ? 19 : Math.max(1.5, Math.min(6, 700 / rows.length));
  const margin = { left: wide ? 168 : 20, top: 6, bottom: 44 };
  const domain = domainOf([
    ...rows.flatMap(({ low, high }) => [low, high]),
    ...(options.reference === undefined ? [] : [options.reference]),
  ]);
  const frame = plotFrame(
    { domain, label },
    { domain: [rows.length, 0], label: "", hidden: true },
    { height: Math.ceil(rows.length * rowHeight) + margin.top + margin.bottom, margin },
  );
  const names = shortNames(rows.map(({ name }) => name));
  const marks = rows.map(({ name, estimate, low, high }, r) => {
    // The y axis runs upwards, so the domain above is turned round and rows count from the top.
    const y = Math.round((margin.top + (r + 0.5) * rowHeight) * 10) / 10;
    const text = `${name}: ${estimate.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
    return html`<g><title>${text}</title>${wide && html`<text class="name" x="${margin.left - 8}" y="${y}" dy=".35em" text-anchor="end">${names[r]}</text>`}<line class="interval s0" x1="${frame.x(low)}" x2="${frame.x(high)}" y1="${y}" y2="${y}"/><circle class="f0" cx="${frame.x(estimate)}" cy="${y}" r="${wide ? 3.6 : Math.max(1, rowHeight / 2.4)}"/></g>`;
  });
  const reference =
    options.reference !== undefined &&
    html`<line class="rule" x1="${frame.x(options.reference)}" x2="${frame.x(options.reference)}" y1="${margin.top}" y2="${frame.height - margin.bottom}"/>`;
  return plot(frame, options.description ?? `${label} with intervals`, html`${reference}${marks}`);
}

/** Names as they fit beside a plot: without the maker where that leaves them distinct, else without the middle. */
function shortNames(names: readonly string[]): string[] {
  const bare = names.map((name) => name.slice(name.lastIndexOf("/") + 1) || name);
  const distinct = new Set(bare).size === new Set(names).size ? bare : names;
  const most = 21;
  return distinct.map((name) =>
    name.length <= most ? name : `${name.slice(0, 9)}…${name.slice(name.length - (most - 10))}`,
  );
}

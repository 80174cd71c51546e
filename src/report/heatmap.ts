import { html, type Markup } from "./markup.ts";
import { plotWidth, round } from "./plot.ts";

/**
 * A square matrix of correlations as coloured cells, zero in the background's colour; the diagonal is left out.
 * @param values n × n, symmetric, NaN where unknown
 */
export function correlationMap(names: readonly string[], values: ArrayLike<number>): Markup {
  const n = names.length;
  const labels = n <= 24;
  const left = labels ? 130 : 8;
  const cell = (plotWidth - left - 8) / n;
  const strongest = Math.max(
    ...Array.from(values, (v) => (Number.isFinite(v) && Math.abs(v) < 1 ? Math.abs(v) : 0)),
    0.2,
  );
  const cells: Markup[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const value = values[i * n + j];
      if (i === j || !Number.isFinite(value)) continue;
      const strength = Math.min(100, Math.round((Math.abs(value) / strongest) * 100));
      cells.push(
        html`<rect x="${round(left + j * cell)}" y="${round(4 + i * cell)}" width="${round(cell - 0.6)}" height="${round(cell - 0.6)}" style="fill:color-mix(in oklab,var(--${value < 0 ? "cold" : "hot"}) ${strength}%,var(--zero))"><title>${names[i]} and ${names[j]}: ${value.toFixed(2)}</title></rect>`,
      );
    }
  const rows =
    labels &&
    names.map(
      (name, i) =>
        html`<text class="name" x="${left - 6}" y="${round(4 + (i + 0.5) * cell)}" dy=".35em" text-anchor="end">${name.length > 18 ? `${name.slice(0, 8)}…${name.slice(-9)}` : name}</text>`,
    );
  const height = Math.ceil(8 + n * cell);
  return html`<svg class="plot" viewBox="0 0 ${plotWidth} ${height}" role="img" aria-label="Correlations between ${n} items">${rows}${cells}</svg>
<div class="legend"><span><i style="background:var(--cold)"></i>−${strongest.toFixed(2)}</span><span><i style="background:var(--zero)"></i>0</span><span><i style="background:var(--hot)"></i>+${strongest.toFixed(2)}</span></div>`;
}

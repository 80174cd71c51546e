import { html, type Markup } from "./markup.ts";
import { domainOf, plot, plotFrame, plotWidth, round } from "./plot.ts";

/**
 * The Wright map: subjects by ability on the left, items by difficulty on the right of one common scale. What lies
 * outside the scale's range is counted at its ends.
 */
export function wrightMap(abilities: ArrayLike<number>, difficulties: ArrayLike<number>): Markup {
  const sorted = Float64Array.from(difficulties).filter(Number.isFinite).sort();
  // An item that hardly discriminates can lie anywhere; a few such must not squeeze the rest into a line.
  const share = (q: number) => sorted[Math.round(q * (sorted.length - 1))];
  const domain = domainOf([
    ...Array.from(abilities),
    ...(sorted.length > 0 ? [share(0.02), share(0.98)] : []),
  ]);
  const height = 380;
  const frame = plotFrame(
    { domain: [0, 1], label: "", hidden: true },
    { domain, label: "logits", ticks: 8 },
    { height, margin: { bottom: 14, top: 30 } },
  );
  const bins = 26;
  const step = (domain[1] - domain[0]) / bins;
  const count = (values: ArrayLike<number>) => {
    const counts = new Float64Array(bins);
    for (let k = 0; k < values.length; k++)
      if (Number.isFinite(values[k]))
        counts[Math.min(bins - 1, Math.max(0, Math.floor((values[k] - domain[0]) / step)))]++;
    return counts;
  };
  const middle = frame.margin.left + (plotWidth - frame.margin.left - frame.margin.right) / 2;
  const half = plotWidth - frame.margin.right - middle;
  const bars = (values: ArrayLike<number>, side: -1 | 1, what: string) => {
    const counts = count(values);
    const most = Math.max(...counts, 1);
    return Array.from(counts, (n, bin) => {
      if (n === 0) return null;
      const length = round((n / most) * (half - 30));
      const [top, bottom] = [frame.y(domain[0] + (bin + 1) * step), frame.y(domain[0] + bin * step)];
      const x = side < 0 ? middle - 1 - length : middle + 1;
      return html`<rect class="${side < 0 ? "f0" : "f1"}" x="${round(x)}" y="${top + 0.5}" width="${length}" height="${round(bottom - top - 1)}" rx="1.5"><title>${n} ${what}</title></rect>
<text class="tick" x="${round(side < 0 ? x - 5 : x + length + 5)}" y="${round((top + bottom) / 2)}" dy=".35em" text-anchor="${side < 0 ? "end" : "start"}">${n}</text>`;
    });
  };
  return plot(frame, "Wright map: abilities of the subjects beside difficulties of the items", [
    html`<line class="axis" x1="${middle}" x2="${middle}" y1="${frame.margin.top}" y2="${height - frame.margin.bottom}"/>
<text class="title" x="${middle - 10}" y="16" text-anchor="end">subjects, by ability</text><text class="title" x="${middle + 10}" y="16">items, by difficulty</text>`,
    html`<g>${bars(abilities, -1, "subjects")}</g><g>${bars(difficulties, 1, "items")}</g>`,
  ]);
}

import { ticks } from "d3-array";
import type { Standing } from "../exam/index.ts";
import { html, type Markup } from "./markup.ts";

/** The places of a leaderboard, each with its interval drawn on one scale; on a phone the drawing stands below the name. */
export function standingBoard(standings: readonly Standing[]): Markup {
  const marks = ticks(
    100 * Math.min(...standings.map(({ interval }) => interval[0])),
    100 * Math.max(...standings.map(({ interval }) => interval[1])),
    5,
  );
  const step = marks.length > 1 ? marks[1] - marks[0] : 10;
  const low = Math.max(0, marks[0] - step);
  const high = Math.min(100, marks[marks.length - 1] + step);
  const across = (share: number) => Math.round((1000 * (100 * share - low)) / (high - low)) / 10;
  const grid = marks.map((mark) => html`<i class="mark" style="left:${across(mark / 100)}%"></i>`);
  const rows = standings.map((s) => {
    const [from, to] = s.interval.map(across);
    const places = s.rankInterval[0] === s.rankInterval[1] ? `${s.rank}` : s.rankInterval.join("–");
    return html`<tr><td class="rank">${s.rank}</td><th scope="row">${s.subject}${s.warnings.length > 0 && html` <span class="flag" title="${s.warnings.join(" ")}">!</span>`}</th>
<td class="drawn"><span class="track">${grid}<i class="range" style="left:${from}%;width:${Math.max(0.4, to - from)}%"></i><i class="dot" style="left:${across(s.estimate)}%"></i></span></td>
<td class="score"><b>${percent(s.estimate)}</b> <span>${percent(s.interval[0])} – ${percent(s.interval[1])}</span></td><td class="right" data-label="places">${places}</td><td class="right" data-label="P(above next)">${s.aboveNext === null ? "–" : s.aboveNext.toFixed(2)}</td><td class="right" data-label="answered">${s.answered}</td></tr>`;
  });
  const scale = marks.map((mark) => html`<i class="mark" style="left:${across(mark / 100)}%">${mark}</i>`);
  return html`<div class="card"><table class="board"><thead><tr><th></th><th scope="col">model</th><th class="drawn"><span class="track scale">${scale}</span></th><th scope="col" class="score">score %, 95 % interval</th><th scope="col" class="right" title="places that pairwise comparisons leave open">places</th><th scope="col" class="right" title="probability that the model is truly above the next one">P(above next)</th><th scope="col" class="right">answered</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** The dashboard: one stream of states from the gateway, each drawn whole. Text from outside is set as text only. */

import { cell, dollars, element, fill, headers, key } from "./elements.js";
import { drawKeys } from "./keys.js";

const number = (value, digits = 2) =>
  value === null || value === undefined ? "–" : Number(value).toFixed(digits);
const count = (value) => Number(value).toLocaleString("en");

function drawFigures({ totals, rate }) {
  const figures = [
    ["Requests", count(totals.requests), `${number(rate, 1)} a second now`],
    [
      "Cost",
      dollars(totals.cost),
      `${count(totals.tokens)} tokens${totals.unpriced > 0 ? `; ${count(totals.unpriced)} answers of unknown cost besides` : ""}`,
    ],
    [
      "Saved against the best single model",
      totals.saved === null ? "–" : dollars(totals.saved),
      totals.saved === null
        ? "no prices known"
        : `95 % interval ${dollars(totals.savedLow)} to ${dollars(totals.savedHigh)}`,
    ],
    [
      "Quality from feedback",
      number(totals.score),
      totals.graded > 0
        ? `95 % interval ${number(totals.scoreLow)} to ${number(totals.scoreHigh)}; ${count(totals.graded)} graded`
        : "no grades yet",
    ],
    ["Decision time", `${number(totals.decisionTime, 2)} ms`, "median"],
    ["Failed", count(totals.failed), "requests"],
  ];
  element("figures").replaceChildren(
    ...figures.map(([name, value, note]) => {
      const group = document.createElement("div");
      const [dt, dd, small] = ["dt", "dd", "small"].map((tag) => document.createElement(tag));
      dt.textContent = name;
      dd.textContent = value;
      small.textContent = note;
      dd.append(small);
      group.append(dt, dd);
      return group;
    }),
  );
}

function drawCalibration(bins) {
  const graded = bins.reduce((sum, bin) => sum + bin.count, 0);
  element("calibration-text").textContent =
    graded === 0
      ? "No graded answers yet: POST /v1/feedback brings them."
      : `Mean grade against P of ${graded} graded answers, with 95 % intervals: ${bins
          .map((bin) => `at P ${number(bin.p)} grade ${number(bin.score)} (${bin.count})`)
          .join("; ")}.`;
  const svg = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text) node.textContent = text;
    return node;
  };
  const x = (value) => 30 + 200 * value;
  const y = (value) => 210 - 200 * value;
  element("calibration").replaceChildren(
    svg("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(0) }),
    svg("line", { x1: x(0), y1: y(0), x2: x(0), y2: y(1) }),
    svg("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), "stroke-dasharray": "3 3" }),
    ...[0, 0.5, 1].flatMap((tick) => [
      svg("text", { x: x(tick) - 6, y: 222 }, String(tick)),
      svg("text", { x: 8, y: y(tick) + 3 }, String(tick)),
    ]),
    svg("text", { x: 100, y: 236 }, "P by the router"),
    ...bins.flatMap((bin) => [
      svg("line", { class: "point", x1: x(bin.p), x2: x(bin.p), y1: y(bin.low), y2: y(bin.high) }),
      svg("circle", { class: "point", cx: x(bin.p), cy: y(bin.score), r: 3.5 }),
    ]),
  );
}

function draw(state) {
  const problems = [state.configProblem, state.storeProblem].filter(Boolean);
  element("status").textContent = [`Live; ${state.decider} decides.`, ...problems].join(" ");
  drawFigures(state);
  drawCalibration(state.calibration);
  fill(
    "models",
    state.models.map((each) => [
      cell(each.model),
      cell(count(each.answers), "number"),
      cell(number(each.p), "number"),
      cell(count(each.graded), "number"),
      cell(number(each.score), "number"),
      cell(dollars(each.cost), "number"),
    ]),
    "No answers yet.",
  );
  fill(
    "upstreams",
    state.upstreams.map((each) => [
      cell(each.name),
      cell(
        each.state === "closed" ? "well" : each.state === "open" ? "left alone" : "on probation",
        each.state === "open" ? "bad" : "",
      ),
      cell(count(each.inFlight), "number"),
      cell(count(each.waiting), "number"),
      cell(each.lastFault ?? "none"),
    ]),
    "None.",
  );
  drawKeys(state.keys);
  fill(
    "traffic",
    state.traffic.map((each) => [
      cell(new Date(each.at).toLocaleTimeString("en-GB"), "number"),
      cell(each.endpoint),
      cell(each.model ?? "none"),
      cell(number(each.p), "number"),
      cell(
        each.outcome === "ok" ? "ok" : `${each.outcome} (${each.status})`,
        each.outcome === "ok" ? "" : "bad",
      ),
      cell(number(each.time, 0), "number"),
      cell(dollars(each.cost), "number"),
      cell(each.user ?? ""),
    ]),
    "No requests yet: ask one with curl, and it shows here.",
  );
  const policies = ["", ...state.policies];
  const select = element("policy");
  if (select.options.length !== policies.length)
    select.replaceChildren(...policies.map((policy) => new Option(policy || "default", policy)));
}

async function follow() {
  for (;;) {
    try {
      const response = await fetch("/dashboard/events", { headers: headers() });
      if (response.status === 401 || response.status === 403) {
        element("refused").textContent = key() ? "This key is not an admin's." : "";
        element("sign-in").hidden = false;
        element("status").textContent = "An admin's key is needed.";
        return;
      }
      if (!response.ok) throw new Error(`status ${response.status}`);
      element("sign-in").hidden = true;
      let text = "";
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        text += piece.value;
        const events = text.split("\n\n");
        text = events.pop();
        const last = events.findLast((event) => event.startsWith("data: "));
        if (last) draw(JSON.parse(last.slice(6)));
      }
    } catch {
      // The gateway is away; it is asked again below.
    }
    element("status").textContent = "The gateway does not answer; trying again…";
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

let asked = 0;
async function decide() {
  const text = element("question").value;
  const turn = ++asked;
  if (!text.trim()) {
    element("decision").textContent = "";
    return fill("candidates", [], "Nothing typed yet.");
  }
  const policy = element("policy").value;
  const response = await fetch("/v1/route", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers() },
    body: JSON.stringify({ text, ...(policy && { policy }) }),
  });
  const answer = await response.json();
  if (turn !== asked) return;
  if (!response.ok) {
    element("decision").textContent = answer.error.message;
    return;
  }
  element("decision").textContent =
    `${answer.model}: ${answer.rule} (decided in ${number(answer.milliseconds, 2)} ms).`;
  fill(
    "candidates",
    answer.candidates.map((each) => [
      cell(each.model),
      cell(number(each.p, 3), "number"),
      cell(
        each.interval[0] === null ? "–" : `${number(each.interval[0], 3)} to ${number(each.interval[1], 3)}`,
        "number",
      ),
      cell(dollars(each.cost), "number"),
    ]),
    "No model is allowed.",
  );
}

let typing;
element("question").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(decide, 120);
});
element("policy").addEventListener("change", decide);
element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("tripos-key", element("key").value);
  follow();
});
decide();
follow();

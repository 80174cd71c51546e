import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBank, encodeBank } from "../src/bank/index.ts";
import { readFolder, writeFolder } from "../src/files/index.ts";
import { newFolder, tripos, triposHere } from "./cli.ts";
import { sampleBank } from "./sample-bank.ts";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const key = "sk-secret-0123456789";
const folder = newFolder();
const at = (name: string) => join(folder, name);
const whole = sampleBank(41);
/** The bank knows all but the last subject, who takes the exam. */
const known = 40;
const bank = { ...whole, ...firstSubjects(known) };
const width = whole.items.length;
const right = (item: string) => whole.responses?.scores[known * width + whole.items.indexOf(item)] === 1;
const truth = whole.items.filter(right).length / width;

/** A server that answers as the last subject did; `mishap` may answer in its place. */
let mishap: ((count: number, item: string, response: ServerResponse, body: string) => boolean) | undefined;
const requests: string[] = [];
let delay = 0;
let server: Server;
let url = "";

beforeAll(async () => {
  writeFolder(at("bank"), await encodeBank(bank));
  writeFileSync(
    at("questions.jsonl"),
    whole.items
      .map((item) =>
        JSON.stringify({ item, question: `Question ${item}?`, choices: ["yes", "no"], answer: "A" }),
      )
      .join("\n"),
  );
  server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const designed = await tripos([
    ...["exam", "design", at("bank"), "--count", "24", "--method", "readout", "--out", at("exam.json")],
  ]);
  expect(designed).toMatchObject({ code: 0, stderr: "" });
  expect(designed.stdout).toMatch(/24 questions chosen by readout[\s\S]*stacked/);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.on("data", (data) => {
    body += data;
  });
  request.on("end", () => {
    expect(request.headers.authorization).toBe(`Bearer ${key}`);
    const item = /task-\d+/.exec(body)?.[0] ?? "";
    requests.push(item);
    if (mishap?.(requests.length, item, response, body)) return;
    setTimeout(() => reply(response, `The answer is ${right(item) ? "A" : "B"}.`), delay);
  });
}

function reply(response: ServerResponse, content: string): void {
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      choices: [{ message: { content }, finish_reason: "stop" }],
      usage: { prompt_tokens: 50, completion_tokens: 5 },
    }),
  );
}

const take = (out: string, ...more: string[]) => [
  "exam",
  "take",
  at("exam.json"),
  "--questions",
  at("questions.jsonl"),
  "--base-url",
  url,
  "--model",
  "new-model",
  "--out",
  at(out),
  ...more,
];
const run = (args: string[]) => triposHere(args, { OPENAI_API_KEY: key });
const linesOf = (name: string) =>
  readFileSync(at(name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("an exam killed half-way is resumed, asks nothing twice, and its interval holds the true score", async () => {
  requests.length = 0;
  delay = 40;
  const child = spawn(
    process.execPath,
    [main, ...take("answers.jsonl", "--concurrency", "2", "--price", "1,2")],
    {
      env: { ...process.env, OPENAI_API_KEY: key },
      stdio: "ignore",
    },
  );
  while (requests.length < 12) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  await new Promise((resolve) => child.on("close", resolve));
  const kept = linesOf("answers.jsonl").map(({ item }) => item as string);
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.length).toBeLessThan(24);
  // As if killed while a line was being written.
  writeFileSync(at("answers.jsonl"), `${readFileSync(at("answers.jsonl"), "utf8")}{"subject":"new-mo`);
  const cut = await run(["exam", "score", at("bank"), at("answers.jsonl")]);
  expect(cut.code).toBe(0);
  expect(cut.stderr).toMatch(/cut off/);

  delay = 0;
  requests.length = 0;
  const refused = await run(take("answers.jsonl"));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/--resume/);
  const resumed = await run(take("answers.jsonl", "--resume", "--price", "1,2", "--json"));
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    questions: 24,
    before: kept.length,
    asked: 24 - kept.length,
    failed: [],
  });
  expect(requests.filter((item) => kept.includes(item))).toEqual([]);
  const lines = linesOf("answers.jsonl");
  expect(new Set(lines.map(({ item }) => item)).size).toBe(24);
  expect(lines[0].taken).toMatchObject({ model: "new-model", api: "chat" });
  expect(lines.every(({ settings, cost }) => settings === lines[0].settings && cost === 60e-6)).toBe(true);

  const scored = await run([
    "exam",
    "score",
    at("bank"),
    at("answers.jsonl"),
    "--exam",
    at("exam.json"),
    "--json",
  ]);
  expect(scored).toMatchObject({ code: 0, stderr: "" });
  const report = JSON.parse(scored.stdout);
  expect(Object.keys(report)).toEqual([
    "subject",
    "ability",
    "abilitySE",
    "personFit",
    "scenarios",
    "warnings",
  ]);
  const { estimate, interval, answered } = report.scenarios.at(-1);
  expect(answered).toBe(24);
  expect(Math.abs(estimate - truth)).toBeLessThan(0.12);
  expect(interval[0]).toBeLessThan(truth);
  expect(interval[1]).toBeGreaterThan(truth);
});

test("a dry run shows the first prompt, asks nothing and writes nothing", async () => {
  requests.length = 0;
  const { code, stdout } = await run(take("dry.jsonl", "--dry-run"));
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Question task-\d+\?\n\nA\. yes\nB\. no\n[\s\S]*1 of 24 questions, graded by choice/,
  );
  expect(requests).toEqual([]);
  expect(existsSync(at("dry.jsonl"))).toBe(false);
});

test("Ctrl-C keeps what was answered and says how to go on", async () => {
  requests.length = 0;
  delay = 40;
  const child = spawn(process.execPath, [main, ...take("stopped.jsonl", "--concurrency", "2")], {
    env: { ...process.env, OPENAI_API_KEY: key },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  while (requests.length < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.on("close", resolve));
  delay = 0;
  const kept = linesOf("stopped.jsonl").length;
  expect({ code, stderr }).toEqual({
    code: 130,
    stderr: `tripos: stopped; ${kept} answers kept in ${at("stopped.jsonl")}; go on with --resume\n`,
  });
});

test("a server's bad days: busy, broken, HTML, empty, unreadable", async () => {
  requests.length = 0;
  const seen = new Map<string, number>();
  mishap = (_, item, response) => {
    const turn = (seen.get(item) ?? 0) + 1;
    seen.set(item, turn);
    const which = Number(item.slice(5)) % 6;
    if (which === 0 && turn === 1) response.writeHead(429).end("slow down");
    else if (which === 1 && turn === 1) response.writeHead(503, { "retry-after": "0" }).end();
    else if (which === 2 && turn === 1) response.end("<html><body>Bad gateway</body></html>");
    else if (which === 3) reply(response, "  ");
    else if (which === 4) reply(response, "I would rather not say.");
    else return false;
    return true;
  };
  const { code, stdout, stderr } = await run(take("trouble.jsonl"));
  mishap = undefined;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = linesOf("trouble.jsonl");
  expect(lines.length).toBe(24);
  for (const { item, score, note, output } of lines) {
    const which = Number((item as string).slice(5)) % 6;
    if (which === 3) expect({ score, note }).toEqual({ score: null, note: "empty" });
    else if (which === 4)
      expect({ score, note, output }).toEqual({
        score: 0,
        note: "unparsed",
        output: "I would rather not say.",
      });
    else expect(score).toBe(right(item as string) ? 1 : 0);
  }
  if (lines.some(({ note }) => note === "empty")) expect(stdout).toMatch(/empty answer, counted as missing/);
  if (lines.some(({ note }) => note === "unparsed"))
    expect(stdout).toMatch(/no answer found, counted as wrong/);
});

test("a server that hangs costs the question, not the exam; a wrong key ends it; the key appears nowhere", async () => {
  const hanging = /00[1-3]$/;
  mishap = (_, item) =>
    hanging.test(item) || item === JSON.parse(readFileSync(at("exam.json"), "utf8")).questions[0].item;
  const slow = await run(take("slow.jsonl", "--timeout", "3", "--attempts", "1"));
  expect(slow.code).toBe(1);
  expect(slow.stdout).toMatch(/not answered: no answer within 3 s[\s\S]*--resume/);
  mishap = (_, _item, response) => {
    response.writeHead(401).end(`{"error":"bad key ${key}"}`);
    return true;
  };
  const refused = await run(take("refused.jsonl"));
  mishap = undefined;
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/status 401[\s\S]*OPENAI_API_KEY/);
  expect(existsSync(at("refused.jsonl"))).toBe(false);
  const everything = [
    slow.stdout,
    slow.stderr,
    refused.stdout,
    refused.stderr,
    ...["slow.jsonl", "exam.json"].map((name) => readFileSync(at(name), "utf8")),
  ];
  expect(everything.join("\n")).not.toContain(key);
  const finished = await run(take("slow.jsonl", "--timeout", "3", "--attempts", "1", "--resume"));
  expect(finished.code).toBe(0);
  expect(linesOf("slow.jsonl").length).toBe(24);
});

test("a question that the server refuses costs that question alone, in a fixed and in an adaptive exam", async () => {
  const [, second] = JSON.parse(readFileSync(at("exam.json"), "utf8")).questions;
  mishap = (_, item, response) => {
    if (item !== second.item) return false;
    response.writeHead(400).end('{"error":"maximum context length"}');
    return true;
  };
  const refused = await run(take("long.jsonl", "--concurrency", "1"));
  expect(refused).toMatchObject({ code: 1, stderr: "" });
  expect(refused.stdout).toContain(`${second.item}: not answered: status 400`);
  expect(linesOf("long.jsonl").length).toBe(23);
  const designed = ["exam", "design", at("bank"), "--method", "adaptive", "--count", "6", "--no-assess"];
  await run([...designed, "--out", at("short.json")]);
  const adaptively = (out: string) => [...take(out), "--resume"].with(2, at("short.json"));
  mishap = (count, _, response) => {
    if (count > 1) return false;
    response.writeHead(400).end("too long");
    return true;
  };
  requests.length = 0;
  const adaptive = await run(adaptively("long-adaptive.jsonl"));
  expect(adaptive.code).toBe(1);
  expect(adaptive.stdout).toMatch(/refused, counted as missing: status 400/);
  expect(linesOf("long-adaptive.jsonl")[0]).toMatchObject({ score: null, note: "refused" });
  requests.length = 0;
  expect((await run(adaptively("long-adaptive.jsonl"))).code).toBe(0);
  expect(requests).toEqual([]);
  mishap = (_, _item, response) => {
    response.writeHead(400).end("no such parameter");
    return true;
  };
  requests.length = 0;
  const never = await run(take("never.jsonl", "--concurrency", "1"));
  mishap = undefined;
  expect(never.code).toBe(2);
  expect(never.stderr).toMatch(/no such parameter[\s\S]*--param/);
  expect(requests.length).toBe(10);
});

test("answers are kept where the judge fails, and graded later without asking again", async () => {
  let well = false;
  let asked: string[] = [];
  mishap = (_, item, response, body) => {
    if (!body.includes("to be graded")) {
      asked.push(item);
      return false;
    }
    if (well) reply(response, body.includes("answer is A") ? "CORRECT" : "INCORRECT");
    else response.writeHead(500).end("no judge today");
    return true;
  };
  const prices = ["--price", "1,2", "--judge-price", "10,20", "--attempts", "1", "--json"];
  const args = take("judge-down.jsonl", "--grader", "judge", "--judge-model", "judge", ...prices);
  const few = JSON.parse(readFileSync(at("exam.json"), "utf8"));
  writeFileSync(at("few.json"), JSON.stringify({ ...few, questions: few.questions.slice(0, 6) }));
  writeFileSync(
    at("open.jsonl"),
    whole.items.map((item) => JSON.stringify({ item, question: `${item}?`, answer: "A" })).join("\n"),
  );
  const open = args.with(2, at("few.json")).with(4, at("open.jsonl"));
  const failed = await run(open);
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout).failed[0]).toMatchObject({ kind: "ungraded" });
  expect(linesOf("judge-down.jsonl").map(({ note, score }) => [note, score])).toEqual(
    Array(6).fill(["ungraded", null]),
  );
  expect(asked.length).toBe(6);
  asked = [];
  well = true;
  const graded = await run([...open, "--resume"]);
  mishap = undefined;
  expect(graded).toMatchObject({ code: 0, stderr: "" });
  expect(asked).toEqual([]);
  const sitting = JSON.parse(graded.stdout);
  expect(sitting).toMatchObject({ before: 6, asked: 0, judge: { promptTokens: 300, completionTokens: 30 } });
  expect(sitting.cost).toBeCloseTo(6 * 600e-6, 12);
  const lines = linesOf("judge-down.jsonl");
  expect(lines.map(({ item, score }) => [item, score])).toEqual(
    lines.map(({ item }) => [item, right(item as string) ? 1 : 0]),
  );
  expect(lines.length).toBe(6);
  expect(lines[0].taken).toBeDefined();
});

test("graders of the user's own: a command, a judge", async () => {
  const command = 'case "$(cat)" in *"The answer is A"*) echo 1;; *) echo 0;; esac';
  const graded = await run(take("command.jsonl", "--grader", "command", "--grader-command", command));
  expect(graded.code).toBe(0);
  for (const { item, score } of linesOf("command.jsonl")) expect(score).toBe(right(item as string) ? 1 : 0);
  const failing = await run(take("failing.jsonl", "--grader", "command", "--grader-command", "exit 3"));
  expect(failing.code).toBe(2);
  expect(failing.stderr).toMatch(/the grader's command failed[\s\S]*exit code 3/);
  const judged = await run(take("judged.jsonl", "--grader", "judge", "--judge-model", "judge"));
  // The server takes the judge for the model and says no verdict.
  expect(judged.code).toBe(0);
  expect(judged.stdout).toMatch(/0 right, 24 wrong, 0 missing \(24 of them unparsed\)/);
  expect(judged.stdout).toMatch(/no answer found[\s\S]*In 24 of 24 answers the grader found nothing/);
  const scored = await run(["exam", "score", at("bank"), at("judged.jsonl"), "--exam", at("exam.json")]);
  expect(scored.stdout).toMatch(/! In 24 of 24 answers the grader found nothing/);
});

test("an adaptive exam goes on where it was stopped and ends by its rule", async () => {
  const designed = await run([
    ...["exam", "design", at("bank"), "--method", "adaptive", "--count", "30", "--stop-se", "0.3"],
    ...["--out", at("adaptive.json")],
  ]);
  expect(designed).toMatchObject({ code: 0, stderr: "" });
  const args = [
    ...["exam", "take", at("adaptive.json"), "--questions", at("questions.jsonl"), "--base-url", url],
    ...["--model", "new-model", "--attempts", "1", "--out", at("adaptive.jsonl"), "--resume"],
  ];
  const start = requests.length;
  mishap = (count, _, response) => {
    if (count !== start + 5) return false;
    response.writeHead(503).end();
    return true;
  };
  writeFileSync(
    at("part.jsonl"),
    readFileSync(at("questions.jsonl"), "utf8").split("\n").slice(1).join("\n"),
  );
  const [stopped, part] = [
    await run([...args, "--concurrency", "4"]),
    await run([...args.with(4, at("part.jsonl")).with(-2, at("part-answers.jsonl")), "--json"]),
  ];
  mishap = undefined;
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toMatch(/--concurrency 4 has no effect/);
  expect(part).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/1 of the \d+ questions.*not in the file/),
  });
  const kept = linesOf("adaptive.jsonl").length;
  expect(kept).toBe(4);
  expect((await run(args)).code).toBe(0);
  const lines = linesOf("adaptive.jsonl");
  expect(lines.length).toBeGreaterThan(kept);
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(new Set(lines.map(({ item }) => item)).size).toBe(lines.length);
  const scored = await run([
    "exam",
    "score",
    at("bank"),
    at("adaptive.jsonl"),
    "--exam",
    at("adaptive.json"),
    "--json",
  ]);
  const report = JSON.parse(scored.stdout);
  expect(lines.length === 30 || report.abilitySE[0] <= 0.3).toBe(true);
  expect(Math.abs(report.scenarios.at(-1).estimate - truth)).toBeLessThan(0.15);
});

test("several models make a leaderboard, with a page", async () => {
  const rows = [3, 17, 30].map((s) =>
    whole.items
      .map((item, i) => `${whole.subjects[s]} again,${item},${whole.responses?.scores[s * width + i]}`)
      .filter((_, i) => i % 4 === 0),
  );
  writeFileSync(at("board.csv"), `subject,item,score\n${rows.flat().join("\n")}\n`);
  const { code, stdout } = await run([
    "exam",
    "score",
    at("bank"),
    at("board.csv"),
    "--report",
    at("board.html"),
    "--json",
  ]);
  expect(code).toBe(0);
  const { subjects, leaderboard } = JSON.parse(stdout);
  expect(subjects.length).toBe(3);
  expect(leaderboard.map(({ rank }: { rank: number }) => rank)).toEqual([1, 2, 3]);
  expect(leaderboard[0].estimate).toBeGreaterThanOrEqual(leaderboard[1].estimate);
  const page = readFileSync(at("board.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  for (const s of [3, 17, 30]) expect(page).toContain(`${whole.subjects[s]} again`);
});

test("the default exam is adaptive where that errs less; taken with --fixed it asks the same questions of all", async () => {
  const designed = await run([
    "exam",
    "design",
    at("bank"),
    "--count",
    "20",
    "--out",
    at("auto.json"),
    "--json",
  ]);
  expect(designed).toMatchObject({ code: 0, stderr: "" });
  const { selection, questions, scenarios, fixed } = JSON.parse(designed.stdout);
  expect({ selection, questions, fixed: fixed.questions }).toEqual({
    selection: "adaptive",
    questions: 20,
    fixed: 20,
  });
  const error = (of: { method: string; errors: { method: string; meanAbsoluteError: number }[] }[]) =>
    of[0].errors.find(({ method }) => method === of[0].method)!.meanAbsoluteError;
  expect(error(scenarios)).toBeLessThan(error(fixed.scenarios));
  const args = ["--exam", at("auto.json"), "--json"];
  const outcomes = [];
  for (const [out, ...more] of [["byRule.jsonl"], ["byList.jsonl", "--fixed"]]) {
    const taken = await run([...take(out), ...more].with(2, at("auto.json")));
    expect(taken.code).toBe(0);
    expect(taken.stderr).toMatch(
      more.length > 0 ? /^$/ : /one question at a time.*--fixed asks many at once/,
    );
    const scored = await run(["exam", "score", at("bank"), at(out), ...args]);
    outcomes.push(JSON.parse(scored.stdout).scenarios.at(-1));
  }
  const exam = JSON.parse(readFileSync(at("auto.json"), "utf8"));
  const list = exam.questions.map(({ item }: { item: string }) => item).sort();
  const asked = (name: string) =>
    linesOf(name)
      .map(({ item }) => item)
      .sort();
  expect(asked("byList.jsonl")).toEqual(list);
  expect(asked("byRule.jsonl")).not.toEqual(list);
  expect(outcomes[0].method).toBe("pIRT");
  for (const { estimate, interval, answered } of outcomes) {
    expect(answered).toBe(20);
    expect(Math.abs(estimate - truth)).toBeLessThan(0.12);
    expect(interval[1] - interval[0]).toBeLessThan(0.4);
  }
});

test("costs from a file or a number, columns of other names, everything answered, empty answers as wrong", async () => {
  writeFileSync(
    at("costs.csv"),
    `item,cost\n${whole.items.map((item, i) => `${item},${1 + (i % 3)}`).join("\n")}\n`,
  );
  const every = whole.items.map((item) => `new,${item},${right(item) ? 1 : 0}`);
  writeFileSync(at("every.csv"), `who,what,points\n${every.join("\n")}\n`);
  writeFileSync(at("silent.csv"), "subject,item,score\nm,task-001,\n");
  mishap = (_, _item, response) => {
    reply(response, "");
    return true;
  };
  const cheap = await run([
    ...["exam", "design", at("bank"), "--count", "24", "--costs", at("costs.csv"), "--budget", "20"],
    ...["--no-assess", "--out", at("cheap.json")],
  ]);
  const all = await run([
    ...["exam", "score", at("bank"), at("every.csv"), "--json"],
    ...["--columns", "subject=who,item=what,score=points"],
  ]);
  const silent = await run(["exam", "score", at("bank"), at("silent.csv")]);
  const empty = await run(take("empty.jsonl", "--empty", "wrong", "--fixed"));
  mishap = undefined;
  expect(cheap.code).toBe(0);
  const questions: { item: string }[] = JSON.parse(readFileSync(at("cheap.json"), "utf8")).questions;
  const cost = questions.reduce((sum, { item }) => sum + 1 + (whole.items.indexOf(item) % 3), 0);
  expect(questions.length).toBeGreaterThan(6);
  expect(cost).toBeLessThanOrEqual(20);
  const { estimate, interval, method } = JSON.parse(all.stdout).scenarios.at(-1);
  expect(method).toBe("complete");
  expect(estimate).toBeCloseTo(truth, 12);
  expect(interval[1] - interval[0]).toBeLessThan(1e-9);
  expect(silent.code === 2 ? silent.stderr : silent.stdout).toMatch(/no (response|question|answer)/i);
  expect(empty.code).toBe(0);
  expect(linesOf("empty.jsonl").every(({ score, note }) => score === 0 && note === "empty")).toBe(true);
});

test("exam compare: a table, JSON and a page of errors by number of questions", async () => {
  writeFileSync(
    at("matrix.csv"),
    `subject,${whole.items.slice(0, 40).join(",")}\n${whole.subjects
      .slice(0, 24)
      .map((name, s) => [name, ...(whole.responses?.scores.slice(s * width, s * width + 40) ?? [])].join(","))
      .join("\n")}\n`,
  );
  const args = ["exam", "compare", at("matrix.csv"), "--counts", "5,10", "--splits", "2"];
  const table = await run(args);
  const json = await run([...args, "--json", "--report", at("compared.html")]);
  expect(table.code).toBe(0);
  expect(table.stdout).toMatch(/random questions +mean[\s\S]*adaptive +pIRT[\s\S]*default/);
  const { known, tested, rows, chosen } = JSON.parse(json.stdout);
  expect({ known, tested }).toEqual({ known: 18, tested: 6 });
  for (const row of rows) expect(row.meanAbsoluteError).toBeLessThan(0.5);
  // Three selections by seven methods, the stacked, the adaptive and the default.
  expect(rows.filter(({ count }: { count: number }) => count === 5).length).toBe(24);
  expect(chosen.map(({ count }: { count: number }) => count)).toEqual([5, 10]);
  expect(readFileSync(at("compared.html"), "utf8")).toMatch(/mean absolute error/);
});

test("a scored subject can be added to the bank, once", async () => {
  writeFolder(at("grown"), await encodeBank(bank));
  const added = await run(["exam", "score", at("grown"), at("answers.jsonl"), "--add"]);
  expect(added.code).toBe(0);
  expect(added.stderr).toMatch(/knows 41 subjects now/);
  const { bank: grown } = await decodeBank(readFolder(at("grown"), "an item bank"), "grown");
  expect(grown.subjects.at(-1)).toBe("new-model");
  expect(grown.responses?.observed.slice(-width).reduce((a, b) => a + b)).toBe(24);
  const again = await run(["exam", "score", at("grown"), at("answers.jsonl"), "--add"]);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/knows a subject of that name already/);
});

test("bad input: one message, exit code 2, nothing written", async () => {
  writeFileSync(
    at("unknown.csv"),
    "subject,item,score\nm,task-001,1\nm,nowhere,0\nm,task-002,0\nm,task-002,1\n",
  );
  writeFileSync(at("none.csv"), "subject,item,score\nm,nowhere,0\n");
  writeFileSync(at("noanswer.jsonl"), '{"item":"task-001","question":"?"}\n');
  writeFileSync(at("nothing.jsonl"), "");
  writeFileSync(at("other.csv"), "a,b\n1,2\n");
  writeFileSync(at("prices.json"), '{"other-model": {"input": 1, "output": 2}}');
  const exam = JSON.parse(readFileSync(at("exam.json"), "utf8"));
  writeFileSync(at("other.json"), JSON.stringify({ ...exam, bank: "0".repeat(64) }));
  writeFileSync(
    at("other.jsonl"),
    `{"subject":"m","item":"task-001","score":1,"bank":"${"0".repeat(64)}"}\n`,
  );
  const cases: [string[], RegExp][] = [
    [["score", at("bank"), at("unknown.csv")], /1 of 3: nowhere[\s\S]*--ignore-unknown/],
    [["score", at("bank"), at("none.csv"), "--ignore-unknown"], /none of the answered questions/],
    [
      ["score", at("bank"), at("unknown.csv"), "--ignore-unknown", "--exam", at("other.json")],
      /another bank/,
    ],
    [["score", at("bank"), at("other.jsonl")], /another bank/],
    [["score", at("bank"), at("nothing.jsonl")], /nothing\.jsonl/],
    [["score", at("bank"), at("other.csv"), "--columns", "subject=who"], /other\.csv/],
    [["compare", at("bank"), "--counts", "ten"], /--counts[\s\S]*whole numbers/],
    [["design", at("bank"), "--costs", at("none.csv"), "--out", at("x.json")], /no cost of a question/],
    [["design", at("bank"), "--costs", "nowhere.csv", "--out", at("x.json")], /cannot be read/],
    [take("x.json", "--prices", at("prices.json")).slice(1), /no price of the model/],
    [take("x.json", "--grader", "{").slice(1), /--grader/],
    [["design", at("bank"), "--count", "91", "--out", at("x.json")], /longer than the bank/],
    [["design", at("bank"), "--at-least", "law=80", "--out", at("x.json")], /too few|exceed/],
    [["design", at("bank"), "--never", "nowhere", "--out", at("x.json")], /no such question/],
    [take("x.json", "--base-url", "ftp://x").slice(1), /no address of a server/],
    [["take", at("exam.json"), "--base-url", url, "--model", "m", "--out", at("x.json")], /--questions FILE/],
    [
      [
        "take",
        at("exam.json"),
        "--questions",
        at("noanswer.jsonl"),
        "--base-url",
        url,
        "--model",
        "m",
        "--out",
        at("x.json"),
      ],
      /line 1, field "answer"/,
    ],
    [
      ["take", at("questions.jsonl"), "--base-url", url, "--model", "m", "--out", at("x.json")],
      /questions\.jsonl, line 2, column 1: this is not valid JSON/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await triposHere(["exam", ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  }
  expect(() => readFileSync(at("x.json"))).toThrow();
  const repeated = await run(["exam", "score", at("bank"), at("unknown.csv"), "--ignore-unknown"]);
  expect(repeated.code).toBe(0);
  expect(repeated.stderr).toMatch(
    /1 questions were answered again[\s\S]*1 questions that the bank does not have/,
  );
});

function firstSubjects(count: number) {
  const responses = whole.responses as NonNullable<typeof whole.responses>;
  const cells = count * whole.items.length;
  return {
    subjects: whole.subjects.slice(0, count),
    abilities: {
      dims: 1,
      ability: whole.abilities.ability.slice(0, count),
      covariance: whole.abilities.covariance.slice(0, count),
    },
    subjectFit: {},
    responses: {
      subjects: responses.subjects.slice(0, count),
      items: responses.items,
      scores: responses.scores.slice(0, cells),
      observed: responses.observed.slice(0, cells),
    },
  };
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { seededRandom } from "../src/numerics/index.ts";
import { evaluateRouter, fed, observed, route, trainRouter } from "../src/routing/index.ts";
import { loadRouter, saveRouter } from "../src/storage/index.ts";
import { newFolder, triposHere as tripos } from "./cli.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
const at = (name: string) => join(folder, name);
const { matrix } = simulatedQuestions(600, 1);
const router = trainRouter(matrix, { trees: 20 });
beforeAll(() => saveRouter(router, at("router")));

interface Line {
  readonly text: string;
  readonly model?: string;
  readonly reward?: number | boolean;
  readonly source?: string;
}

function log(name: string, lines: readonly Line[]): string {
  writeFileSync(at(name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return at(name);
}

const texts = simulatedQuestions(300, 9).matrix.texts ?? [];
const rivers = texts.filter((text) => text.includes("river"));

/** What the geographer earns on its own questions when it is right with P. */
function geographer(n: number, p: number, source?: string): Line[] {
  const random = seededRandom(3);
  return Array.from({ length: n }, (_, i) => ({
    text: rivers[i % rivers.length],
    model: "geographer",
    reward: random() < p ? 1 : 0,
    ...(source && { source }),
  }));
}

test("feedback moves a router in its folder, the word of a trusted source in full; drift then is quiet", {
  timeout: 60_000,
}, async () => {
  const worse = log("worse.jsonl", geographer(1500, 0.2, "tests"));
  const drift = await tripos(["drift", at("router"), worse]);
  expect(drift.code).toBe(1);
  expect(drift.stdout).toContain("worse than the router says");

  const moved = at("moved");
  const first = await tripos(["feedback", at("router"), worse, "--out", moved, "--trust", "tests", "--json"]);
  const { models, answers } = JSON.parse(first.stdout);
  expect(answers).toBe(1500);
  expect(models[0]).toMatchObject({ model: "geographer", answers: 1500 });
  expect(models[0].shift).toBeLessThan(-0.25);
  expect(models[1]).toMatchObject({ model: "mathematician", answers: 0, reward: null, shift: 0 });
  const [text] = rivers;
  expect(route(router, { text }).model).toBe("geographer");
  const after = route(loadRouter(moved), { text });
  expect(after.model).not.toBe("geographer");
  const stated = after.candidates.find(({ model }) => model === "geographer")?.p ?? 0;

  const later = await tripos(["drift", moved, log("later.jsonl", geographer(300, stated))]);
  expect(later).toMatchObject({ code: 0, stderr: "" });
  // Told again without --trust the sources stay trusted, until all is forgotten.
  const more = log("more.jsonl", geographer(10, 0.3, "tests"));
  const again = await tripos(["feedback", moved, more]);
  expect(again.stdout).toMatch(/geographer +10 +0\.\d+ +0\.\d+ +-0\.[2-9]/);
  const untrusted = await tripos(["feedback", moved, log("strange.jsonl", geographer(10, 0.3, "a user"))]);
  expect(untrusted.stdout).toMatch(/10 answers of sources that are not trusted \(a user\).*--trust/);
  const few = await tripos(["drift", moved, more]);
  expect([few.code, few.stdout]).toEqual([0, expect.stringMatching(/Too few to tell.*10 of 30 questions/)]);
  const forgotten = await tripos(["feedback", moved, "--forget", "--out", at("forgotten"), "--json"]);
  expect(JSON.parse(forgotten.stdout)).toMatchObject({ answers: 0, models: [{ shift: 0 }, {}, {}] });
  const fresh = await tripos(["feedback", moved, more, "--forget", "--json"]);
  expect(Math.abs(JSON.parse(fresh.stdout).models[0].shift)).toBeLessThan(0.1);
});

test("1,000 hostile feedbacks of one source cost less than a point of reward", () => {
  const hostile = Array.from({ length: 1000 }, (_, i) =>
    observed(router, {
      text: texts[i % texts.length],
      model: i % 2 ? "geographer" : "programmer",
      reward: i % 2 ? 0 : 1,
      source: "foe",
    }),
  );
  const reward = (subject: typeof router) =>
    evaluateRouter(subject, [{ name: "fresh", matrix: simulatedQuestions(1000, 8).matrix }]).evaluation.macro;
  const swayed = reward(fed(router, hostile));
  expect(swayed.router).toBeGreaterThan(reward(router).router - 0.01);
  expect(swayed.router).toBeGreaterThan(swayed.bestSingle - 0.01);
});

test("a stream of other questions asks for training on them", async () => {
  const strange = Array.from({ length: 250 }, (_, i) => ({
    text: `岛屿和河流有什么区别${i}？{}$%^`.repeat(6),
  }));
  const { code, stdout } = await tripos(["drift", at("router"), log("strange.jsonl", strange), "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ questionsChanged: true, calibrationChanged: false, answers: 0 });
  const usual = texts.map((text) => ({ text }));
  expect((await tripos(["drift", at("router"), log("usual.jsonl", usual)])).code).toBe(0);
});

test("feedback that cannot be used is named with its line, and leaves the router as it was", async () => {
  const before = readFileSync(at("router/router.json"));
  const wrong = async (line: Line) => {
    const file = log("wrong.jsonl", [{ text: "x", model: "geographer", reward: 1 }, line]);
    const { code, stdout, stderr } = await tripos(["feedback", at("router"), file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    return stderr;
  };
  expect(await wrong({ text: "x", model: "geographer", reward: 1.5 })).toMatch(
    /line 2.*reward.*0 to 1.*1\.5/,
  );
  expect(await wrong({ text: "x", model: "oracle", reward: true })).toMatch(/line 2.*"oracle"[\s\S]*--base/);
  expect(await wrong({ text: "x", model: "geographer" })).toMatch(/line 2: this is no feedback/);
  expect(readFileSync(at("router/router.json"))).toEqual(before);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { parseConfigText, readConfig } from "./config-file.ts";

const good = `upstreams:
  - name: local
    baseUrl: http://127.0.0.1:8000/v1
    timeouts: { first: 30s }
models:
  - name: small
    upstream: local
`;

test("fills in the defaults and understands durations and sizes", () => {
  const config = parseConfigText(`${good}limits: { body: 1.5mb }\n`, "tripos.yaml");
  expect(config.upstreams[0].timeouts).toEqual({ connect: 5000, first: 30_000, idle: 120_000 });
  expect(config.limits.body).toBe(1.5 * 1024 ** 2);
  expect(config.listen).toEqual({ host: "127.0.0.1", port: 8080 });
});

const mistakes: [string, string, RegExp][] = [
  [
    "an unknown option",
    good.replace("timeouts", "timeout"),
    /line 4, column 5, field "upstreams\[0\].timeout": is not an option; did you mean "timeouts"\?$/,
  ],
  [
    "a wrong type",
    good.replace("30s", "soon"),
    /line 4, column 24, field "upstreams\[0\].timeouts.first".*found "soon".*duration/,
  ],
  [
    "a model without its upstream",
    good.replace("upstream: local", "upstream: nowhere"),
    /line 7, column 15.*found "nowhere".*local/,
  ],
  [
    "a name that occurs twice",
    `${good}  - name: small\n    upstream: local\n`,
    /line 8, column 11.*occurs once/,
  ],
  [
    "a missing address",
    good.replace(/ {4}baseUrl.*\n/, ""),
    /line 2, column 5, field "upstreams\[0\].baseUrl"/,
  ],
  ["an address that is no web address", good.replace("http:", "file:"), /line 3.*http/],
  [
    "an option misspelt, where another is missing for it",
    good.replace("models:", "modells:"),
    /^tripos.yaml, line 5, column 1, field "modells": is not an option; did you mean "models"\?$/,
  ],
  [
    "an option that is like none",
    good.replace("upstream: local", "upstream: local\n    xyz: 1"),
    /line 8, column 5, field "models\[0\].xyz": is not an option \(expected one of name, upstream, as, price/,
  ],
  [
    "an option of a policy misspelt",
    `${good}policies: { mine: { rule: quality, stickyness: 1 } }\n`,
    /line 8, column 36, field "policies.mine.stickyness": is not an option; did you mean "stickiness"\?$/,
  ],
  [
    "a kind that is none",
    good.replace("timeouts: { first: 30s }", "kind: opnai"),
    /field "upstreams\[0\].kind": is not right \(found "opnai", expected one of openai, azure, .*, demonstration\)$/,
  ],
  [
    "a number too small",
    `${good}stickiness: -1\n`,
    /field "stickiness": is not right \(found -1, expected a number of at least 0\)$/,
  ],
  ["a number that is not whole", `${good}listen: { port: 80.5 }\n`, /found 80.5, expected a whole number\)$/],
  ["a number that is no number", `${good}stickiness: much\n`, /found "much", expected a number\)$/],
  ["what is to be a list", `${good}exams: 3\n`, /found 3, expected a list\)$/],
  ["a duration below 0", good.replace("30s", "-5"), /found -5, expected a number above 0\)$/],
  [
    "a grader that is none",
    `${good}grader: { kind: judge }\n`,
    /expected a grader whose kind is confidence, regex, command or model\)$/,
  ],
  [
    "what is missing",
    "upstreams:\n  - { name: a, kind: demonstration }\n",
    /field "models": is missing \(expected a list\)$/,
  ],
  ["broken YAML", `${good}: [`, /line 8/],
];
test.each(mistakes)("says where %s is", (_, text, message) => {
  expect(() => parseConfigText(text, "tripos.yaml")).toThrow(InputError);
  expect(() => parseConfigText(text, "tripos.yaml")).toThrow(message);
});

test("a file's paths are those from its folder; a key that is not there is named with its line", () => {
  const folder = mkdtempSync(join(tmpdir(), "tripos-config-"));
  const file = join(folder, "tripos.yaml");
  const keyed = good.replace("    timeouts", "    keyFrom: { env: LOCAL_KEY }\n    timeouts");
  const exams = `exams: [{ id: short, exam: exam.json, bank: ../BANK, questions: /q.jsonl }]\n`;
  writeFileSync(file, `${keyed}router: trained/ROUTER\n${exams}`);
  const config = readConfig(file, { LOCAL_KEY: "sk" });
  expect(config.router).toBe(join(folder, "trained/ROUTER"));
  const { exam, bank, questions } = config.exams[0];
  expect([exam, bank, questions]).toEqual([join(folder, "exam.json"), join(folder, "../BANK"), "/q.jsonl"]);
  expect(() => readConfig(file, {})).toThrow(
    /tripos.yaml, line 4, column 21, field "upstreams\[0\].keyFrom.env": .* local .*environment variable LOCAL_KEY/,
  );
  writeFileSync(file, `${good}router: mmlu\n`);
  expect(readConfig(file).router).toBe("mmlu");
  rmSync(folder, { recursive: true });
});

test("does not show what may be secret", () => {
  const text = good.replace("    timeouts", "    headers: { authorization: [sk-very-secret] }\n    timeouts");
  expect(() => parseConfigText(text, "tripos.yaml")).toThrow(/a value not shown/);
  expect(() => parseConfigText(text, "tripos.yaml")).not.toThrow(/sk-very-secret/);
});

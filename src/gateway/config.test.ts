import { expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { parseConfigText } from "./config.ts";

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
    /line 4, column 14, field "upstreams\[0\].timeout".*is not an option/,
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
  ["broken YAML", `${good}: [`, /line 8/],
];
test.each(mistakes)("says where %s is", (_, text, message) => {
  expect(() => parseConfigText(text, "tripos.yaml")).toThrow(InputError);
  expect(() => parseConfigText(text, "tripos.yaml")).toThrow(message);
});

test("does not show what may be secret", () => {
  const text = good.replace("    timeouts", "    headers: { authorization: [sk-very-secret] }\n    timeouts");
  expect(() => parseConfigText(text, "tripos.yaml")).toThrow(/a value not shown/);
  expect(() => parseConfigText(text, "tripos.yaml")).not.toThrow(/sk-very-secret/);
});

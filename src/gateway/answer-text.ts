import type { Endpoint } from "./question-text.ts";

type Parts = readonly { readonly text?: unknown }[];

/** The text of a whole answer; "" when it holds none (tools called, for instance). */
export function answerText(endpoint: Endpoint, json: unknown): string {
  const answer = json as {
    choices?: readonly { message?: { content?: unknown }; text?: unknown }[];
    content?: Parts;
    output?: readonly { content?: Parts }[];
  } | null;
  switch (endpoint) {
    case "chat":
      return textOf(answer?.choices?.[0]?.message?.content);
    case "completions":
      return textOf(answer?.choices?.[0]?.text);
    case "responses":
      return (answer?.output ?? []).map(({ content }) => textOf(content)).join("");
    case "messages":
      return textOf(answer?.content);
    case "embeddings":
      return "";
  }
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as Parts).map(({ text }) => (typeof text === "string" ? text : "")).join("");
}

import { contentText } from "../openai/index.ts";
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
      return contentText(answer?.choices?.[0]?.message?.content);
    case "completions":
      return contentText(answer?.choices?.[0]?.text);
    case "responses":
      return (answer?.output ?? []).map(({ content }) => contentText(content)).join("");
    case "messages":
      return contentText(answer?.content);
    case "embeddings":
      return "";
  }
}

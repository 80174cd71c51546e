import { ApiError } from "./api-error.ts";
import { UpstreamFault } from "./opened-answer.ts";
import type { Body } from "./question-text.ts";

type Part = Readonly<Record<string, unknown>>;
interface Turn {
  readonly role: string;
  readonly content: unknown;
}

const parts = (content: unknown): readonly Part[] => {
  if (typeof content === "string") return content ? [{ type: "text", text: content }] : [];
  const isPart = (part: unknown): part is Part => part !== null && typeof part === "object";
  return Array.isArray(content) ? content.filter(isPart) : [];
};
const textOf = (content: unknown) =>
  parts(content)
    .flatMap(({ text }) => (typeof text === "string" ? [text] : []))
    .join("\n");
/** Only the fields that have a value. */
const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

/**
 * A chat request as Anthropic's Messages API takes it.
 *
 * @throws UpstreamFault for what that API cannot promise, so that another model may be asked
 */
export function chatToMessages(body: Body, model: string): Record<string, unknown> {
  const format = (body.response_format as { type?: string } | undefined)?.type;
  if (format && format !== "text")
    throw new UpstreamFault(`cannot promise the response format ${format}`, 404);
  if (typeof body.n === "number" && body.n > 1) throw new UpstreamFault("gives one answer at a time", 404);
  const turns = Array.isArray(body.messages) ? (body.messages as (Turn & Part)[]) : [];
  const system = turns
    .filter(({ role }) => role === "system" || role === "developer")
    .map(({ content }) => textOf(content));
  const messages: { role: string; content: Part[] }[] = [];
  const add = (role: string, content: readonly Part[]) => {
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) messages.push({ role, content: [...content] });
  };
  for (const turn of turns) {
    if (turn.role === "user") add("user", parts(turn.content).map(userPart));
    else if (turn.role === "tool")
      add("user", [{ type: "tool_result", tool_use_id: turn.tool_call_id, content: textOf(turn.content) }]);
    else if (turn.role === "assistant") {
      const calls = (turn.tool_calls ?? []) as {
        id: string;
        function: { name: string; arguments: string };
      }[];
      add("assistant", [
        ...parts(turn.content).filter(({ type }) => type === "text"),
        ...calls.map(({ id, function: called }) => ({
          type: "tool_use",
          id,
          name: called.name,
          input: parsed(called.arguments),
        })),
      ]);
    }
  }
  const tools = body.tools as
    | { function: { name: string; description?: string; parameters?: unknown } }[]
    | undefined;
  return given({
    model,
    max_tokens: body.max_completion_tokens ?? body.max_tokens ?? 4096,
    system: system.length > 0 ? system.join("\n\n") : undefined,
    messages,
    stream: body.stream,
    temperature: typeof body.temperature === "number" ? Math.min(1, body.temperature) : undefined,
    top_p: body.top_p,
    stop_sequences: typeof body.stop === "string" ? [body.stop] : body.stop,
    tools: tools?.map(({ function: f }) =>
      given({ name: f.name, description: f.description, input_schema: f.parameters ?? { type: "object" } }),
    ),
    tool_choice: tools && toolChoice(body.tool_choice, body.parallel_tool_calls),
    metadata: typeof body.user === "string" ? { user_id: body.user } : undefined,
  });
}

function userPart(part: Part): Part {
  if (part.type === "text") return { type: "text", text: part.text };
  if (part.type === "image_url") {
    const { url } = (part.image_url ?? {}) as { url?: unknown };
    if (typeof url !== "string")
      throw new ApiError(400, "An image_url part needs its url.", {
        param: "messages",
        code: "invalid_type",
      });
    const data = /^data:([^;,]+);base64,(.*)$/s.exec(url);
    return {
      type: "image",
      source: data ? { type: "base64", media_type: data[1], data: data[2] } : { type: "url", url },
    };
  }
  throw new UpstreamFault(`does not take a part of type ${String(part.type)}`, 404);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return {};
  }
}

function toolChoice(choice: unknown, parallel: unknown): Record<string, unknown> | undefined {
  const one = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...one };
  const name = (choice as { function?: { name: string } } | undefined)?.function?.name;
  if (name) return { type: "tool", name, ...one };
  return parallel === false ? { type: "auto", ...one } : undefined;
}

/** A request of Anthropic's Messages API as a chat request. */
export function messagesToChat(body: Body, model: string): Record<string, unknown> {
  const turns = Array.isArray(body.messages) ? (body.messages as Turn[]) : [];
  const messages: Record<string, unknown>[] = [];
  const system = textOf(body.system);
  if (system) messages.push({ role: "system", content: system });
  for (const { role, content } of turns) {
    const all = parts(content);
    if (role === "assistant") {
      const calls = all.filter(({ type }) => type === "tool_use");
      messages.push({
        role,
        content: textOf(all.filter(({ type }) => type === "text")) || null,
        ...(calls.length > 0 && {
          tool_calls: calls.map(({ id, name, input }) => ({
            id,
            type: "function",
            function: { name, arguments: JSON.stringify(input ?? {}) },
          })),
        }),
      });
      continue;
    }
    for (const result of all.filter(({ type }) => type === "tool_result"))
      messages.push({ role: "tool", tool_call_id: result.tool_use_id, content: textOf(result.content) });
    const rest = all.filter(({ type }) => type !== "tool_result");
    if (rest.length > 0)
      messages.push({
        role,
        content: rest.every(({ type }) => type === "text") ? textOf(rest) : rest.map(chatPart),
      });
  }
  const tools = body.tools as { name: string; description?: string; input_schema?: unknown }[] | undefined;
  const choice = body.tool_choice as
    | { type: string; name?: string; disable_parallel_tool_use?: boolean }
    | undefined;
  const choices: Record<string, unknown> = { auto: "auto", any: "required", none: "none" };
  return given({
    model,
    messages,
    max_tokens: body.max_tokens,
    stream: body.stream,
    stream_options: body.stream === true ? { include_usage: true } : undefined,
    temperature: body.temperature,
    top_p: body.top_p,
    stop: body.stop_sequences,
    tools: tools?.map(({ name, description, input_schema }) => ({
      type: "function",
      function: given({ name, description, parameters: input_schema }),
    })),
    tool_choice:
      choice &&
      (choice.type === "tool" ? { type: "function", function: { name: choice.name } } : choices[choice.type]),
    parallel_tool_calls: choice?.disable_parallel_tool_use ? false : undefined,
    user: (body.metadata as { user_id?: string } | undefined)?.user_id,
  });
}

function chatPart(part: Part): Part {
  if (part.type !== "image") return { type: "text", text: typeof part.text === "string" ? part.text : "" };
  const source = part.source as
    | { type: string; media_type?: string; data?: string; url?: string }
    | null
    | undefined;
  if (!source)
    throw new ApiError(400, "An image part needs its source.", { param: "messages", code: "invalid_type" });
  return {
    type: "image_url",
    image_url: {
      url: source.type === "url" ? source.url : `data:${source.media_type};base64,${source.data}`,
    },
  };
}

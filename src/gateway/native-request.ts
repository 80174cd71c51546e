import { contentText } from "../openai/index.ts";
import { UpstreamFault } from "./opened-answer.ts";
import type { Body } from "./question-text.ts";

/** A language model as the Vercel AI SDK's providers offer it. */
export type NativeModel = ReturnType<
  ReturnType<typeof import("@ai-sdk/google").createGoogleGenerativeAI>["languageModel"]
>;
export type NativeCall = Parameters<NativeModel["doGenerate"]>[0];
type Message = NativeCall["prompt"][number];
type Content<Role extends Message["role"]> = Extract<Message, { role: Role }>["content"];

interface Part {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly image_url?: { readonly url?: unknown };
}
interface Turn {
  readonly role?: unknown;
  readonly content?: unknown;
  readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[];
  readonly tool_call_id?: unknown;
}
interface Tool {
  readonly type?: unknown;
  readonly function?: { name: string; description?: string; parameters?: object };
}

/**
 * A chat request as the Vercel AI SDK's providers take it, which they put into their service's own format.
 *
 * @throws UpstreamFault for what they cannot promise, so that another model may be asked
 */
export function chatToCall(body: Body): NativeCall {
  if (typeof body.n === "number" && body.n > 1) throw new UpstreamFault("gives one answer at a time", 404);
  const turns = body.messages as readonly Turn[];
  const names = new Map(
    turns.flatMap(({ tool_calls = [] }) => (tool_calls ?? []).map((call) => [call.id, call.function.name])),
  );
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const tools = (body.tools as readonly Tool[] | undefined)?.map(toolOf);
  const stop = typeof body.stop === "string" ? [body.stop] : (body.stop as string[] | null | undefined);
  return withoutUndefined({
    prompt: turns.map((turn) => messageOf(turn, names)),
    maxOutputTokens: number(body.max_completion_tokens) ?? number(body.max_tokens),
    temperature: number(body.temperature),
    topP: number(body.top_p),
    seed: number(body.seed),
    presencePenalty: number(body.presence_penalty),
    frequencyPenalty: number(body.frequency_penalty),
    stopSequences: stop ?? undefined,
    responseFormat: formatOf(body.response_format),
    tools,
    toolChoice: tools && choiceOf(body.tool_choice),
  }) as NativeCall;
}

function messageOf(turn: Turn, names: ReadonlyMap<string, string>): Message {
  switch (turn.role) {
    case "system":
    case "developer":
      return { role: "system", content: contentText(turn.content) };
    case "user":
      return { role: "user", content: partsOf(turn.content) };
    case "assistant": {
      const text = contentText(turn.content);
      const calls = (turn.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => ({
        type: "tool-call" as const,
        toolCallId: id,
        toolName: name,
        input: parsed(given),
      }));
      return { role: "assistant", content: [...(text ? [{ type: "text" as const, text }] : []), ...calls] };
    }
    case "tool": {
      const id = String(turn.tool_call_id);
      const output = { type: "text" as const, value: contentText(turn.content) };
      return {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: id, toolName: names.get(id) ?? id, output }],
      };
    }
    default:
      throw new UpstreamFault(`does not take a message of role ${String(turn.role)}`, 404);
  }
}

function partsOf(content: unknown): Content<"user"> {
  if (!Array.isArray(content)) return [{ type: "text", text: contentText(content) }];
  return (content as Part[]).map((part) => {
    if (part.type === "text") return { type: "text", text: String(part.text) };
    if (part.type !== "image_url")
      throw new UpstreamFault(`does not take a part of type ${String(part.type)}`, 404);
    const url = String(part.image_url?.url);
    const inline = /^data:([^;,]+);base64,(.*)$/s.exec(url);
    if (inline) return { type: "file", mediaType: inline[1], data: inline[2] };
    if (!URL.canParse(url)) throw new UpstreamFault("does not take such an image", 404);
    return { type: "file", mediaType: "image/*", data: new URL(url) };
  });
}

function toolOf({ type, function: f }: Tool): NonNullable<NativeCall["tools"]>[number] {
  if (type !== "function" || !f) throw new UpstreamFault(`does not take a tool of type ${String(type)}`, 404);
  const { name, description, parameters = { type: "object", properties: {} } } = f;
  return {
    type: "function",
    name,
    inputSchema: parameters,
    ...(description !== undefined && { description }),
  };
}

function choiceOf(choice: unknown): NativeCall["toolChoice"] {
  if (choice === "none" || choice === "auto" || choice === "required") return { type: choice };
  const name = (choice as { function?: { name?: unknown } } | undefined)?.function?.name;
  return typeof name === "string" ? { type: "tool", toolName: name } : undefined;
}

function formatOf(format: unknown): NativeCall["responseFormat"] {
  const { type, json_schema } = (format ?? {}) as {
    type?: unknown;
    json_schema?: { name?: string; schema?: object };
  };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const { name, schema } = json_schema ?? {};
  return { type: "json", ...(schema && { schema }), ...(name !== undefined && { name }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return {};
  }
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

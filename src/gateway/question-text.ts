/** The endpoints whose requests are routed by what they ask. */
export type Endpoint = "chat" | "completions" | "responses" | "messages" | "embeddings";

/** A parsed request body; fields that the gateway does not read pass through untouched. */
export type Body = Readonly<Record<string, unknown>>;

/** More text than this says nothing new about a question's difficulty. */
const longest = 16_384;

/**
 * What a request asks: the text of its last user turn, without images, files and tool results.
 *
 * @returns the text (cut at 16,384 characters), "" when the request holds none
 */
export function questionText(endpoint: Endpoint, body: Body): string {
  if (endpoint === "completions") return partsText(body.prompt).slice(0, longest);
  const turns = endpoint === "responses" ? body.input : body.messages;
  if (typeof turns === "string") return turns.slice(0, longest);
  if (!Array.isArray(turns)) return "";
  for (let i = turns.length - 1; i >= 0; i--) {
    const turn = turns[i] as { role?: unknown; content?: unknown } | null;
    if (turn?.role !== "user") continue;
    const text = partsText(turn.content);
    if (text) return text.slice(0, longest);
  }
  return "";
}

/** Text of a string, or of the text parts in a list of them. */
function partsText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { text?: unknown } | string | null) => {
      if (typeof part === "string") return part;
      return typeof part?.text === "string" ? part.text : "";
    })
    .filter((text) => text !== "")
    .join("\n");
}

/** What stays the same as a conversation goes on. */
export interface Beginning {
  /** Instructions and first user turn. */
  readonly opening: string;
  /** The opening and its answer; undefined on the first turn, which has none yet. */
  readonly answered: string | undefined;
}

/** How a request's conversation began; undefined where it holds no turns. */
export function conversationBeginning(endpoint: Endpoint, body: Body): Beginning | undefined {
  const turns = endpoint === "responses" ? body.input : body.messages;
  if (!Array.isArray(turns)) return undefined;
  const first = turns.findIndex((turn: { role?: unknown } | null) => turn?.role === "user");
  if (first === -1) return undefined;
  const text = (turn: { content?: unknown } | null) => partsText(turn?.content);
  const opening = turns
    .slice(0, first + 1)
    .map(text)
    .join("\u0000")
    .slice(0, longest);
  const answer = turns.find(
    (turn: { role?: unknown; type?: unknown } | null, i) =>
      i > first && (turn?.role === "assistant" || turn?.type === "function_call"),
  );
  return { opening, answered: answer && `${opening}\u0000${text(answer).slice(0, longest)}` };
}

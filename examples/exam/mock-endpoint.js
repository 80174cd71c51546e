/**
 * An OpenAI-compatible server that answers as one subject of a response matrix did: questions are asked by their id, and
 * the answer is "A", the right one, where the matrix says 1, else "B".
 */
import { createServer } from "node:http";

/**
 * @param {(item: string) => number | undefined} scoreOf the subject's score on an item
 * @param {number} delay milliseconds before each answer
 */
export async function mockEndpoint(scoreOf, delay = 0) {
  const asked = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { messages } = JSON.parse(Buffer.concat(parts).toString());
      const item = /^Question (.*)$/m.exec(messages.at(-1).content)?.[1];
      asked.push(item);
      const content = scoreOf(item) > 0 ? "A" : "B";
      const reply = {
        choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }],
        usage: { prompt_tokens: 40, completion_tokens: 1 },
      };
      setTimeout(() => {
        response.setHeader("content-type", "application/json").end(JSON.stringify(reply));
      }, delay);
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

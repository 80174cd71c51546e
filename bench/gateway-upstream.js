// A mock upstream for bench/gateway.js: answers at once; streams 200 chunks when asked to. Prints its address.
import { createServer } from "node:http";

const answer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "The answer is B." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 60, completion_tokens: 6, total_tokens: 66 },
});
const chunk = (i) =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content: ` word${i}` }, finish_reason: null }] })}\n\n`;
export const streamed = `${Array.from({ length: 199 }, (_, i) => chunk(i)).join("")}data: [DONE]\n\n`;

async function stream(response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const chunks = streamed.split(/(?<=\n\n)/);
  for (let i = 0; i < chunks.length; i += 10) {
    for (const each of chunks.slice(i, i + 10)) response.write(each);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  response.end();
}

if (process.argv[2] === "serve") {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      if (body.includes('"stream":true')) return void stream(response);
      response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
      response.end(answer);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
}

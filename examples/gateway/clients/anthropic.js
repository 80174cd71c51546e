// npm install @anthropic-ai/sdk; node anthropic.js
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: "http://127.0.0.1:8080",
  apiKey: process.env.TRIPOS_KEY ?? "unused",
});
const message = await client.messages.create({
  model: "tripos",
  max_tokens: 200,
  messages: [{ role: "user", content: "Is glass a liquid?" }],
});
console.log(message.content[0].text);

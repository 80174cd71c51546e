// npm install ai @ai-sdk/openai; node ai-sdk.js
import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";

const tripos = createOpenAI({
  baseURL: "http://127.0.0.1:8080/v1",
  apiKey: process.env.TRIPOS_KEY ?? "unused",
});
const { textStream } = streamText({ model: tripos.chat("tripos/cheap"), prompt: "Is glass a liquid?" });
for await (const piece of textStream) process.stdout.write(piece);
console.log();

// npm install openai; node openai.js
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8080/v1",
  apiKey: process.env.TRIPOS_KEY ?? "unused",
});
const { data: stream, response } = await client.chat.completions
  .create({ model: "tripos", messages: [{ role: "user", content: "Is glass a liquid?" }], stream: true })
  .withResponse();
console.log(`${response.headers.get("x-tripos-model")} (P ${response.headers.get("x-tripos-p")}):`);
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
console.log();

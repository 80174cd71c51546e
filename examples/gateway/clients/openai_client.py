# pip install openai; python openai_client.py
import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("TRIPOS_URL", "http://127.0.0.1:8080") + "/v1",
    api_key=os.environ.get("TRIPOS_KEY", "unused"),
)
answer = client.chat.completions.with_raw_response.create(
    model="tripos", messages=[{"role": "user", "content": "Is glass a liquid?"}]
)
print(answer.headers["x-tripos-model"], answer.headers["x-tripos-p"])
print(answer.parse().choices[0].message.content)
for chunk in client.chat.completions.create(
    model="tripos", messages=[{"role": "user", "content": "Is glass a liquid?"}], stream=True
):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
print()

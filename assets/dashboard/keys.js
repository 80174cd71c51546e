/** The dashboard's keys: what they spent, making new ones, ending old ones. Text from outside is set as text only. */

import { cell, dollars, element, fill, headers } from "./elements.js";

const spent = (value, budget) =>
  budget === null ? dollars(value) : `${dollars(value)} of ${dollars(budget)}`;
const stateOf = ({ revoked, expires }) =>
  revoked ? "revoked" : expires && new Date(expires) < new Date() ? "expired" : "valid";

async function send(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { "content-type": "application/json", ...headers() },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

function revokeButton({ id, name }) {
  const button = document.createElement("button");
  button.type = "button";
  button.id = `revoke-${id}`;
  button.textContent = "Revoke";
  button.setAttribute("aria-label", `Revoke ${name}`);
  button.addEventListener("click", async () => {
    if (!confirm(`End the key "${name}" at once?`)) return;
    try {
      await send("DELETE", `/v1/keys/${encodeURIComponent(id)}`);
      element("key-status").textContent = `${name} is revoked.`;
    } catch (error) {
      element("key-status").textContent = error.message;
    }
  });
  return button;
}

let shown = "";

/** Draws the keys when they have changed; the focus stays on the button that it was on. */
export function drawKeys(keys) {
  const text = JSON.stringify(keys);
  if (text === shown) return;
  shown = text;
  const focused = document.activeElement?.id;
  fill(
    "keys",
    keys.map((each) => {
      const action = cell("");
      if (stateOf(each) === "valid") action.append(revokeButton(each));
      return [
        cell(each.name),
        cell(each.role),
        cell(stateOf(each)),
        cell(spent(each.spent_today, each.budget_day), "number"),
        cell(spent(each.spent_month, each.budget_month), "number"),
        action,
      ];
    }),
    "No virtual keys.",
  );
  if (focused?.startsWith("revoke-")) element(focused)?.focus();
}

element("new-key").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  for (const name of ["budgetDay", "budgetMonth", "requestsPerMinute"])
    if (given[name]) given[name] = Number(given[name]);
  try {
    const { secret, name } = await send("POST", "/v1/keys", given);
    form.reset();
    element("key-status").textContent = `The key of ${name}, shown only now: ${secret}`;
  } catch (error) {
    element("key-status").textContent = error.message;
  }
});

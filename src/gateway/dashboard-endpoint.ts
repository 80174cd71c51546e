import { readFileSync } from "node:fs";
import type { Hono } from "hono";
import { identifyAdmin } from "./access.ts";
import { dashboardStates } from "./dashboard-state.ts";
import type { Gateway } from "./gateway.ts";

const files: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/dashboard/style.css": ["style.css", "text/css; charset=utf-8"],
  "/dashboard/dashboard.js": ["dashboard.js", "text/javascript; charset=utf-8"],
  "/dashboard/elements.js": ["elements.js", "text/javascript; charset=utf-8"],
  "/dashboard/keys.js": ["keys.js", "text/javascript; charset=utf-8"],
};

/** Only the gateway's own files run on the page, whatever text it shows. */
const guarded = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

/** The dashboard's page at `/` and the stream of states that it draws. */
export function addDashboard(app: Hono, gateway: Gateway): void {
  for (const [path, [name, type]] of Object.entries(files)) {
    let content: string | undefined;
    app.get(path, () => {
      content ??= readFileSync(new URL(`../../assets/dashboard/${name}`, import.meta.url), "utf8");
      return new Response(content, { headers: { "content-type": type, ...guarded } });
    });
  }
  const stateNow = dashboardStates(gateway);
  app.get("/dashboard/events", async (c) => {
    await identifyAdmin(gateway, c.req);
    let timer: NodeJS.Timeout | undefined;
    let open = true;
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        const send = async () => {
          const state = JSON.stringify(await stateNow());
          if (!open) return;
          // A reader that is behind misses states, not memory.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(`data: ${state}\n\n`));
          timer = setTimeout(send, 1_000);
        };
        void send();
      },
      cancel() {
        open = false;
        clearTimeout(timer);
      },
    });
    return new Response(stream, { headers: { "content-type": "text/event-stream", ...guarded } });
  });
}

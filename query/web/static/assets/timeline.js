// The story of a resource, a patient, a person or a session: accesses by time,
// and what they were.

import { ask } from "./api.js";
import { count, el } from "./dom.js";
import { go } from "./state.js";

const steps = { hour: 3600, day: 86400 };
const few = 3; // days; a shorter story is told by the hour

// tell asks for the story, by the day unless it is short.
export async function tell(params) {
  const story = await ask("timeline", "/v1/timeline", { ...params, step: "day" });
  return new Set(story.rows.map((m) => m.start)).size <= few ? ask("timeline", "/v1/timeline", { ...params, step: "hour" }) : story;
}

// picture is the story as the histogram draws it.
export function picture(story) {
  if (!story.rows.length) return null;
  const buckets = new Map();
  for (const m of story.rows) {
    const b = buckets.get(m.start) || { start: m.start, success: 0, failure: 0, other: 0, unread: 0 };
    b.success += m.success;
    b.failure += m.failure;
    b.other += m.count - m.success - m.failure;
    buckets.set(m.start, b);
  }
  const step = steps[story.step];
  const last = Date.parse(story.rows.at(-1).start) + step * 1000;
  return { rows: story.rows.length, start: story.rows[0].start, end: new Date(last).toISOString(), step_seconds: step, buckets: [...buckets.values()] };
}

// table lists what was done, the most frequent first, and since when.
export function table(story) {
  const kinds = new Map();
  for (const m of story.rows) {
    const key = m.source + "\n" + m.action;
    const k = kinds.get(key) || { source: m.source, action: m.action, count: 0, failure: 0, days: new Set() };
    k.count += m.count;
    k.failure += m.failure;
    k.days.add(m.start.slice(0, 10));
    kinds.set(key, k);
  }
  const rows = [...kinds.values()].sort((a, b) => b.count - a.count);
  if (rows.length < 2) return null;
  return el("details.story", {}, el("summary", {}, `What was done: ${rows.slice(0, 3).map((k) => `${k.action || "no action"} ${count(k.count)}`).join(", ")}${rows.length > 3 ? " …" : ""}`),
    el("table", { "aria-label": "What was done" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Action"), el("th", { scope: "col" }, "Source"), el("th.num", { scope: "col" }, "Times"), el("th.num", { scope: "col" }, "Failed"), el("th.num", { scope: "col" }, "On days"))),
      el("tbody", {}, rows.map((k) => el("tr", { tabindex: 0, click: () => go({ q: `action:${JSON.stringify(k.action)}` }) },
        el("td", {}, k.action || el("span.muted", {}, "none")), el("td", {}, k.source), el("td.num", {}, count(k.count)), el("td.num", {}, count(k.failure)), el("td.num", {}, count(k.days.size)))))));
}

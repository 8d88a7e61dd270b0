// Times on the page: UTC or the browser's zone, and the dialog that sets the
// range.

import { $, el } from "./dom.js";
import { go, state } from "./state.js";

const pad = (n, width = 2) => String(n).padStart(width, "0");

// parts cuts a time into day and clock, in the zone the page shows.
export function parts(iso) {
  const t = new Date(iso);
  if (Number.isNaN(t.getTime())) return { day: iso, clock: "" };
  const utc = state.tz !== "local";
  const get = (what) => (utc ? t["getUTC" + what]() : t["get" + what]());
  return {
    day: `${get("FullYear")}-${pad(get("Month") + 1)}-${pad(get("Date"))}`,
    clock: `${pad(get("Hours"))}:${pad(get("Minutes"))}:${pad(get("Seconds"))}.${pad(get("Milliseconds"), 3)}`,
  };
}

export function full(iso) {
  const p = parts(iso);
  return p.clock ? `${p.day} ${p.clock.replace(/\.000$/, "")}` : p.day;
}

export function short(iso) {
  const p = parts(iso);
  return p.clock ? `${p.day} ${p.clock.slice(0, 5)}` : p.day;
}

export const ranges = [
  ["15m", "15 minutes"], ["1h", "1 hour"], ["4h", "4 hours"], ["24h", "24 hours"],
  ["7d", "7 days"], ["30d", "30 days"], ["90d", "90 days"], ["", "All time"],
];

export function rangeName() {
  const zone = state.tz === "local" ? "local" : "UTC";
  if (!state.since && !state.until) return "All time";
  const known = ranges.find(([since]) => since === state.since);
  if (known && !state.until) return "Last " + known[1];
  const show = (s, open) => (!s ? open : /T.*Z$/.test(s) ? short(s) : s);
  return `${show(state.since, "start")} – ${show(state.until, "now")} ${zone}`;
}

export function openDialog() {
  const d = $("when-dialog");
  const since = el("input", { type: "text", id: "when-since", value: state.since, placeholder: "24h, 2026-11-01, 2026-11-01T08:30, epoch" });
  const until = el("input", { type: "text", id: "when-until", value: state.until, placeholder: "now" });
  const local = el("input", { type: "checkbox", id: "when-local", checked: state.tz === "local" });
  const apply = (a, b) => {
    d.close();
    go({ since: a.trim(), until: b.trim(), tz: local.checked ? "local" : "utc" });
  };
  d.replaceChildren(el("form", {
    method: "dialog",
    submit: (e) => {
      e.preventDefault();
      apply(since.value, until.value);
    },
  },
    el("h2", { id: "when-title" }, "Time range"),
    el("div.quick", {}, ranges.map(([value, name]) => el("button", {
      type: "button", "aria-pressed": String(value === state.since && !state.until), click: () => apply(value, ""),
    }, name))),
    el("h3", {}, "From and to: an age, a day (counted whole), a time, or seconds since 1970"),
    el("div.absolute", {},
      el("label", { for: "when-since" }, "From", since),
      el("label", { for: "when-until" }, "To", until)),
    el("div.buttons", {},
      el("label", { for: "when-local" }, local, "Show and read times in my zone"),
      el("button", { type: "button", click: () => d.close() }, "Cancel"),
      el("button.primary", { type: "submit" }, "Apply"))));
  d.showModal();
  since.focus();
}

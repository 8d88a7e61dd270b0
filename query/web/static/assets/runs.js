// Runs: which windows of time rules were run over, and whether they were whole.

import { $, count, el } from "./dom.js";
import { ask } from "./api.js";
import { close } from "./drawer.js";
import { full } from "./time.js";

const line = (r) => el("li", {}, el("b", {}, r.title), ` ${full(r.from)} to ${full(r.to)} (${r.kind}): ${r.status}${r.reason ? ", " + r.reason : ""} · ${count(r.matches)} matches, ${count(r.alerts)} alerts, ${count(Math.round(r.cost_ms))} ms`);

export async function show() {
  const a = await ask("runs", "/v1/rules/runs", { limit: 200 });
  const broken = a.rows.filter((r) => r.status !== "ok");
  $("drawer").replaceChildren(
    el("header", {}, el("div", {}, el("h2", {}, "What was watched"), el("p", {}, "The newest runs of rules over windows of time. Rules over single records run as these come in.")),
      el("button.quiet", { type: "button", "aria-label": "Close detail", title: "Close (Esc)", click: close }, "✕")),
    el("h3", {}, "Not whole"), broken.length ? el("ul.log", {}, broken.map(line)) : el("p", {}, "None of these."),
    el("h3", {}, "Runs"), a.rows.length ? el("ul.log", {}, a.rows.map(line)) : el("p", {}, "None yet."));
  $("drawer").hidden = false;
  $("layout").classList.add("open");
}

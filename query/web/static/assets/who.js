// Who is logged in, and what they say they need the answers for.

import { ask, send } from "./api.js";
import { $, el } from "./dom.js";

function scope(s) {
  const parts = [];
  if (s.sources) parts.push("sources: " + s.sources.join(", "));
  if (s.hidden_fields) parts.push("without: " + s.hidden_fields.join(", "));
  if (s.read_only) parts.push("read only");
  return parts;
}

let known = null;

// me is who is logged in.
export const me = () => known?.subject ?? "";
// recorded is who is logged in, as the record of questions names them.
export const recorded = () => known?.recorded ?? "";
export const role = () => known?.role ?? "";

// reveals says whether quarantined records can be seen here.
export const reveals = () => Boolean(known?.reveals);

function draw(who) {
  known = who;
  $("tab-reveals").hidden = !who.reveals;
  const facts = [who.subject, who.role, ...scope(who.scope), who.reason && "for: " + who.reason, who.expires && "until " + new Date(who.expires).toLocaleString()];
  $("who").textContent = `${who.name || who.subject} · ${who.role}`;
  $("who").title = facts.filter(Boolean).join("\n");
}

// prompt asks an auditor for the reason, and goes on when it is given.
function prompt(go) {
  const d = $("reason-dialog");
  const text = el("input", { id: "reason", name: "reason", type: "text", required: true, minlength: 5, maxlength: 500, autocomplete: "off" });
  const wrong = el("p.problem", { role: "alert", hidden: true });
  d.replaceChildren(
    el("h2", {}, "What do you need this for?"),
    el("p", {}, "It stands with every question you ask, and in the reports you make."),
    el("form", {
      method: "dialog",
      submit: async (e) => {
        e.preventDefault();
        try {
          draw(await send("/v1/reason", { reason: text.value }));
        } catch (problem) {
          wrong.textContent = problem.message;
          wrong.hidden = false;
          return;
        }
        d.close();
        go();
      },
    }, el("label", { for: "reason" }, "Reason"), text, wrong, el("div.buttons", {}, el("button.primary", { type: "submit" }, "Go on"))));
  d.addEventListener("cancel", (e) => e.preventDefault());
  if (!d.open) d.showModal();
}

// greet shows who is logged in, and goes on once they may ask.
export async function greet(go) {
  const who = await ask("who", "/v1/whoami", {});
  draw(who);
  if (who.needs_reason) prompt(go);
  else go();
}

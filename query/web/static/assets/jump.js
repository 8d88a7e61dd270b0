// Ctrl+K: go to a view or to a question that was asked before. Questions of this page
// are kept in its memory; earlier ones come from the record of who asked what, where
// text that may name somebody does not stand.

import { ask, stopped } from "./api.js";
import { $, el } from "./dom.js";
import { term } from "./query.js";
import { go, state } from "./state.js";
import { full } from "./time.js";
import { recorded } from "./who.js";

const most = 40;
const here = []; // the newest first: {q, view, by, subject, since, until}

// note keeps what the page was asked.
export function note() {
  if (!state.q && !state.subject) return;
  const { q, view, by, subject, since, until } = state;
  const asked = { q, view, by, subject, since, until };
  const at = here.findIndex((a) => JSON.stringify(a) === JSON.stringify(asked));
  if (at >= 0) here.splice(at, 1);
  here.unshift(asked);
  here.length = Math.min(here.length, most);
}

const label = (a) => [a.view === "access" && a.subject ? `who accessed: ${a.by} ${a.subject}` : "", a.q].filter(Boolean).join(" · ");

// before is what whoever is logged in asked earlier, by the record of it.
async function before() {
  const q = `source:scrubline_audit action:query ${term("actor", recorded())}`;
  const a = await ask("jump", "/v1/events", { q, limit: 200 });
  const seen = new Set(here.map((h) => h.q));
  const list = [];
  for (const r of a.rows) {
    const text = r.status_detail;
    if (!text || text.includes("[text]") || seen.has(text)) continue;
    seen.add(text);
    list.push({ name: text, hint: full(r.event_time), to: { view: "events", q: text, since: "", until: "" } });
  }
  return list.slice(0, most);
}

let items = [];
let picked = 0;

function draw(all) {
  const typed = $("jump").value.toLowerCase();
  items = all.filter((i) => i.name.toLowerCase().includes(typed));
  picked = Math.max(0, Math.min(picked, items.length - 1));
  $("jump-list").replaceChildren(...items.map((item, i) => el("li", {
    id: "jump-" + i, role: "option", "aria-selected": String(i === picked), click: () => choose(i),
  }, el("span", {}, item.name), el("small", {}, item.hint || ""))));
  if (items.length) $("jump").setAttribute("aria-activedescendant", "jump-" + picked);
  else $("jump").removeAttribute("aria-activedescendant");
  $("jump-" + picked)?.scrollIntoView({ block: "nearest" });
}

function choose(i) {
  const item = items[i];
  if (!item) return;
  $("jump-dialog").close();
  go(item.to);
}

export async function open() {
  const d = $("jump-dialog");
  if (d.open) return;
  const views = [...document.querySelectorAll(".tabs [role=tab]:not([hidden])")].map((t, i) => ({ name: t.textContent, hint: `view, ${i + 1}`, to: { view: t.id.replace("tab-", ""), q: "", subject: "" } }));
  let all = [...here.map((a) => ({ name: label(a), hint: "asked here", to: a })), ...views];
  const key = (e) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (e.key === "Enter") choose(picked);
    else if (by) picked += by;
    else return;
    e.preventDefault();
    draw(all);
  };
  picked = 0;
  d.replaceChildren(
    el("label.hidden", { for: "jump" }, "Go to a view, or a question asked before"),
    el("input", {
      id: "jump", type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "jump-list", autocomplete: "off", spellcheck: "false",
      placeholder: "Go to a view, or a question asked before", input: () => { picked = 0; draw(all); }, keydown: key,
    }),
    el("ul", { id: "jump-list", role: "listbox", "aria-label": "Where to" }));
  d.showModal();
  draw(all);
  try {
    all = [...all.slice(0, here.length), ...(await before()), ...views];
    if (d.open) draw(all);
  } catch (e) {
    if (!stopped(e)) $("jump-list").append(el("li.muted", {}, "Earlier questions: " + e.message));
  }
}

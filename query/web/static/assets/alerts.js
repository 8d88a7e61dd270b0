// Alerts: what rules found, why, and what was done about it.

import { $, count, el, plural } from "./dom.js";
import { ask, send } from "./api.js";
import { close } from "./drawer.js";
import { go, state } from "./state.js";
import * as runs from "./runs.js";
import { full, short } from "./time.js";

const states = [["", "All"], ["open", "Open"], ["acknowledged", "Acknowledged"], ["closed", "Closed"]];

function bar() {
  return el("div.subject", {}, el("div.quick", { role: "group", "aria-label": "State" }, states.map(([value, name]) =>
    el("button", { type: "button", "aria-pressed": String(state.status === value), click: () => go({ status: value }) }, name))), el("div.pivots", {}, el("button", { type: "button", id: "runs", click: runs.show }, "What was watched")));
}

const whom = (group) => Object.entries(group).map(([name, value]) => `${name} ${value}`).join(", ");

function line(a) {
  const open = () => detail(a.id);
  return el(`tr.level-${a.level}`, { tabindex: 0, click: open, keydown: (e) => { if (e.key === "Enter") { e.stopPropagation(); open(); } } },
    el("td", {}, el("span.level", {}, a.level)), el("td", { title: a.summary }, el("b", {}, a.title), a.drill ? el("span.tag", {}, "drill") : null, a.suppression ? el("span.tag", { title: a.suppression }, "suppressed") : null),
    el("td", { title: whom(a.group) }, whom(a.group)), el("td.num", {}, count(a.matches)), el("td", {}, a.state),
    el("td.time", { title: full(a.first) }, short(a.first)), el("td.time", { title: full(a.last) }, short(a.last)));
}

export function show(answer, more) {
  const body = el("tbody", {}, answer.rows.map(line));
  const foot = el("div.foot", {});
  $("view").replaceChildren(bar(), answer.rows.length ? el("table.alerts", { "aria-label": "Alerts, the latest first" },
    el("colgroup", {}, ["level", "title", "whom", "n", "state", "when", "when"].map((c) => el("col.l-" + c))),
    el("thead", {}, el("tr", {}, ["Level", "What", "Who or what"].map((t) => el("th", { scope: "col" }, t)), el("th.num", { scope: "col" }, "Events"), ["State", "First", "Last"].map((t) => el("th", { scope: "col" }, t)))),
    body) : el("div.empty", {}, el("b", {}, state.status ? `No ${state.status} alerts in this time range.` : "No alerts in this time range."), el("p", {}, "Rules look at everything that comes in; ", el("code", {}, "scrubline rules list"), " names them.")), foot);
  const finish = (last) => foot.replaceChildren(...(last.more ? [el("button", { type: "button", id: "more", click: async () => {
    const next = await more(last.next);
    body.append(...next.rows.map(line));
    finish(next);
  } }, "Show more")] : []));
  finish(answer);
}

async function detail(id) {
  const a = await ask("alert", "/v1/alerts/" + encodeURIComponent(id), {});
  const problem = el("p.problem", { role: "alert", hidden: true });
  const note = el("input", { id: "note", type: "text", maxlength: 4000, placeholder: "What was found, what was done", "aria-label": "Note" });
  const set = (to) => async () => {
    try {
      await send(`/v1/alerts/${encodeURIComponent(id)}/${to}`, { note: note.value.trim() });
      go({});
      await detail(id);
    } catch (e) {
      problem.hidden = false;
      problem.textContent = e.message;
    }
  };
  $("drawer").replaceChildren(...[
    el("header", {}, el("div", {}, el("h2", {}, a.title), el("p", {}, `${a.level} · ${a.state} · ${a.rule_id}`)),
      el("button.quiet", { type: "button", "aria-label": "Close detail", title: "Close (Esc)", click: close }, "✕")),
    el("p.why", {}, a.summary),
    el("div.pivots", {}, a.searches.map((q) => el("button", { type: "button", click: () => go({ view: "events", q, since: "", until: "" }) }, `Show the ${plural(a.matches, "event")}`))),
    el("h3", {}, "Answer it"), note,
    el("div.pivots", {}, a.state === "open" ? el("button", { type: "button", click: set("ack") }, "Acknowledge") : null, a.state !== "closed" ? el("button", { type: "button", click: set("close") }, "Close with this note") : null),
    problem,
    el("h3", {}, "When"), el("dl.fields", {}, [["first event", full(a.first)], ["last event", full(a.last)], ["found", full(a.found)]].flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, el("span", {}, v))])),
    a.changes.length ? el("h3", {}, "What was done") : null,
    el("ul.log", {}, a.changes.map((c) => el("li", {}, `${full(c.at)} ${c.who}: ${c.state}${c.note ? " · " + c.note : ""}`))),
    a.deliveries.length ? el("h3", {}, "Who was told") : null,
    el("ul.log", {}, a.deliveries.map((d) => el("li", {}, `${full(d.at)} ${d.route}: ${d.status}${d.code ? " · " + d.code : ""}`)))].filter(Boolean));
  $("drawer").hidden = false;
  $("layout").classList.add("open");
}

// Who accessed a resource or a patient, and what an actor accessed.

import { $, count, el, plural } from "./dom.js";
import { term } from "./query.js";
import * as read from "./row.js";
import { go, state } from "./state.js";
import { full, short } from "./time.js";

const kinds = [["resource", "Who accessed resource"], ["patient", "Who accessed patient"], ["actor", "What did actor access"], ["session", "What happened in session"]];

function subject() {
  const by = el("select", { id: "by", "aria-label": "Question" }, kinds.map(([value, name]) => el("option", { value, selected: state.by === value }, name)));
  const what = el("input", { id: "subject", type: "text", value: state.subject, autocomplete: "off", spellcheck: "false", "aria-label": "Subject", placeholder: "phi-bucket/*, MRN-123, alice" });
  return el("div.subject", {},
    el("form", { submit: (e) => { e.preventDefault(); go({ by: by.value, subject: what.value.trim() }); } },
      by, what, el("button.primary", { type: "submit" }, "Ask")));
}

const line = (a, by) => {
  const name = a.name || (a.kind === "none" ? (by === "actor" ? "no actor or address in the record" : `no ${by} in the record`) : "");
  const follow = () => {
    const about = state.by === "actor" ? term("user", state.subject) : state.subject.includes("*") ? `${state.by}:${state.subject}` : term(state.by, state.subject);
    const whose = by !== "actor" ? (a.name ? term(by, a.name) : `${by}:""`) : a.kind === "address" ? term("ip", a.name) : a.name ? term("actor", a.name) : "";
    go({ view: "events", q: [about, whose, state.q].filter(Boolean).join(" ") });
  };
  return el("tr", { tabindex: 0, click: follow, keydown: (e) => { if (e.key === "Enter") { e.stopPropagation(); follow(); } } },
    el("td.who", { title: a.name }, by === "resource" ? read.brief(read.s3(name)) : a.kind === "id" ? el("span", {}, el("b", {}, read.brief(read.tail(name))), " ", el("span.muted", {}, name)) : read.brief(name)),
    el("td.num", {}, count(a.count), a.duplicates ? el("span.tag", { title: "delivered again, not counted" }, "+" + count(a.duplicates)) : null),
    el("td.num", {}, a.failure ? count(a.failure) : el("span.muted", {}, "0")),
    el("td.actions", { title: a.actions.map((c) => `${c.name} ${count(c.count)}`).join("\n") }, a.actions.slice(0, 3).map((c) => `${c.name} ${count(c.count)}`).join(", "), a.action_count > 3 ? el("span.more", {}, ` +${a.action_count - 3}`) : null),
    el("td.from", { title: a.addresses.join("\n") }, read.brief(a.addresses[0] || ""), a.address_count > 1 ? el("span.more", {}, ` +${a.address_count - 1}`) : null),
    el("td.time", { title: full(a.first) }, short(a.first)),
    el("td.time", { title: full(a.last) }, short(a.last)));
};

export function empty() {
  $("view").replaceChildren(subject(), el("div.empty", {}, el("b", {}, "Ask about a resource, a patient or a person."),
    el("p", {}, "A patient number is turned into its token before it is searched; it is stored nowhere.")));
}

export function show(answer, more, story) {
  const first = { actor: "Actor", patient: "Patient" }[answer.by] ?? "Resource";
  const body = el("tbody", {}, answer.rows.map((a) => line(a, answer.by)));
  const foot = el("div.foot", { id: "foot" });
  $("view").replaceChildren(subject(), story || "",
    answer.rows.length ? el("table", { "aria-label": first + "s, the latest access first" },
      el("colgroup", {}, ["who", "n", "n", "actions", "from", "when", "when"].map((c) => el("col.a-" + c))),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, first), el("th.num", { scope: "col" }, "Accesses"), el("th.num", { scope: "col" }, "Failed"),
        el("th", { scope: "col" }, "Actions"), el("th", { scope: "col" }, "From"), el("th", { scope: "col" }, "First"), el("th", { scope: "col" }, "Last"))),
      body) : el("div.empty", {}, el("b", {}, "Nobody, in this time range."), el("p", {}, "Check the spelling, or widen the range.")),
    foot);
  finish(answer, foot, body, more);
}

function finish(answer, foot, body, more) {
  const text = answer.more ? `${plural(body.children.length, "row")} shown, there are more.` : answer.rows.length ? `${plural(body.children.length, answer.by)}, all shown.` : "";
  foot.replaceChildren(text, ...(answer.more ? [el("button", { type: "button", id: "more", click: async () => {
    const next = await more(answer.next);
    body.append(...next.rows.map((a) => line(a, next.by)));
    finish(next, foot, body, more);
  } }, "Show more")] : []));
}

export function title() {
  const [, name] = kinds.find(([value]) => value === state.by);
  return state.subject ? `${name} ${state.subject}` : "Who accessed";
}

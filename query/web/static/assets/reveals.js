// Records in quarantine, seen by one person when another agrees. What is shown is in
// the page's memory only, and goes when the drawer shows something else, the page is
// left, or a minute is over.

import { ask, remove, send } from "./api.js";
import { $, count, el } from "./dom.js";
import { close } from "./drawer.js";
import { go } from "./state.js";
import { full, short } from "./time.js";
import { me, role } from "./who.js";

const seen = 60000; // milliseconds
const path = (r, verb = "") => "/v1/reveals/" + encodeURIComponent(r.id) + verb;
const called = (p) => p.name || p.subject;

// failing makes a handler that shows what went wrong in a line.
const failing = (box, act) => async (e) => {
  e?.preventDefault?.();
  box.hidden = true;
  try {
    await act();
  } catch (problem) {
    box.hidden = false;
    box.textContent = problem.message;
  }
};

// request is the form in the drawer of a record that could not be read.
export function request(r) {
  const problem = el("p.problem", { role: "alert", hidden: true });
  const reason = el("input", { id: "reveal-reason", type: "text", required: true, minlength: 5, maxlength: 500, autocomplete: "off", placeholder: "Why it must be seen: name no patient", "aria-label": "Why it must be seen" });
  return el("form", { submit: failing(problem, async () => {
    await send("/v1/reveals", { records: [{ batch: r.batch, record_no: r.record_no }], reason: reason.value, minutes: 30 });
    go({ view: "reveals" });
  }) }, el("p.muted", {}, "Another person can let you see it for half an hour. Who asked, who agreed and what was seen stands on record."),
  reason, el("div.pivots", {}, el("button", { type: "submit", id: "reveal-ask" }, "Ask to see it")), problem);
}

// text is a record as one can read it: what is no UTF-8 or cannot be seen, as \x….
function text(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return [...bytes].map((b) => (b === 10 || (b > 31 && b < 127) ? String.fromCharCode(b) : "\\x" + b.toString(16).padStart(2, "0"))).join("");
  }
}

// forget takes a record that was shown off the page.
export const forget = () => $("raw")?.replaceChildren();

function show(box, shown) {
  box.replaceChildren(el("p.bad", {}, "Raw. Treat it as patient data; it is gone from here in a minute."), shown.cut ? el("p", {}, "Only its start was kept.") : "", el("pre.native.raw", { tabindex: 0 }, text(shown.raw)));
  setTimeout(() => box.replaceChildren(), seen);
  addEventListener("pagehide", forget, { once: true });
}

function detail(r) {
  const problem = el("p.problem", { role: "alert", hidden: true });
  const raw = el("div", { id: "raw" });
  const mine = r.by.subject === me();
  const change = (act) => failing(problem, async () => {
    await act();
    close();
    go({});
  });
  const open = r.state === "waiting" || r.state === "approved";
  $("drawer").replaceChildren(
    el("header", {}, el("div", {}, el("h2", {}, r.reason), el("p", {}, `${r.state} · until ${full(r.until)}`)),
      el("button.quiet", { type: "button", "aria-label": "Close detail", title: "Close (Esc)", click: close }, "✕")),
    el("div.pivots", {},
      r.state === "waiting" && !mine && role() === "admin" ? el("button.primary", { type: "button", id: "reveal-approve", click: change(() => send(path(r, "/approve"), {})) }, `Let ${called(r.by)} see it for ${count(r.minutes)} minutes`) : "",
      open && (mine || role() === "admin") ? el("button", { type: "button", id: "reveal-end", click: change(() => remove(path(r))) }, mine ? "Withdraw" : r.state === "waiting" ? "Refuse" : "End it") : ""),
    problem,
    el("h3", {}, "Who"), el("dl.fields", {}, [["asked by", `${called(r.by)}, ${full(r.asked)}`], ["approved by", r.approver ? `${called(r.approver)}, ${full(r.approved)}` : "nobody yet"], ["ended by", r.ended_by ? `${called(r.ended_by)}, ${full(r.ended)}` : ""]]
      .filter(([, v]) => v).flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, el("span", {}, v))])),
    el("h3", {}, "Records"),
    el("ul.log", {}, r.records.map((k) => el("li", {}, `${k.code}, ${count(k.size)} bytes, opened ${count(k.opened)} of 3 times `,
      el("button", { type: "button", click: () => go({ view: "events", q: `batch:"${k.batch}" record_no:${k.record_no} kind:*` }) }, "Its row"), " ",
      mine && r.state === "approved" ? el("button.open", { type: "button", click: failing(problem, async () => show(raw, await send(path(r, "/open"), { entry: k.entry }))) }, "Show it") : ""))),
    raw);
  $("drawer").hidden = false;
  $("layout").classList.add("open");
}

function line(r) {
  const open = () => detail(r);
  return el("tr", { tabindex: 0, click: open, keydown: (e) => { if (e.key === "Enter") { e.stopPropagation(); open(); } } },
    el("td.time", { title: full(r.asked) }, short(r.asked)), el("td", { title: r.reason }, r.reason), el("td", {}, called(r.by)), el("td", {}, r.approver ? called(r.approver) : ""), el("td.num", {}, count(r.records.length)), el("td", {}, r.state));
}

// list shows the requests.
export async function list() {
  const a = await ask("reveals", "/v1/reveals", {});
  $("view").replaceChildren(a.rows.length ? el("table.alerts", { "aria-label": "Requests to see quarantined records, the latest first" },
    el("colgroup", {}, ["when", "title", "whom", "whom", "n", "state"].map((c) => el("col.l-" + c))),
    el("thead", {}, el("tr", {}, ["Asked", "Why", "By", "Approved by"].map((t) => el("th", { scope: "col" }, t)), el("th.num", { scope: "col" }, "Records"), el("th", { scope: "col" }, "State"))),
    el("tbody", {}, a.rows.map(line)))
    : el("div.empty", {}, el("b", {}, "Nobody asked to see a record."), el("p", {}, "Open a record that could not be read to ask for it.")));
  return a.rows.length;
}

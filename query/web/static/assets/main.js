// The page: reads the address, asks the server, shows the answer, listens to keys.

import * as access from "./access.js";
import * as alerts from "./alerts.js";
import { ask, stopped } from "./api.js";
import * as chart from "./chart.js";
import * as complete from "./complete.js";
import { $, count, el, plural } from "./dom.js";
import * as drawer from "./drawer.js";
import * as facets from "./facets.js";
import * as help from "./help.js";
import * as jump from "./jump.js";
import { listen } from "./keys.js";
import * as reports from "./reports.js";
import * as reveals from "./reveals.js";
import * as sources from "./sources.js";
import { go, link, onChange, range, read, state, views } from "./state.js";
import * as table from "./table.js";
import { openDialog, rangeName } from "./time.js";
import * as timeline from "./timeline.js";
import { greet } from "./who.js";

const page = 200;

function problem(e) {
  const box = $("problem");
  box.hidden = !e;
  const wrong = e && e.parameter === "q" && e.position !== undefined;
  $("q").setAttribute("aria-invalid", String(Boolean(wrong)));
  if (!e) return;
  const parts = [e.message.charAt(0).toUpperCase() + e.message.slice(1) + "."];
  if (wrong) {
    const text = [...state.q];
    const end = e.position + (e.length || 1);
    if (e.did_you_mean) {
      const mended = [...text.slice(0, e.position), e.did_you_mean, ...text.slice(end)].join("");
      parts.push(el("button", { type: "button", click: () => go({ q: mended }) }, `Did you mean ${e.did_you_mean}?`));
    }
    parts.push(el("pre", {}, text.slice(0, e.position).join(""), el("mark", {}, text.slice(e.position, end).join("") || " "), text.slice(end).join("")));
  }
  box.replaceChildren(...parts);
}

function unread(n) {
  const a = $("unread");
  const total = n.tombstones + n.gaps;
  a.hidden = false;
  a.className = total ? "" : "none";
  a.textContent = total ? `Could not be read: ${plural(n.tombstones, "record")}${n.gaps ? ", " + plural(n.gaps, "gap") : ""}` : "Everything was readable";
  a.href = link({ view: "events", q: "kind:(tombstone,gap) table:*", row: "" });
}

function exports(path, params) {
  const to = (format) => path + "?" + new URLSearchParams({ ...params, format });
  $("exports").replaceChildren(
    el("a", { href: to("csv"), title: "Every row of the answer, as CSV" }, "CSV"),
    el("a", { href: to("ndjson"), download: "scrubline.ndjson", title: "Every row of the answer, one JSON object a line" }, "NDJSON"));
}

async function counts(params, rows) {
  try {
    const sum = await ask("summary", "/v1/summary", params);
    complete.learn(sum.facets);
    chart.draw(sum);
    facets.draw(sum);
    unread(sum.unread);
    $("status").replaceChildren(el("b", {}, plural(sum.rows, "row")), ` of ${sum.tables.join(" and ")}`);
  } catch (e) {
    if (stopped(e)) return;
    chart.draw(null);
    facets.draw(null);
    $("status").textContent = `${count(rows())} rows shown; counting failed: ${e.message}`;
  }
}

async function events() {
  const params = range({ q: state.q });
  exports("/v1/events", params);
  const started = performance.now();
  let next = "";
  const more = async () => {
    if (!next) return;
    const cursor = next;
    next = "";
    const a = await ask("events", "/v1/events", { ...params, limit: page, cursor });
    next = a.next || "";
    table.add(a, more);
  };
  const counting = counts(params, table.length);
  const a = await ask("events", "/v1/events", { ...params, limit: page });
  next = a.next || "";
  if (!a.rows.length) {
    table.clear();
    $("view").replaceChildren(el("div.empty", {}, el("b", {}, "No rows."),
      el("p", {}, state.since || state.until ? `Nothing in: ${rangeName()}.` : "Nothing that is kept meets these terms."),
      state.since || state.until ? el("button", { type: "button", click: () => go({ since: "", until: "" }) }, "Search all time") : null));
  } else {
    table.show(a, (r) => drawer.show(r, table.rowID(r)), more);
    const open = state.row ? table.find(state.row) : -1;
    if (open >= 0) table.select(open, true);
  }
  await counting;
  $("status").append(` · ${Math.round(performance.now() - started)} ms`);
}

// told fills in what could not be read where no counts are shown.
async function told() {
  try {
    unread((await ask("summary", "/v1/summary", range({ q: "kind:(tombstone,gap)" }))).unread);
  } catch (e) {
    if (!stopped(e)) $("unread").hidden = true;
  }
}

async function who() {
  chart.draw(null);
  told();
  if (!state.subject) {
    $("status").textContent = "";
    $("exports").replaceChildren();
    access.empty();
    return;
  }
  const params = range({ q: state.q, [state.by]: state.subject });
  exports("/v1/access", params);
  let by = "";
  const get = (cursor) => ask("access", "/v1/access", { ...params, by, limit: page, cursor });
  let [a, story] = await Promise.all([get(""), timeline.tell(params)]);
  if (["actor", "session"].includes(state.by) && a.rows.every((r) => r.kind === "none")) { // their records name patients only, perhaps
    by = "patient";
    const patients = await get("");
    if (patients.rows.some((r) => r.name)) a = patients;
    else by = "";
  }
  chart.draw(timeline.picture(story));
  access.show(a, get, timeline.table(story));
  $("status").replaceChildren(el("b", {}, access.title()), ` · ${plural(a.rows.length, a.by)}${a.more ? " and more" : ""}`);
}

async function cameIn() {
  chart.draw(null);
  told();
  const params = range();
  exports("/v1/sources", params);
  const a = await ask("sources", "/v1/sources", params);
  sources.show(a);
  const total = a.rows.reduce((n, d) => n + d.events, 0);
  $("status").replaceChildren(el("b", {}, plural(total, "event")), ` in ${plural(a.rows.length, "source day")}`);
}

async function alerted() {
  chart.draw(null);
  told();
  $("exports").replaceChildren();
  const get = (cursor) => ask("alerts", "/v1/alerts", range({ state: state.status, limit: page, cursor }));
  const a = await get("");
  alerts.show(a, get);
  $("status").replaceChildren(el("b", {}, plural(a.rows.length, "alert")), a.more ? " and more" : "");
}

async function reported() {
  chart.draw(null);
  told();
  $("exports").replaceChildren();
  $("status").replaceChildren(el("b", {}, plural(await reports.show(), "report")));
}

async function revealed() {
  chart.draw(null);
  told();
  $("exports").replaceChildren();
  $("status").replaceChildren(el("b", {}, plural(await reveals.list(), "request")));
}

async function show() {
  $("q").value = state.q;
  $("when").textContent = rangeName();
  document.title = (state.view === "access" ? access.title() : state.q || "Scrubline") + (state.q || state.view === "access" ? " · Scrubline" : "");
  for (const view of views) {
    const tab = $("tab-" + view);
    tab.setAttribute("aria-selected", String(view === state.view));
    tab.tabIndex = view === state.view ? 0 : -1;
  }
  $("drawer").hidden = true;
  reveals.forget();
  $("layout").className = state.view === "events" ? "" : "wide";
  complete.close();
  problem(null);
  document.body.setAttribute("aria-busy", "true");
  const asked = location.search;
  jump.note();
  try {
    await { events, access: who, sources: cameIn, alerts: alerted, reports: reported, reveals: revealed }[state.view]();
  } catch (e) {
    if (stopped(e)) return;
    if (e.type === "urn:scrubline:problem:reason-needed") greet(show).catch(problem);
    problem(e);
    $("status").textContent = "";
    $("exports").replaceChildren();
    $("view").replaceChildren(el("div.empty", {}, el("b", {}, "No answer."), el("p", {}, "The line above says why.")));
  }
  document.body.removeAttribute("aria-busy");
  document.body.dataset.shown = asked; // what the page shows now; tests wait for it
}

$("ask").addEventListener("submit", (e) => {
  e.preventDefault();
  complete.close();
  go({ q: $("q").value.trim() });
});
$("q").addEventListener("input", complete.open);
$("q").addEventListener("blur", complete.close);
$("q").addEventListener("keydown", complete.key);
$("when").addEventListener("click", openDialog);
$("help").addEventListener("click", help.open);
$("theme").addEventListener("click", () => {
  const to = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", to);
  document.documentElement.dataset.theme = to;
});
for (const view of views) $("tab-" + view).addEventListener("click", () => go({ view }));
$("unread").addEventListener("click", (e) => {
  e.preventDefault();
  go({ view: "events", q: "kind:(tombstone,gap) table:*" });
});

listen();
read();
onChange(show);
greet(() => {
  complete.load().catch(() => {}); // without it the box completes nothing; asking still works
  show();
}).catch(problem);

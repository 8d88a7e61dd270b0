// The list of rows: newest first, walked with j and k.

import { $, count, el, plural } from "./dom.js";
import { parts } from "./time.js";
import * as read from "./row.js";

let rows = [];
let body = null;
let current = -1;
let onOpen = () => {};
let onMore = null;

export const selected = () => rows[current];
export const index = () => current;
export const length = () => rows.length;

const head = [["time", "Time"], ["actor", "Actor"], ["action", "Action"], ["resource", "Resource"], ["from", "Source address"], ["status", "Status"], ["source", "Source"]];

function cells(r) {
  const t = parts(r.event_time);
  const list = read.resources(r);
  const bad = read.unreadable(r);
  const time = el("td.time", { title: r.event_time }, el("span.day", {}, t.day.slice(5) + " "), t.clock);
  if (bad) {
    return [time, el("td", { colspan: 3, title: r.reason }, `${r.row_kind === "gap" ? "Part of the log" : "A record"} could not be read: ${r.reason || "no reason given"}`),
      el("td.from", {}, ""), el("td.status", {}, r.row_kind), el("td.source", {}, r.source)];
  }
  const duplicate = r.flags?.includes("duplicate") ? el("span.tag", { title: "The source delivered this record twice" }, "again") : null;
  return [
    time,
    el("td.actor", { title: r.actor_id || r.actor_name || "" }, read.brief(read.actor(r)) || el("span.muted", {}, "—")),
    el("td.action", { title: r.action || "" }, r.action || "", duplicate),
    el("td.resource", { title: list.join("\n") }, list.length ? read.brief(read.s3(list[0])) : "", list.length > 1 ? el("span.more", {}, ` +${list.length - 1}`) : null),
    el("td.from", { title: r.src_addr || "" }, read.brief(r.src_addr || "")),
    el("td.status", { title: r.status_detail || r.status }, read.status(r)),
    el("td.source", { title: r.service || "" }, r.source),
  ];
}

function line(r, i) {
  const cls = read.unreadable(r) ? "tr.unread" : r.status === "failure" ? "tr.failure" : "tr";
  return el(cls, { "aria-selected": "false", "data-i": i, tabindex: i === 0 ? 0 : -1 }, cells(r));
}

// show draws a first page. open is called with a row, more for the next page.
export function show(answer, open, more) {
  rows = [];
  current = -1;
  onOpen = open;
  body = el("tbody", {
    click: (e) => {
      const tr = e.target.closest("tr");
      if (tr && !getSelection().toString()) select(Number(tr.dataset.i), true);
    },
    keydown: (e) => {
      if (e.key === "Enter" || e.key === " ") {
        e.preventDefault();
        e.stopPropagation();
        select(Number(e.target.closest("tr").dataset.i), true);
      }
    },
  });
  $("view").replaceChildren(
    el("table", { "aria-label": "Rows, newest first" },
      el("colgroup", {}, head.map(([name]) => el("col.c-" + name))),
      el("thead", {}, el("tr", {}, head.map(([name, title]) => el("th." + name, { scope: "col" }, title)))),
      body),
    el("div.foot", { id: "foot" }));
  add(answer, more);
}

export function add(answer, more) {
  body.append(...answer.rows.map((r, i) => line(r, rows.length + i)));
  rows.push(...answer.rows);
  onMore = answer.more ? more : null;
  const text = answer.more ? `${count(rows.length)} rows shown, there are more.` : rows.length ? `${plural(rows.length, "row")}, all shown.` : "";
  $("foot").replaceChildren(text, ...(answer.more ? [el("button", { type: "button", id: "more", click: more }, "Show more")] : []));
}

// select marks a row; open says whether to show its detail.
export function select(i, open) {
  if (!rows.length) return;
  i = Math.max(0, Math.min(rows.length - 1, i));
  const before = body.children[current];
  before?.setAttribute("aria-selected", "false");
  if (before) before.tabIndex = -1;
  current = i;
  const tr = body.children[i];
  body.children[0].tabIndex = -1;
  tr.setAttribute("aria-selected", "true");
  tr.tabIndex = 0;
  tr.focus({ preventScroll: true });
  tr.scrollIntoView({ block: "nearest" });
  if (open) onOpen(rows[i]);
}

export function step(by, open) {
  if (current + by >= rows.length && onMore) onMore();
  select(current + by, open);
}

// find returns the place of a row by batch and number, -1 if it is not shown.
export const find = (id) => rows.findIndex((r) => rowID(r) === id);
export const rowID = (r) => `${r.batch}#${r.record_no}`;

export function clear() {
  rows = [];
  current = -1;
}

// What came in, by source and day, and what of it could not be read.

import * as calendar from "./calendar.js";
import { $, count, el } from "./dom.js";
import { go } from "./state.js";
import { short } from "./time.js";

export function show(answer) {
  const open = (d, q) => go({ view: "events", q, since: d.day, until: d.day });
  const line = (d) => el("tr", { tabindex: 0, click: () => open(d, "source:" + d.source), keydown: (e) => { if (e.key === "Enter") { e.stopPropagation(); open(d, "source:" + d.source); } } },
    el("td", {}, d.day), el("td", {}, d.source), el("td.num", {}, count(d.events)),
    el("td.num", {}, d.tombstones ? el("a", { href: "#", click: (e) => { e.preventDefault(); e.stopPropagation(); open(d, `kind:tombstone source:${d.source}`); } }, count(d.tombstones)) : el("span.muted", {}, "0")),
    el("td.num", {}, count(d.duplicates)), el("td.num", {}, count(d.rows)), el("td.num", {}, count(d.batches)), el("td.time", {}, short(d.inserted)));
  $("view").replaceChildren(calendar.draw(answer.rows, (d) => open(d, "source:" + d.source)) || "", answer.rows.length ? el("table", { "aria-label": "What came in" },
    el("thead", {}, el("tr", {}, ["Day", "Source"].map((t) => el("th", { scope: "col" }, t)), ["Events", "Not readable", "Delivered again", "Rows", "Batches"].map((t) => el("th.num", { scope: "col" }, t)), el("th", { scope: "col" }, "Last came in"))),
    el("tbody", {}, answer.rows.map(line))) : el("div.empty", {}, el("b", {}, "Nothing came in in this time range.")),
  el("div.foot", {}, answer.more ? "Older days are left out; choose a time range." : "From the ledger of finished batches. A batch counts on the day of its first record."));
}

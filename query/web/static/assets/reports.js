// Reports for auditors, and the evidence pack that holds all of them.

import { ask, send, stopped } from "./api.js";
import { $, count, el } from "./dom.js";
import { go, range, state } from "./state.js";
import { openDialog, rangeName, short } from "./time.js";

const formats = ["pdf", "xlsx", "csv", "ndjson"];
const again = 2000; // milliseconds between looks at a pack under way

const url = (path, params) => path + "?" + new URLSearchParams(params);

// quarter is the last whole one of the calendar, as the days of its ends.
function quarter() {
  const now = new Date();
  const first = new Date(Date.UTC(now.getUTCFullYear(), Math.floor(now.getUTCMonth() / 3) * 3 - 3, 1));
  const end = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 3, 0));
  return { since: first.toISOString().slice(0, 10), until: end.toISOString().slice(0, 10) };
}

function line(r, params) {
  return el("tr", {},
    el("td", {}, r.id), el("td", { title: r.question }, el("b", {}, r.title), " ", el("span.muted", {}, r.question)),
    el("td", { title: r.controls.join(", ") }, r.controls.join(", ")),
    el("td.formats", {}, params ? formats.map((format) => el("a", { href: url("/v1/reports/" + r.id, { ...params, format }), download: "" }, format.toUpperCase())) : el("span.muted", {}, "needs a period")));
}

function pack(p) {
  const met = p.requirements.map((r) => `${count(r.count)} ${r.state}`).join(", ");
  return el("li", {}, `${short(p.from)} – ${short(p.until)} · ${p.state}`, met ? ` · ${met}` : "", " ",
    p.state === "done" ? el("a", { href: `/v1/packs/${p.id}/file`, download: "" }, `Download, ${count(Math.ceil(p.bytes / 1024))} KiB`) : "");
}

async function packs(box) {
  if (!box.isConnected) return;
  try {
    const a = await ask("packs", "/v1/packs", {});
    box.replaceChildren(...a.rows.map(pack));
    if (a.rows.some((p) => p.state === "waiting" || p.state === "running")) setTimeout(() => packs(box), again);
  } catch (e) {
    if (!stopped(e)) box.replaceChildren(el("li", {}, e.message));
  }
}

export async function show() {
  const a = await ask("reports", "/v1/reports", {});
  const params = state.since && state.until ? range() : null;
  const problem = el("p.problem", { role: "alert", hidden: true });
  const list = el("ul.log", { id: "packs" });
  const start = async () => {
    try {
      await send(url("/v1/packs", params), {});
      problem.hidden = true;
      packs(list);
    } catch (e) {
      problem.hidden = false;
      problem.textContent = e.message;
    }
  };
  $("view").replaceChildren(
    el("div.subject", {},
      params ? el("p", {}, `Period: ${rangeName()}. `, el("button", { type: "button", click: openDialog }, "Change it"), " ", el("button.primary", { type: "button", id: "pack", click: start }, "Make the evidence pack"))
        : el("p", {}, "A report needs both ends of a period. ", el("button.primary", { type: "button", id: "quarter", click: () => go(quarter()) }, "Last quarter"), " ", el("button", { type: "button", click: openDialog }, "Another period")),
      el("p.muted", {}, "The pack has every report in every format, a crosswalk of controls, and a signature; ", el("code", {}, "scrubline report verify"), " checks it offline."),
      problem, list),
    el("table.reports", { "aria-label": "Reports" },
      el("colgroup", {}, ["id", "what", "controls", "formats"].map((c) => el("col.r-" + c))),
      el("thead", {}, el("tr", {}, ["Id", "Report", "Controls", "Download"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", {}, a.rows.map((r) => line(r, params)))),
    el("div.foot", {}, a.not_made.map((n) => `${n.id} ${n.title}: ${n.why}.`).join(" ")));
  packs(list);
  return a.rows.length;
}

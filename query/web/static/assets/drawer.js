// One row in detail: where to go from it, all its fields, the record itself and
// where it came from.

import { ask, stopped } from "./api.js";
import { $, el } from "./dom.js";
import { pretty } from "./native.js";
import { check } from "./proof.js";
import { term, withTerm } from "./query.js";
import { forget, request } from "./reveals.js";
import * as read from "./row.js";
import { go, keep, state } from "./state.js";
import { full } from "./time.js";
import { reveals } from "./who.js";

// Columns that are told elsewhere in the drawer.
const elsewhere = new Set(["table", "native", "origin", "batch", "record_no", "ingest_time", "tenant_id", "status_id", "scrub_types", "scrub_count", "class_uid", "activity_id"]);
const times = new Set(["event_time", "ingest_time", "start_time"]);
const fieldOf = { actor_id: "actor", actor_name: "actor", actor_role: "actor", actor_session: "actor", resource_ids: "resource", src_ip: "src", src_addr: "src", dst_ip: "dst", dst_addr: "dst", row_kind: "kind", flags: "flag", read_only: "readonly" };

let opener = null;

export function close() {
  if ($("drawer").hidden) return false;
  $("drawer").hidden = true;
  forget();
  $("layout").classList.remove("open");
  keep({ row: "" });
  opener?.focus({ preventScroll: true });
  return true;
}

const search = (field, value, negate) => go({ view: "events", q: withTerm(state.q, term(field, value, negate)) });
const only = (field, value) => go({ view: "events", q: term(field, value) });

function filters(name, value) {
  if (times.has(name)) return null;
  const field = fieldOf[name] || name;
  const text = value === true ? "yes" : value === false ? "no" : String(value);
  return el("span.acts", {},
    el("button", { type: "button", title: "Only rows like this", "aria-label": `Only ${field} ${text}`, click: () => search(field, text, false) }, "+"),
    el("button", { type: "button", title: "Rows unlike this", "aria-label": `Without ${field} ${text}`, click: () => search(field, text, true) }, "−"));
}

function fields(entries) {
  return el("dl.fields", {}, entries.flatMap(([name, value]) => [].concat(value).map((v, i) => [
    el("dt", {}, i ? "" : name),
    el("dd", {}, el("span", {}, times.has(name) ? full(v) : String(v)), filters(name, v)),
  ])).flat());
}

function pivots(r) {
  const list = [];
  const add = (label, click) => list.push(el("button", { type: "button", click }, label));
  const touched = r.resource_ids?.[0];
  if (touched) add("Who accessed this resource", () => go({ view: "access", by: "resource", subject: touched, q: "" }));
  if (r.patient_token) add("Who accessed this patient", () => go({ view: "access", by: "patient", subject: r.patient_token, q: "" }));
  const who = r.actor_id || r.actor_name;
  if (who) {
    add("What this actor accessed", () => go({ view: "access", by: "actor", subject: who, q: "" }));
    add("This actor", () => only("actor", who));
  }
  if (r.src_addr) add("This address", () => go({ view: "events", q: "source:* " + term("ip", r.src_addr) }));
  if (r.session_id) add("This session", () => only("session", r.session_id));
  if (r.trace_id) add("This trace", () => only("trace", r.trace_id));
  const at = Date.parse(r.event_time);
  const near = (minutes) => new Date(at + minutes * 60000).toISOString();
  add("5 minutes around", () => go({ view: "events", q: "source:*", since: near(-5), until: near(5) }));
  return list;
}

// verify fetches the row's proof and checks it before the reader's eyes.
async function verify(r, at) {
  const steps = el("ol.steps");
  const end = (kind, ...children) => at.append(el("p." + kind, { role: "status" }, ...children));
  at.replaceChildren(steps);
  try {
    const [proof, { key }] = await Promise.all([ask("proof", "/v1/archive/proofs", { batch: r.batch, record: r.record_no }), ask("key", "/v1/archive/key", {})]);
    await check(proof, r, key, (text) => steps.append(el("li", {}, text)));
    const file = URL.createObjectURL(new Blob([JSON.stringify(proof, null, 1)], { type: "application/json" }));
    end("good", "Checked in this browser: the record stands in the archive as it was sealed. ",
      el("a", { href: file, download: `proof-${r.record_no}.json` }, "Keep the proof"),
      "; anybody with archive.pub checks it: scrubline archive check-proof proof-" + r.record_no + ".json");
  } catch (e) {
    if (stopped(e)) return;
    end("bad", e.kind === undefined && e.type === undefined ? "Not as sealed: " + e.message : e.message);
  }
}

export function show(r, id) {
  if ($("drawer").hidden) opener = document.activeElement;
  keep({ row: id });
  const verdict = el("div.verdict");
  const shown = Object.entries(r).filter(([name]) => !elsewhere.has(name));
  const title = read.unreadable(r) ? "A record that could not be read" : [read.brief(read.actor(r)) || "Somebody", r.action].filter(Boolean).join(" · ");
  $("drawer").replaceChildren(
    el("header", {},
      el("div", {}, el("h2", {}, title), el("p", {}, `${full(r.event_time)} ${state.tz === "local" ? "" : "UTC"} · ${r.source}`)),
      el("button.quiet", { type: "button", id: "drawer-close", "aria-label": "Close detail", title: "Close (Esc)", click: close }, "✕")),
    el("div.pivots", {}, pivots(r), el("button", { type: "button", id: "verify", title: "Check that this record stands in the archive as it was sealed (v)", click: () => verify(r, verdict) }, "Verify")),
    verdict,
    el("h3", {}, "Fields"), fields(shown),
    el("h3", {}, "Record as logged, scrubbed"),
    r.native ? pretty(r.native) : el("p.muted", {}, "The bytes of this record lie sealed in quarantine; nothing of them is kept here."),
    r.row_kind === "tombstone" && reveals() ? request(r) : "",
    el("h3", {}, "Where it came from"),
    el("dl.fields", {}, [["origin", r.origin], ["batch", r.batch], ["record", r.record_no], ["came in", full(r.ingest_time)],
      ["scrubbed", r.scrub_count ? `${r.scrub_count} × ${(r.scrub_types || []).join(", ")}` : "nothing found"]].flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, el("span", {}, String(v ?? "")))])));
  $("drawer").hidden = false;
  $("layout").classList.add("open");
  $("drawer").scrollTop = 0;
}

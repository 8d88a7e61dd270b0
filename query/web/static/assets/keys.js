// Keys of the page. Every place that a mouse reaches, keys reach too.

import { $ } from "./dom.js";
import * as drawer from "./drawer.js";
import * as help from "./help.js";
import * as jump from "./jump.js";
import { go, state, views } from "./state.js";
import * as table from "./table.js";
import { openDialog } from "./time.js";

function tabs(e) {
  const shown = views.filter((view) => !$("tab-" + view).hidden);
  const to = shown[(shown.indexOf(state.view) + (e.key === "ArrowRight" ? 1 : -1) + shown.length) % shown.length];
  go({ view: to });
  $("tab-" + to).focus();
}

export function listen() {
  addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === "k" && !document.querySelector("dialog[open]")) {
      e.preventDefault();
      return jump.open();
    }
    if (document.querySelector("dialog[open]") || e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.matches("input, select, textarea");
    if (e.key === "Escape") {
      if (typing) e.target.blur();
      else if (!drawer.close()) return;
      e.preventDefault();
      return;
    }
    if (typing) return;
    if (e.target.matches("[role=tab]") && /^Arrow(Left|Right)$/.test(e.key)) return tabs(e);
    const open = !$("drawer").hidden;
    const act = {
      "/": () => $("q").select(),
      "?": help.open,
      d: openDialog,
      j: () => table.step(1, open), ArrowDown: () => table.step(1, open),
      k: () => table.step(-1, open), ArrowUp: () => table.step(-1, open),
      o: () => table.select(Math.max(0, table.index()), true),
      v: () => $("verify")?.click(),
      m: () => $("more")?.click(),
      w: () => {
        const r = table.selected();
        if (r?.resource_ids?.length) go({ view: "access", by: "resource", subject: r.resource_ids[0], q: "" });
      },
    }[e.key];
    const arrows = e.key.startsWith("Arrow");
    if (views[e.key - 1] && !$("tab-" + views[e.key - 1]).hidden) go({ view: views[e.key - 1] });
    else if (act && !(arrows && (state.view !== "events" || e.target.closest("#drawer, #facets")))) act();
    else return;
    e.preventDefault();
  });
}

// The help dialog: keys and grammar.

import { $, el } from "./dom.js";
import { allFields } from "./complete.js";

const keys = [["/", "search box"], ["Ctrl K", "go to a view or an earlier question"], ["Enter", "run; on a row: open"], ["j  k", "next, previous row"], ["o", "open the row"], ["w", "who accessed the row's resource"], ["v", "verify the open row in the archive"],
  ["d", "time range"], ["1 … 6", "views"], ["m", "more rows"], ["Esc", "close"], ["?", "this help"]];
const grammar = [["actor:alice", "a field and its value"], ["alice", "text anywhere in the record"], ["path:/fhir/*", "* stands for any text"], ['ua:"curl 8"', "quotes keep spaces"],
  ["action:(GetObject,PutObject)", "one of several"], ["-status:failure", "not; also NOT"], ["a OR (b c)", "terms beside each other must all hold"], ["http>=500", "> >= < <= for numbers and times"],
  ["ip:10.0.0.0/8", "networks"], ["patient:MRN-123", "becomes its token before it is searched"], ["session:*", "the field is there; session:\"\" it is not"], ["source:*", "network flows too"], ["kind:tombstone", "what could not be read"]];

const list = (pairs) => el("dl.help", {}, pairs.flatMap(([a, b]) => [el("dt", {}, a), el("dd", {}, b)]));

export function open() {
  const d = $("help-dialog");
  d.replaceChildren(
    el("h2", { id: "help-title" }, "Help"),
    el("div.columns", {},
      el("div", {}, el("h3", {}, "Keys"), list(keys)),
      el("div", {}, el("h3", {}, "Search"), list(grammar))),
    el("h3", {}, "Fields"), list(allFields().filter((f) => !f.help.startsWith("column ")).map((f) => [f.name, f.help])),
    el("div.buttons", {}, el("button.primary", { type: "button", click: () => d.close() }, "Close")));
  d.showModal();
  d.scrollTop = 0;
}

// Completion in the search box: field names, then values that the last answer
// had most of.

import { $, el } from "./dom.js";
import { at, quote } from "./query.js";

let fields = [];
let facets = {};
let items = [];
let picked = -1;

export async function load() {
  const answer = await fetch("/v1/fields", { credentials: "same-origin" });
  if (answer.ok) fields = (await answer.json()).fields;
}

export function learn(found) {
  facets = found;
}

export const allFields = () => fields;

function candidates(input) {
  const here = at(input.value, input.selectionStart);
  const typed = here.text.toLowerCase();
  const found = [];
  if (here.field) {
    const field = fields.find((f) => f.name === here.field || f.aliases.includes(here.field));
    if (!field) return { here, found };
    const values = field.values.map((name) => ({ name }));
    for (const value of facets[field.name] || []) if (!values.some((v) => v.name === value.name)) values.push(value);
    for (const v of values) {
      if (v.name.toLowerCase().includes(typed) && v.name.toLowerCase() !== typed) {
        found.push({ name: v.name, hint: v.count ? `${v.count.toLocaleString("en-US")} rows` : "", put: quote(v.name) + " " });
      }
    }
  } else if (typed) {
    for (const f of fields) {
      const starts = [f.name, ...f.aliases].some((n) => n.startsWith(typed));
      if (starts) found.push({ name: f.name + ":", hint: f.help, put: f.name + ":" });
    }
  }
  return { here, found: found.slice(0, 12) };
}

export function close() {
  $("complete").hidden = true;
  $("q").setAttribute("aria-expanded", "false");
  $("q").removeAttribute("aria-activedescendant");
  items = [];
  picked = -1;
}

export function open() {
  const input = $("q");
  const { here, found } = candidates(input);
  items = found;
  picked = -1;
  if (!found.length) return close();
  $("complete").replaceChildren(...found.map((c, i) => el("li", {
    role: "option", id: "complete-" + i, "aria-selected": "false",
    mousedown: (e) => { e.preventDefault(); accept(here, c); },
  }, el("b", {}, c.name), el("span", {}, c.hint))));
  $("complete").hidden = false;
  input.setAttribute("aria-expanded", "true");
}

function accept(here, c) {
  const input = $("q");
  const end = input.selectionStart;
  input.value = input.value.slice(0, here.start) + c.put + input.value.slice(end).trimStart();
  const pos = here.start + c.put.length;
  input.setSelectionRange(pos, pos);
  input.focus();
  open();
}

function move(step) {
  picked = (picked + step + items.length) % items.length;
  [...$("complete").children].forEach((li, i) => li.setAttribute("aria-selected", String(i === picked)));
  $("complete").children[picked].scrollIntoView({ block: "nearest" });
  $("q").setAttribute("aria-activedescendant", "complete-" + picked);
}

// key handles a key in the box; true means it was about completion.
export function key(e) {
  if ($("complete").hidden) {
    if (e.key === "ArrowDown") { open(); return items.length > 0; }
    return false;
  }
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    move(e.key === "ArrowDown" ? 1 : -1);
  } else if (e.key === "Tab" && !e.shiftKey || e.key === "Enter" && picked >= 0) {
    accept(at($("q").value, $("q").selectionStart), items[Math.max(picked, 0)]);
  } else if (e.key === "Escape") {
    close();
  } else {
    return false;
  }
  e.preventDefault();
  e.stopPropagation();
  return true;
}

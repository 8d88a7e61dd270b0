// A calendar of what came in: a row a source, a square a day. A day without
// anything between days with something is a hole that somebody should explain.

import { count, el, svg } from "./dom.js";

const size = 13;
const most = 120; // days

// draw makes the picture of days, {day, source, events, tombstones}; open is called
// with a day and a source.
export function draw(days, open) {
  if (!days.length) return null;
  const all = days.map((d) => d.day).sort();
  const last = Date.parse(all.at(-1));
  const first = Math.max(Date.parse(all[0]), last - (most - 1) * 86400000);
  const width = Math.round((last - first) / 86400000) + 1;
  const sources = [...new Set(days.map((d) => d.source))].sort();
  const peak = Math.max(...days.map((d) => d.events), 1);
  const label = 130;
  const cells = sources.flatMap((source, row) => {
    const of = new Map(days.filter((d) => d.source === source).map((d) => [d.day, d]));
    const since = [...of.keys()].sort()[0];
    return Array.from({ length: width }, (_, i) => {
      const day = new Date(first + i * 86400000).toISOString().slice(0, 10);
      const d = of.get(day);
      const title = svg("title");
      title.textContent = `${day} ${source}: ` + (d ? `${count(d.events)} events${d.tombstones ? `, ${count(d.tombstones)} not readable` : ""}` : "nothing");
      return svg("rect", {
        class: d ? (d.tombstones ? "unread" : "good") : day > since ? "hole" : "none",
        x: label + i * size, y: row * size + 1, width: size - 2, height: size - 2, rx: 2,
        opacity: d ? 0.25 + (0.75 * Math.log1p(d.events)) / Math.log1p(peak) : 1, click: d ? () => open(d) : null,
      }, title);
    });
  });
  const names = sources.map((source, row) => {
    const t = svg("text", { x: 0, y: row * size + 10 });
    t.textContent = source;
    return t;
  });
  return el("div.calendar", {}, svg("svg", { width: label + width * size, height: sources.length * size + 2, role: "img", "aria-label": "What came in by source and day; the table below has the same numbers" }, ...names, ...cells));
}

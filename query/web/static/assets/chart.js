// The histogram: rows by time, stacked by outcome. Drag or press Enter to zoom.

import { $, count, el, svg } from "./dom.js";
import { short } from "./time.js";
import { go } from "./state.js";

const height = 74;
const layers = [["good", "success", "Success"], ["bad", "failure", "Failure"], ["other", "other", "Other"], ["unread", "unread", "Not readable"]];

export function draw(sum) {
  const box = $("chart");
  box.hidden = !sum || !sum.rows;
  if (box.hidden) return;
  const start = Date.parse(sum.start);
  const step = sum.step_seconds * 1000;
  const n = Math.max(1, Math.round((Date.parse(sum.end) - start) / step));
  const total = (b) => b.success + b.failure + b.other + b.unread;
  const most = Math.max(...sum.buckets.map(total));
  const byIndex = new Map(sum.buckets.map((b) => [Math.round((Date.parse(b.start) - start) / step), b]));
  const iso = (i) => new Date(start + i * step).toISOString();

  const cursor = svg("rect", { class: "cursor", y: 0, height, width: 0 });
  const brush = svg("rect", { class: "brush", y: 0, height, width: 0 });
  const bars = [];
  for (const [i, b] of byIndex) {
    let y = height - 1;
    for (const [cls, name] of layers) {
      if (!b[name]) continue;
      const h = Math.max(1.5, (b[name] / most) * (height - 8));
      y -= h;
      bars.push(svg("rect", { class: cls, x: i + 0.08, width: 0.84, y, height: h }));
    }
  }
  const picture = svg("svg", {
    viewBox: `0 0 ${n} ${height}`, preserveAspectRatio: "none", tabindex: 0, role: "slider",
    "aria-label": "Rows by time; arrows move, Enter zooms in", "aria-valuemin": 0, "aria-valuemax": n - 1, "aria-valuenow": 0, "aria-valuetext": short(iso(0)),
  }, svg("line", { class: "base", x1: 0, x2: n, y1: height - 0.5, y2: height - 0.5 }), ...bars, cursor, brush);

  const told = el("span", {}, `${short(sum.start)}`);
  const tell = (i) => {
    const b = byIndex.get(i);
    const what = b ? layers.filter(([, name]) => b[name]).map(([, name, label]) => `${count(b[name])} ${label.toLowerCase()}`).join(", ") : "no rows";
    told.textContent = `${short(iso(i))}: ${what}`;
    cursor.setAttribute("x", i);
    cursor.setAttribute("width", 1);
    picture.setAttribute("aria-valuenow", i);
    picture.setAttribute("aria-valuetext", told.textContent);
  };
  const untell = () => {
    told.textContent = short(sum.start);
    cursor.setAttribute("width", 0);
  };
  const zoom = (a, b) => go({ since: iso(Math.min(a, b)), until: iso(Math.max(a, b) + 1) });
  const indexAt = (e) => {
    const r = picture.getBoundingClientRect();
    return Math.min(n - 1, Math.max(0, Math.floor(((e.clientX - r.left) / r.width) * n)));
  };
  let from = null;
  let here = 0;
  picture.addEventListener("pointerdown", (e) => { from = indexAt(e); picture.setPointerCapture(e.pointerId); });
  picture.addEventListener("pointermove", (e) => {
    here = indexAt(e);
    tell(here);
    if (from === null) return;
    brush.setAttribute("x", Math.min(from, here));
    brush.setAttribute("width", Math.abs(here - from) + 1);
  });
  picture.addEventListener("pointerup", (e) => {
    const a = from;
    from = null;
    if (a !== null && n > 1) zoom(a, indexAt(e));
  });
  picture.addEventListener("pointerleave", untell);
  picture.addEventListener("blur", untell);
  picture.addEventListener("keydown", (e) => {
    if (e.key === "ArrowLeft" || e.key === "ArrowRight") {
      here = Math.min(n - 1, Math.max(0, here + (e.key === "ArrowRight" ? 1 : -1)));
      tell(here);
    } else if (e.key === "Enter" && n > 1) {
      zoom(here, here);
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  });
  const legend = layers.filter(([, name]) => sum.buckets.some((b) => b[name])).map(([cls, , label]) => el("span", {}, el("i.k-" + cls), label));
  box.replaceChildren(picture, el("div.axis", {}, told, el("span.legend", {}, legend), el("span", {}, short(sum.end))));
}

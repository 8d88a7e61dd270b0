// The filters on the left: values with their counts. A click keeps only those
// rows, "not" leaves them out.

import { $, count, el } from "./dom.js";
import { term, withTerm } from "./query.js";
import { go, state } from "./state.js";

const titles = [["source", "Source"], ["status", "Status"], ["reason", "Not readable because"], ["action", "Action"], ["actor", "Actor"], ["service", "Service"], ["account", "Account"]];

export function draw(sum) {
  const add = (field, value, negate) => go({ q: withTerm(state.q, term(field, value, negate)) });
  const groups = titles.filter(([field]) => sum?.facets[field]?.length).map(([field, title]) => [
    el("h2", { id: "facet-" + field }, title),
    el("ul", { "aria-labelledby": "facet-" + field }, sum.facets[field].slice(0, 8).map((v) => el("li", {},
      el("button.value", { type: "button", title: v.name, "aria-label": `Only ${title.toLowerCase()} ${v.name}, ${count(v.count)} rows`,
        click: (e) => add(field, v.name, e.altKey) },
        el("span", {}, v.name), el("i", {}, count(v.count))),
      el("button.not", { type: "button", "aria-label": `Without ${title.toLowerCase()} ${v.name}`, click: () => add(field, v.name, true) }, "not")))),
  ]);
  $("facets").replaceChildren(...groups.flat());
}

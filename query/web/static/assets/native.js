// The record as it was logged, scrubbed: JSON is set out and coloured, anything
// else stands as it is. What the scrubber put in is marked.

import { el } from "./dom.js";

const pieces = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;
const scrubbed = /(\[phi-[a-z0-9_-]+\]|t1\.[a-z]+\.\d+\.[a-z2-7]{26})/;

function marked(text) {
  return text.split(scrubbed).map((part, i) => (i % 2 ? el("span.t", { title: "put in by the scrubber" }, part) : part));
}

// indent sets JSON out over lines. It moves text and never reads numbers, so
// that those beyond 2^53 keep their digits.
function indent(text) {
  let out = "";
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const before = out.at(-1);
    if (token === "}" || token === "]") {
      depth--;
      out += before === "{" || before === "[" ? token : line() + token;
      continue;
    }
    if (before === "{" || before === "[" || before === ",") out += line();
    out += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth++;
  }
  return out;
}

export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return el("pre.native", { tabindex: 0 }, marked(text));
  }
  const out = indent(text);
  const nodes = [];
  let last = 0;
  for (const m of out.matchAll(pieces)) {
    nodes.push(out.slice(last, m.index));
    if (m[1]) nodes.push(el(m[2] ? "span.k" : "span.s", {}, marked(m[1])), m[2] || "");
    else nodes.push(el("span.n", {}, m[3]));
    last = m.index + m[0].length;
  }
  nodes.push(out.slice(last));
  return el("pre.native", { tabindex: 0 }, nodes);
}

// Terms of the search box. The server reads the grammar; here terms are only
// put together and found at the cursor.

const word = /^[A-Za-z0-9_./@+=%~:-]+$/;

export function quote(value) {
  return word.test(value) ? value : '"' + value.replace(/[\\"*]/g, (c) => "\\" + c) + '"';
}

export const term = (field, value, negate = false) => (negate ? "-" : "") + field + ":" + quote(value);

// withTerm adds a term to a query, unless it is there.
export function withTerm(q, t) {
  q = q.trim();
  if (!q) return t;
  if ((" " + q + " ").includes(" " + t + " ")) return q;
  return (/(^|\s)OR(\s|$)/.test(q) ? "(" + q + ")" : q) + " " + t;
}

// at finds what is being typed at a position: a field name or a field's value.
export function at(q, pos) {
  let start = pos;
  while (start > 0 && !/[\s(),"]/.test(q[start - 1])) start--;
  let text = q.slice(start, pos);
  if (text.startsWith("-")) {
    text = text.slice(1);
    start++;
  }
  const listed = q.slice(0, start).match(/([A-Za-z_]+):\([^()"]*$/);
  if (listed) return { field: listed[1].toLowerCase(), text, start };
  const split = text.match(/^([A-Za-z_]+):(.*)$/);
  if (split) return { field: split[1].toLowerCase(), text: split[2], start: pos - split[2].length };
  return { field: "", text, start };
}

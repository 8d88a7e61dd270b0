// Small helpers to build the page. Text always goes in as text, never as markup.

export const $ = (id) => document.getElementById(id);

// el makes an element: el("td.time", {title}, "text", child …). Attributes that
// are functions become listeners; false and null leave an attribute out.
export function el(spec, attrs = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  setAttrs(node, attrs);
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export function svg(tag, attrs = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttrs(node, attrs);
  node.append(...children);
  return node;
}

function setAttrs(node, attrs) {
  for (const [name, value] of Object.entries(attrs)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
}

export const count = (n) => Number(n).toLocaleString("en-US");
export const plural = (n, one, many = one + "s") => `${count(n)} ${Number(n) === 1 ? one : many}`;

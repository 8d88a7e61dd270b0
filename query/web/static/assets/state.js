// What the page shows, all of it in the address bar, so that a link shows the
// same and Back goes back.

const defaults = { view: "events", q: "", since: "", until: "", tz: "utc", by: "resource", subject: "", status: "", row: "" };
const listeners = [];

// views are the tabs, in their order.
export const views = ["events", "access", "sources", "alerts", "reports", "reveals"];

export const state = { ...defaults };

export function read() {
  const p = new URLSearchParams(location.search);
  for (const name of Object.keys(defaults)) state[name] = p.get(name) ?? defaults[name];
  if (!views.includes(state.view)) state.view = "events";
  if (!["resource", "patient", "actor", "session"].includes(state.by)) state.by = "resource";
}

export function link(change = {}) {
  const p = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...state, ...change })) {
    if (name in defaults && value !== defaults[name]) p.set(name, value);
  }
  const text = p.toString();
  return text ? "/?" + text : "/";
}

// go changes the state, remembers the step, and shows it.
export function go(change) {
  history.pushState(null, "", link({ row: "", ...change }));
  read();
  listeners.forEach((f) => f());
}

// keep changes the address without a step: which row is open.
export function keep(change) {
  history.replaceState(null, "", link(change));
  Object.assign(state, change);
}

export function onChange(f) {
  listeners.push(f);
}

addEventListener("popstate", () => {
  read();
  listeners.forEach((f) => f());
});

// IANA name of the zone that times without an offset are in.
export function zone() {
  return state.tz === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : "UTC";
}

export function range(extra = {}) {
  const p = { ...extra, tz: zone() };
  if (state.since) p.since = state.since;
  if (state.until) p.until = state.until;
  return p;
}

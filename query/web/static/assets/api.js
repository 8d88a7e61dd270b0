// Questions to the server. A problem comes as an Error with the answer's fields.

export class Problem extends Error {
  constructor(body) {
    super(body.detail || "the server does not answer");
    Object.assign(this, body);
  }
}

const running = new Map();

// ask gets a path; a newer question of the same kind stops the older.
export async function ask(kind, path, params) {
  running.get(kind)?.abort();
  const stop = new AbortController();
  running.set(kind, stop);
  const p = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== "" && value !== undefined && value !== null) p.set(name, value);
  return answered(path + "?" + p, { headers: { Accept: "application/json" }, signal: stop.signal });
}

// send posts a body to a path.
export function send(path, body) {
  return answered(path, { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

// remove deletes what a path names.
export function remove(path) {
  return answered(path, { method: "DELETE", headers: { Accept: "application/json" } });
}

async function answered(url, how) {
  let answer;
  try {
    answer = await fetch(url, { ...how, credentials: "same-origin" });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Problem({ detail: "the server does not answer; is scrubline still running?" });
  }
  if (answer.status === 401) {
    location.reload(); // the session ended: the server asks to sign in
    return new Promise(() => {});
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(body);
  return body;
}

export const stopped = (e) => e.name === "AbortError";

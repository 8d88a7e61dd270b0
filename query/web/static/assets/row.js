// How a row reads: who, what, to what, from where.

export const tail = (id) => id.split(/[/:]/).pop() || id;

export function actor(r) {
  return r.actor_name || (r.actor_id ? tail(r.actor_id) : "") || r.actor_session || "";
}

export function resources(r) {
  return r.resource_ids || (r.url_path ? [r.url_path] : r.dst_addr ? [r.dst_addr + (r.dst_port ? ":" + r.dst_port : "")] : []);
}

export const isToken = (s) => /^t1\.[a-z]+\.\d+\.[a-z2-7]{26}$/.test(s);

// brief shortens tokens, which all start alike: ip·9f3c2a.
export function brief(s) {
  return s.replace(/t1\.([a-z]+)\.\d+\.([a-z2-7]{26})/g, (_, kind, body) => `${kind}·${body.slice(0, 6)}`);
}

export const s3 = (id) => id.replace(/^arn:aws:s3:::/, "");

export function status(r) {
  if (r.row_kind === "tombstone" || r.row_kind === "gap") return "unreadable";
  if (r.http_status) return `${r.http_status}`;
  return (r.status === "failure" && r.status_code) || r.status;
}

export const unreadable = (r) => r.row_kind === "tombstone" || r.row_kind === "gap";

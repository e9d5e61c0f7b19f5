// What the server is asked.

/** JSON of our own API. Throws an Error with `hint` and `status` where there is no answer. */
export async function ask(path, params, signal) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params || {})) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== "" && each !== null && each !== undefined) query.append(key, each);
  }
  const answer = await fetch(`api/logtrace${path}?${query}`, { signal, headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => null);
  if (answer.ok) return body;
  const told = (body && body.error) || { message: `the server answers ${answer.status}`, hint: "" };
  throw Object.assign(new Error(told.message), { hint: told.hint, status: answer.status });
}

/** A trace as the server has it. A file with one trace inside offers the same (see shared.js). */
export function served(id) {
  const at = `/traces/${encodeURIComponent(id)}`;
  return {
    trace: (raw, signal) => ask(at, raw ? { raw: "true" } : {}, signal),
    span: (span, signal, from) => ask(`${at}/spans/${encodeURIComponent(span)}`, { from }, signal),
    logs: (signal, from) => ask(`${at}/logs`, { from }, signal),
    find: async (text, signal) => {
      const found = [];
      for (let from = 0; from !== null;) {
        const part = await ask(`${at}/find`, { text, from }, signal);
        found.push(...part.spans);
        from = part.next;
      }
      return found;
    },
    errors: (signal, from) => ask(`${at}/errors`, { from }, signal),
    alone: false,
  };
}

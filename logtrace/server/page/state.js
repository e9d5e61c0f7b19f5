// What is shown is in the address, so that a link shows the same.

/** The base of all addresses: "/" or "/where/a/proxy/has/it/". */
export function base() {
  return new URL(document.baseURI).pathname;
}

/** {path, query} of the current address; the path begins behind the base. */
export function here() {
  const path = location.pathname.startsWith(base()) ? location.pathname.slice(base().length) : location.pathname.slice(1);
  return { path, query: new URLSearchParams(location.search) };
}

/** An address within the page: link("trace/abc", {span: "1"}). Empty values are left out. */
export function link(path, query) {
  const kept = new URLSearchParams();
  for (const [key, value] of Object.entries(query || {})) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== "" && each !== null && each !== undefined) kept.append(key, each);
  }
  const text = String(kept);
  return `${base()}${path}${text ? `?${text}` : ""}`;
}

/** Goes to another view. */
export function go(path, query) {
  history.pushState(null, "", link(path, query));
  dispatchEvent(new PopStateEvent("popstate"));
}

/** Changes the query of the current view without leaving it; null removes a key, a list gives it as often as it has members. */
export function keep(changes) {
  const url = new URL(location.href);
  for (const [key, value] of Object.entries(changes)) {
    url.searchParams.delete(key);
    for (const each of Array.isArray(value) ? value : [value]) if (each !== null && each !== "" && each !== undefined) url.searchParams.append(key, each);
  }
  if (url.href === location.href) return;
  try { history.replaceState(null, "", url); } catch { /* a file that is opened from disk keeps its address */ }
}

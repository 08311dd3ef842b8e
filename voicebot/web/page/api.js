// The server, and its errors as objects with `status`, `detail` and `hint`.
import { t } from "./i18n.js";

export class Problem extends Error {
  constructor({ status = 0, detail, hint, kind }) {
    super(detail);
    Object.assign(this, { status, detail, hint, kind });
  }
}

let askForToken = async () => {};
export function onUnauthorised(ask) {
  askForToken = ask;
}

export async function request(path, { json, form, method, signal, headers = {} } = {}) {
  const options = { method: method ?? (json || form ? "POST" : "GET"), headers: { ...headers }, signal };
  if (json !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(json);
  } else if (form) {
    options.body = form;
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: t("offline"), hint: t("offline-hint") });
  }
  if (response.status === 401 && !headers.Authorization) {
    await askForToken();
    return request(path, { json, form, method, signal });
  }
  if (!response.ok) throw new Problem({ status: response.status, ...(await problemIn(response)) });
  return response;
}

async function problemIn(response) {
  try {
    return await response.json();
  } catch {
    return { detail: `${response.status} ${response.statusText}` };
  }
}

export async function get(path) {
  return (await request(path)).json();
}

export async function post(path, json, options = {}) {
  const response = await request(path, { json: json ?? {}, ...options });
  return response.status === 204 ? null : response.json();
}

const TRIES = 5;

// Server-sent events over fetch: works for POST and with the same errors as everything else. A stream that breaks off is
// taken up again after the last event that came.
export async function* events(path, options = {}) {
  let last;
  for (let tries = 0; ; tries++) {
    try {
      for await (const one of streamed(path, last ? { ...options, headers: { "Last-Event-ID": last } } : options)) {
        if (one.id) [last, tries] = [one.id, 0];
        yield one;
      }
      return;
    } catch (problem) {
      if (!last || problem.status || problem.name === "AbortError" || tries >= TRIES) throw problem;
      await new Promise((next) => setTimeout(next, 400 * (tries + 1)));
    }
  }
}

async function* streamed(path, options) {
  const response = await request(path, options);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      waiting += value;
      let end;
      while ((end = waiting.indexOf("\n\n")) >= 0) {
        const parsed = parse(waiting.slice(0, end));
        waiting = waiting.slice(end + 2);
        if (parsed) yield parsed;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  const found = { name: "message", data: "", id: undefined };
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    const [key, value] = [line.slice(0, at), line.slice(at + 2)];
    if (key === "event") found.name = value;
    else if (key === "data") found.data += value;
    else if (key === "id") found.id = value;
  }
  return found.data ? { ...found, data: JSON.parse(found.data) } : null;
}

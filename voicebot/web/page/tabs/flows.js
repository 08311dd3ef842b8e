// Flows: a drawing in which the blocks light up while a scenario runs, what was said, and how long each stage took.
import { button, field, fill, h, icon, problemBox } from "../dom.js";
import { t } from "../i18n.js";
import { events, get, post, request } from "../api.js";
import { Track, receive, context } from "../audio.js";
import { player } from "../player.js";
import { draw } from "../graph.js";
import { complain } from "../notices.js";
import { turnItem } from "../transcript.js";

const PACE = { block: 130, spoken: 420 };

export function build() {
  const flowChoice = h("select", { onchange: () => load(flowChoice.value) });
  const scenarioChoice = h("select", {});
  const go = button("run", { kind: "primary", image: "play", onclick: () => run() });
  const withErrors = h("input", { type: "checkbox", onchange: () => show() });
  const canvas = h("div", { class: "flow-box scroll", tabindex: "0", role: "region", "t-aria-label": "flow-drawing" });
  const covered = h("div", { class: "covered", "aria-live": "polite" });
  const talk = h("ol", { class: "talk" });
  const after = h("div", { class: "stack" });
  const empty = h("div", { class: "empty" }, icon("flows"), h("p", { t: "flows-empty" }));
  let flow = null;
  let drawing = null;
  let seen = new Map();
  let running = 0;

  async function load(name) {
    try {
      flow = await get(`/api/v1/flows/${encodeURIComponent(name)}`);
      seen = new Map();
      show();
    } catch (problem) { fill(canvas, problemBox(problem)); }
  }

  function show() {
    if (!flow) return;
    const merged = new Map();
    for (const block of flow.blocks) {
      for (const way of block.ways) {
        const key = `${block.id}>${way.to}`;
        const known = merged.get(key) ?? { from: block.id, to: way.to, label: "", isError: true };
        known.isError &&= way.is_error;
        if (!way.is_error && way.label !== "NextAction") known.label = known.label ? `${known.label}, ${short(way.label)}` : short(way.label);
        merged.set(key, known);
      }
    }
    const edges = [...merged.values()].map((edge) => ({ ...edge, isHidden: edge.isError && !withErrors.checked && !seen.has(`${edge.from}>${edge.to}`) }));
    drawing = draw(flow.blocks.map((block) => ({ id: block.id, words: block.words, kind: t(`block-${block.type}`) === `block-${block.type}` ? block.type : t(`block-${block.type}`) })), edges, flow.start);
    drawing.element.setAttribute("aria-label", t("flow-of", { name: flow.title }));
    fill(canvas, drawing.element);
    fit();
    const first = drawing.nodes.get(flow.start).getBoundingClientRect();
    const frame = canvas.getBoundingClientRect();
    canvas.scrollLeft += first.left + first.width / 2 - frame.left - frame.width / 2;
    for (const [key] of seen) mark(key, false);
    tellCoverage();
  }

  // As wide as its frame, but never too small to read.
  function fit() {
    const [width, height] = drawing.element.getAttribute("viewBox").split(" ").slice(2).map(Number);
    const scale = Math.min(1.1, Math.max(0.62, (canvas.clientWidth - 30) / width || 1));
    drawing.element.setAttribute("width", width * scale);
    drawing.element.setAttribute("height", height * scale);
  }
  new ResizeObserver(() => drawing && fit()).observe(canvas);

  const short = (label) => label.replace(/^Equals /, "");

  function mark(key, isNow) {
    const node = drawing.nodes.get(key);
    node?.classList.add("seen");
    drawing.edges.get(key)?.classList.add("taken");
    if (!node) return;
    node.querySelector(".block-count").textContent = seen.get(key) > 1 ? `×${seen.get(key)}` : "";
    if (!isNow) return;
    canvas.querySelector(".block.now")?.classList.remove("now");
    node.classList.add("now");
    const box = node.getBoundingClientRect();
    const frame = canvas.getBoundingClientRect();
    if (box.top < frame.top + 40 || box.bottom > frame.bottom - 40) canvas.scrollTop += box.top - frame.top - frame.height / 2;
    if (box.left < frame.left || box.right > frame.right) canvas.scrollLeft += box.left - frame.left - frame.width / 2 + box.width / 2;
  }

  function tellCoverage() {
    const blocks = flow.blocks.filter((block) => seen.has(block.id)).length;
    const part = Math.round((blocks / flow.blocks.length) * 100);
    const meter = h("i", {});
    meter.style.setProperty("--part", `${part}%`);
    fill(covered, h("div", { class: "row between" }, h("span", { t: ["flow-covered", { n: blocks, all: flow.blocks.length }] }), h("b", { class: "figure" }, `${part}%`)), h("div", { class: "meter" }, meter));
  }

  async function run() {
    const mine = ++running;
    seen = new Map();
    go.disabled = true;
    empty.remove();
    fill(talk);
    fill(after);
    show();
    context();
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    try {
      const started = await post(`/api/v1/flows/${encodeURIComponent(flow.name)}/runs`, { scenario: scenarioChoice.value });
      let before = null;
      for await (const { name, data } of events(started.events)) {
        if (mine !== running) return;
        if (name === "block") {
          if (before) seen.set(`${before}>${data.identifier}`, 1);
          seen.set(data.identifier, (seen.get(data.identifier) ?? 0) + 1);
          if (before) mark(`${before}>${data.identifier}`, false);
          mark(data.identifier, true);
          before = data.identifier;
          tellCoverage();
        } else if (name === "spoken" && data.text) {
          talk.append(turnItem(data));
          talk.parentElement.scrollTop = talk.parentElement.scrollHeight;
        } else if (name === "done") {
          await finish(started.id, data);
        } else if (name === "problem") {
          after.append(problemBox(data));
        }
        if (!isCalm && PACE[name]) await new Promise((next) => setTimeout(next, PACE[name]));
      }
      canvas.querySelector(".block.now")?.classList.remove("now");
    } catch (problem) { complain(problem); } finally { if (mine === running) go.disabled = false; }
  }

  async function finish(id, data) {
    fill(talk, data.transcript.filter((one) => one.text).map(turnItem));
    const track = new Track();
    const end = data.queue ? t("end-queue", { queue: data.queue }) : t(`end-${data.disconnect_reason}`);
    fill(after,
      h("section", { class: "card" }, h("div", { class: "row between" }, h("h2", { t: "recording" }), h("span", { class: "badge" }, `${data.duration_s.toFixed(1)} s · ${end}`)), player(track, { isTall: true }), h("p", { class: "lanes" }, h("span", { class: "caller", t: "caller" }), h("span", { t: "bot" }))),
      stages(data.transcript),
      data.checks?.length ? checks(data.checks) : null);
    await receive(await request(`/api/v1/runs/${id}/files/${data.recording}`), track);
  }

  Promise.all([get("/api/v1/flows"), get("/api/v1/scenarios")]).then(([flows, scenarios]) => {
    fill(flowChoice, flows.map((one) => h("option", { value: one.name }, one.title)));
    fill(scenarioChoice, scenarios.map((one) => h("option", { value: one.name }, one.title)));
    go.disabled = !scenarios.length;
    return load(flows[0].name);
  }).catch(complain);

  return {
    element: h("div", {},
      h("div", { class: "head" }, h("div", {}, h("h1", { t: "flows-title" }), h("p", { t: "flows-lead" }))),
      h("div", { class: "card flow-bar" }, field("flow", flowChoice), field("scenario", scenarioChoice), h("label", { class: "check" }, withErrors, h("span", { t: "with-errors" })), go),
      h("div", { class: "columns flows" },
        h("section", { class: "card flow-card" }, covered, canvas),
        h("div", { class: "stack" }, h("section", { class: "card" }, h("h2", { t: "transcript" }), h("div", { class: "talk-scroll scroll", tabindex: "0", role: "region", "t-aria-label": "transcript" }, empty, talk)), after))),
  };
}

function stages(transcript) {
  const rows = transcript.filter((one) => one.who === "caller" && Object.keys(one.stages_ms).length);
  if (!rows.length) return null;
  const names = [...new Set(rows.flatMap((one) => Object.keys(one.stages_ms)))];
  const total = (one) => Object.values(one.stages_ms).reduce((sum, ms) => sum + ms, 0);
  const most = Math.max(...rows.map(total), 1);
  const word = (name) => (t(`stage-${name}`) === `stage-${name}` ? h("th", { class: "n" }, name) : h("th", { class: "n", t: `stage-${name}` }));
  return h("section", { class: "card" }, h("h2", { t: "stages" }), h("div", { class: "scroll", tabindex: "0", role: "region", "t-aria-label": "stages" }, h("table", { class: "table" },
    h("thead", {}, h("tr", {}, h("th", { t: "turn" }), names.map(word), h("th", { class: "n", t: "total-ms" }))),
    h("tbody", {}, rows.map((one) => {
      const bar = h("i", {});
      bar.style.setProperty("--part", `${Math.max(1, (total(one) / most) * 100)}%`);
      return h("tr", {}, h("td", { class: "wide-cell" }, one.text, h("div", { class: "meter thin" }, bar)), names.map((name) => h("td", { class: "n" }, one.stages_ms[name]?.toFixed(1) ?? "")), h("td", { class: "n" }, h("b", {}, total(one).toFixed(1))));
    })))));
}

function checks(list) {
  const met = list.filter((one) => one.is_met).length;
  return h("section", { class: "card" }, h("div", { class: "row between" }, h("h2", { t: "checks" }), h("span", { class: met === list.length ? "badge good" : "badge bad" }, `${met} / ${list.length}`)),
    h("ul", { class: "checks" }, list.map((one) => h("li", { class: one.is_met ? "met" : "unmet" }, icon(one.is_met ? "check" : "cross"), h("span", {}, `${one.turn}. ${one.what}: ${one.expected}${one.is_met ? "" : ` ≠ ${one.actual}`}`)))));
}

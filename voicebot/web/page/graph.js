// Draws a flow from top to bottom: ranks along the longest way, few crossings, smooth edges.
// After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981).
import { svg } from "./dom.js";

const NODE = { width: 176, height: 54 };
const GAP = { x: 26, y: 44 };
const SWEEPS = 12;

// `nodes`: [{id, title, kind}], `edges`: [{from, to, label, isError}]. Returns {element, nodes: id -> <g>, edges: "from>to" -> <path>}.
export function draw(nodes, edges, start) {
  const ranks = rankOf(nodes, edges, start);
  const { layers, chains } = layersOf(nodes, edges, ranks);
  order(layers);
  place(layers);
  const places = new Map(layers.flat().map((item) => [item.id, item]));
  const width = Math.max(...layers.flat().map((item) => item.x + item.width / 2)) + GAP.x;
  const height = layers.length * (NODE.height + GAP.y);
  const drawnEdges = new Map();
  const drawnNodes = new Map();
  const marker = svg("marker", { id: "tip", viewBox: "0 0 8 8", refX: "7", refY: "4", markerUnits: "userSpaceOnUse", markerWidth: "9", markerHeight: "9", orient: "auto-start-reverse" }, svg("path", { d: "M0 0 8 4 0 8z", fill: "context-stroke" }));
  const lines = svg("g", {});
  const boxes = svg("g", {});
  for (const { edge, points } of chains.map((chain) => ({ edge: chain.edge, points: chain.ids.map((id) => places.get(id)) }))) {
    const path = svg("path", { class: edge.isError ? "way error" : "way", d: curve(points, edge), "marker-end": "url(#tip)" });
    lines.append(path);
    if (edge.label) lines.append(label(points, edge, places));
    drawnEdges.set(`${edge.from}>${edge.to}`, path);
  }
  for (const node of nodes) {
    const { x, y } = places.get(node.id);
    const group = svg("g", { class: "block", "data-block": node.id, transform: `translate(${x - NODE.width / 2} ${y - NODE.height / 2})` },
      svg("title", {}, node.words ? `${node.id}: ${node.words}` : node.id),
      svg("rect", { width: NODE.width, height: NODE.height, rx: 10 }),
      svg("text", { x: NODE.width / 2, y: 23, class: "block-id" }, clip(node.id, 20)),
      svg("text", { x: NODE.width / 2, y: 42, class: "block-kind" }, clip(node.kind, 24)),
      svg("text", { x: NODE.width - 8, y: 15, class: "block-count" }));
    boxes.append(group);
    drawnNodes.set(node.id, group);
  }
  const element = svg("svg", { class: "flow", viewBox: `0 0 ${width} ${height}`, width, height, role: "img" }, svg("defs", {}, marker), lines, boxes);
  return { element, nodes: drawnNodes, edges: drawnEdges };
}

const clip = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

// The longest way from the start, with edges that lead back turned round.
function rankOf(nodes, edges, start) {
  const out = new Map(nodes.map((node) => [node.id, []]));
  for (const edge of edges) out.get(edge.from)?.push(edge);
  const state = new Map();
  const sorted = [];
  const visit = (id) => {
    state.set(id, "open");
    for (const edge of [...(out.get(id) ?? [])].sort((a, b) => Number(a.isError ?? 0) - Number(b.isError ?? 0))) {
      if (!out.has(edge.to)) continue;
      edge.isBack = state.get(edge.to) === "open";
      if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(id, "done");
    sorted.unshift(id);
  };
  visit(start);
  for (const node of nodes) if (!state.has(node.id)) visit(node.id);
  const rank = new Map(nodes.map((node) => [node.id, 0]));
  for (const id of sorted) {
    for (const edge of out.get(id)) if (!edge.isBack && out.has(edge.to)) rank.set(edge.to, Math.max(rank.get(edge.to), rank.get(id) + 1));
  }
  return rank;
}

// Every edge becomes a chain of neighbours, so that long ones get a place of their own in each rank.
function layersOf(nodes, edges, ranks) {
  const layers = Array.from({ length: Math.max(...ranks.values()) + 1 }, () => []);
  const items = new Map();
  const add = (item) => { items.set(item.id, item); layers[item.rank].push(item); };
  for (const node of nodes) add({ id: node.id, rank: ranks.get(node.id), width: NODE.width, up: [], down: [] });
  const chains = [];
  edges.forEach((edge, n) => {
    if (edge.isHidden || edge.from === edge.to || !items.has(edge.to)) return;
    const [top, bottom] = ranks.get(edge.from) < ranks.get(edge.to) ? [edge.from, edge.to] : [edge.to, edge.from];
    const ids = [top];
    for (let rank = ranks.get(top) + 1; rank < ranks.get(bottom); rank++) {
      const id = `\u0000${n}/${rank}`;
      add({ id, rank, width: 18, up: [], down: [] });
      ids.push(id);
    }
    ids.push(bottom);
    for (let i = 1; i < ids.length; i++) {
      items.get(ids[i]).up.push(items.get(ids[i - 1]));
      items.get(ids[i - 1]).down.push(items.get(ids[i]));
    }
    chains.push({ edge, ids: edge.from === top ? ids : ids.reverse() });
  });
  return { layers, chains };
}

function order(layers) {
  layers.forEach((layer) => layer.forEach((item, n) => { item.at = n; }));
  const mean = (others, item) => (others.length ? others.reduce((sum, other) => sum + other.at / (other.layerSize || 1), 0) / others.length : item.at / (item.layerSize || 1));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      layer.forEach((item) => { item.layerSize = layer.length; item.wish = mean(isDown ? item.up : item.down, item); });
      layer.sort((a, b) => a.wish - b.wish);
      layer.forEach((item, n) => { item.at = n + 0.5; });
    }
  }
}

function place(layers) {
  layers.forEach((layer, rank) => {
    let x = 0;
    for (const item of layer) { item.x = x + item.width / 2; item.y = rank * (NODE.height + GAP.y) + NODE.height / 2 + 8; x += item.width + GAP.x; }
  });
  for (let sweep = 0; sweep < 40; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      for (const item of layer) {
        const near = sweep < 30 ? (isDown ? item.up : item.down) : [...item.up, ...item.down];
        item.wish = near.length ? near.reduce((sum, other) => sum + other.x, 0) / near.length : item.x;
      }
      spread(layer);
    }
  }
  const left = Math.min(...layers.flat().map((item) => item.x - item.width / 2));
  for (const item of layers.flat()) item.x += GAP.x - left;
}

// Moves items towards their wishes without letting them overlap: what is pushed from both sides meets in the middle.
function spread(layer) {
  const groups = [];
  for (const item of layer) {
    let group = { items: [item], width: item.width, wish: item.wish };
    for (;;) {
      const before = groups.at(-1);
      if (!before || before.wish + before.width / 2 + GAP.x <= group.wish - group.width / 2) break;
      groups.pop();
      const items = [...before.items, ...group.items];
      const width = before.width + GAP.x + group.width;
      let x = 0;
      let sum = 0;
      for (const one of items) { sum += one.wish - (x + one.width / 2 - width / 2); x += one.width + GAP.x; }
      group = { items, width, wish: sum / items.length };
    }
    groups.push(group);
  }
  for (const group of groups) {
    let x = group.wish - group.width / 2;
    for (const item of group.items) { item.x = x + item.width / 2; x += item.width + GAP.x; }
  }
}

function ends(points) {
  const isDown = points.at(-1).y > points[0].y;
  const half = NODE.height / 2;
  return points.map((point, n) => {
    if (n === 0) return { x: point.x, y: point.y + (isDown ? half : -half) };
    if (n === points.length - 1) return { x: point.x, y: point.y + (isDown ? -half - 3 : half + 3) };
    return { x: point.x, y: point.y };
  });
}

function curve(points, edge) {
  const way = ends(points);
  if (edge.isBack && way.length === 2) way.forEach((point) => { point.x += NODE.width / 2 - 22; });
  let path = `M${way[0].x} ${way[0].y}`;
  for (let n = 1; n < way.length; n++) {
    const middle = (way[n - 1].y + way[n].y) / 2;
    path += `C${way[n - 1].x} ${middle} ${way[n].x} ${middle} ${way[n].x} ${way[n].y}`;
  }
  return path;
}

function label(points, edge) {
  const way = ends(points);
  const x = way[0].x * 0.35 + way[1].x * 0.65;
  const y = way[0].y * 0.45 + way[1].y * 0.55;
  return svg("text", { x, y: y + 4, class: "way-label" }, clip(edge.label, 18));
}

// Hit rate and false-hit rate over the threshold.
import { h, svg } from "./dom.js";
import { t } from "./i18n.js";

const SIZE = { width: 320, height: 190, left: 34, right: 14, top: 10, bottom: 26 };

export function curve(points, threshold, name) {
  const sorted = [...points].sort((a, b) => a.threshold - b.threshold);
  const x = (value) => SIZE.left + value * (SIZE.width - SIZE.left - SIZE.right);
  const y = (value) => SIZE.height - SIZE.bottom - value * (SIZE.height - SIZE.top - SIZE.bottom);
  const line = (read, kind) => svg("polyline", { class: `curve ${kind}`, points: sorted.filter((point) => read(point) !== null).map((point) => `${x(Math.min(1, Math.max(0, point.threshold))).toFixed(1)},${y(read(point)).toFixed(1)}`).join(" ") });
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    svg("line", { class: "grid", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(value), y2: y(value) }),
    svg("text", { class: "axis", x: SIZE.left - 5, y: y(value) + 3.5, "text-anchor": "end" }, `${value * 100}`),
    svg("text", { class: "axis", x: x(value), y: SIZE.height - 9, "text-anchor": "middle" }, value.toFixed(2)),
  ]);
  const now = svg("line", { class: "now", x1: x(threshold), x2: x(threshold), y1: SIZE.top, y2: SIZE.height - SIZE.bottom });
  return h("figure", { class: "chart" },
    svg("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img", "aria-label": name }, ...grid, now, line((point) => point.hit_rate, "hits"), line((point) => point.false_hit_rate, "false")),
    h("figcaption", { class: "lanes" }, h("span", { t: "hit-rate" }), h("span", { class: "false", t: "false-hit-rate" }), h("span", { class: "hint" }, `${t("threshold")} ${threshold.toFixed(2)}`)));
}

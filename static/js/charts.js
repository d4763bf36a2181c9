/*
 * Charts take every colour from the tokens, draw as SVG, speak through aria, and have a table twin in the page.
 * <div class="kp-chart" data-chart="columns" data-from="id of a JSON script"></div>, after echarts.common.min.js.
 * Every word comes from the JSON, already in the reader's language.
 */

/* One pattern a series, in fixed order, so that print and grey screens tell them apart. */
const DECALS = [
  { symbol: "none" },
  { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 },
  { symbol: "circle", symbolSize: 0.6, dashArrayX: [[0, 5], [2.5, 5]], dashArrayY: [5, 0] },
  { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: 0 },
  { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 },
];

const SMALLEST = 13;
const SMALLEST_LARGE = 18;
const CROWDED = 8;

let drawn = [];

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const textSize = () => (document.documentElement.dataset.text === "large" ? SMALLEST_LARGE : SMALLEST);

function frame(labels) {
  const quiet = token("--kp-ink-3");
  const fontSize = textSize();
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize, color: token("--kp-ink-2") },
    grid: { left: 8, right: 12, top: 18, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", confine: true, transitionDuration: 0,
      renderMode: "richText", // the HTML tooltip writes style attributes, which the policy forbids
      backgroundColor: token("--kp-surface"), borderColor: token("--kp-line-strong"), borderWidth: 1, padding: [8, 12],
      textStyle: { color: token("--kp-ink"), fontSize }, axisPointer: { type: "line", lineStyle: { color: quiet } },
    },
    xAxis: {
      type: "category", data: labels,
      axisLine: { lineStyle: { color: token("--kp-chart-axis") } }, axisTick: { show: false },
      axisLabel: { color: quiet, fontSize, interval: labels.length > CROWDED ? 1 : 0 },
    },
    yAxis: {
      type: "value", splitNumber: 3,
      splitLine: { lineStyle: { color: token("--kp-chart-grid") } }, axisLabel: { color: quiet, fontSize },
    },
  };
}

const CHARTS = {
  /* {labels, text, now: {name, values}, before: {name, values}, running}: columns for now, hollow marks for
     the same period last year; the period that still runs is dashed. */
  columns(data) {
    const option = frame(data.labels);
    const blue = token("--kp-chart-1");
    const last = data.now.values.length - 1;
    const open = { color: token("--kp-lake-tint"), borderColor: blue, borderWidth: 1.5, borderType: "dashed" };
    option.aria = { enabled: true, label: { description: data.text } };
    option.series = [
      {
        name: data.now.name, type: "bar", barWidth: "46%", itemStyle: { color: blue, borderRadius: [2, 2, 0, 0] },
        data: data.now.values.map((value, at) => (data.running && at === last ? { value, itemStyle: open } : value)),
      },
    ];
    if (data.before) {
      option.series.push({
        name: data.before.name, type: "line", data: data.before.values, symbol: "circle", symbolSize: 6,
        lineStyle: { color: token("--kp-chart-2"), width: 1.5 },
        itemStyle: { color: token("--kp-surface"), borderColor: token("--kp-chart-2"), borderWidth: 1.5 },
      });
    }
    return option;
  },

  /* {labels, text, name, values, from, goal: {label, value}}: a rate as one line, the goal dashed, only the
     last two values labelled. A period without a rate is null and leaves a gap. */
  rate(data) {
    const option = frame(data.labels);
    const blue = token("--kp-chart-1");
    const last = data.values.length - 1;
    const label = { formatter: "{c}", color: token("--kp-ink"), fontSize: textSize(), fontWeight: 600 };
    option.grid.top = 26;
    option.yAxis.min = data.from;
    option.yAxis.max = 100;
    option.aria = { enabled: true, label: { description: data.text } };
    option.series = [{
      name: data.name, type: "line", symbol: "circle", lineStyle: { color: blue, width: 2 }, itemStyle: { color: blue },
      data: data.values.map((value, at) => ({
        value, symbolSize: at === last ? 9 : 6,
        label: { ...label, show: at >= last - 1, position: at === last ? "bottom" : "top" },
      })),
    }];
    if (data.goal) {
      option.series[0].markLine = {
        silent: true, symbol: "none", lineStyle: { color: token("--kp-chart-axis"), type: "dashed", width: 1 },
        label: { formatter: data.goal.label, position: "insideStartTop", color: token("--kp-ink-3"), fontSize: textSize() },
        data: [{ yAxis: data.goal.value }],
      };
    }
    return option;
  },

  /* {labels, text, series: [{name, values}]}: shares over time, at most five series, each with its pattern,
     named at the right end instead of in a legend. */
  stacked(data) {
    const option = frame(data.labels);
    const end = data.labels.length - 1;
    const decals = DECALS.map((decal) => ({ ...decal, color: token("--kp-surface") }));
    const label = { show: true, position: "right", formatter: "{a} {c}", color: token("--kp-ink"), fontSize: textSize() };
    option.grid.right = 92;
    option.yAxis.max = "dataMax";
    option.aria = { enabled: true, label: { description: data.text }, decal: { show: true, decals } };
    option.series = data.series.map((one, at) => ({
      name: one.name, type: "bar", stack: "all", barWidth: "58%", labelLayout: { moveOverlap: "shiftY" },
      data: one.values.map((value, column) => (column < end ? value : { value, label })),
      itemStyle: { color: token(`--kp-chart-${at + 1}`), borderColor: token("--kp-surface"), borderWidth: 1 },
    }));
    return option;
  },
};

function draw() {
  drawn.forEach((chart) => chart.dispose());
  drawn = Array.from(document.querySelectorAll("[data-chart]"), (node) => {
    const chart = window.echarts.init(node, null, { renderer: "svg" });
    chart.setOption(CHARTS[node.dataset.chart](JSON.parse(document.getElementById(node.dataset.from).textContent)));
    return chart;
  });
}

draw();
window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme", "data-text"] });

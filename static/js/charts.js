/*
 * Charts take every colour from the tokens, draw as SVG, speak through aria, and have a table twin in the page.
 * <div class="kp-chart" data-chart="volume" data-from="id of a JSON script"></div>; words come with the numbers.
 * Also the print button: <button data-print>.
 */

const LABELS_ALL = 8;
const RATE_FLOOR = 85;
let drawn = [];

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function frame(labels) {
  const quiet = token("--kp-ink-3");
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13, color: token("--kp-ink-2") },
    grid: { left: 8, right: 12, top: 18, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", confine: true, transitionDuration: 0,
      renderMode: "richText", // the HTML tooltip writes style attributes, which the policy forbids
      backgroundColor: token("--kp-surface"), borderColor: token("--kp-line-strong"), borderWidth: 1, padding: [8, 12],
      textStyle: { color: token("--kp-ink"), fontSize: 13 }, axisPointer: { type: "line", lineStyle: { color: quiet } },
    },
    xAxis: {
      type: "category", data: labels,
      axisLine: { lineStyle: { color: token("--kp-chart-axis") } }, axisTick: { show: false },
      axisLabel: { color: quiet, fontSize: 13, interval: labels.length > LABELS_ALL ? 1 : 0 },
    },
    yAxis: {
      type: "value", splitNumber: 3, minInterval: 1,
      splitLine: { lineStyle: { color: token("--kp-chart-grid") } }, axisLabel: { color: quiet, fontSize: 13 },
    },
  };
}

/* A rate may start at 85; it starts lower, at a multiple of five, where a month lies lower. */
function floorOf(rates) {
  const lowest = Math.min(RATE_FLOOR, ...rates.filter((rate) => rate !== null));
  return Math.floor(lowest / 5) * 5;
}

const CHARTS = {
  /* Columns, hollow marks for the same month a year before; the running month is dashed. */
  volume(data) {
    const option = frame(data.months);
    const blue = token("--kp-chart-1");
    const last = data.volume.length - 1;
    const running = { color: token("--kp-lake-tint"), borderColor: blue, borderWidth: 1.5, borderType: "dashed" };
    option.aria = { enabled: true, label: { description: data.volumeText } };
    option.series = [
      {
        name: data.volumeName, type: "bar", barWidth: "46%", itemStyle: { color: blue, borderRadius: [2, 2, 0, 0] },
        data: data.volume.map((value, at) => (at < last ? value : { value, itemStyle: running })),
      },
      {
        name: data.yearBeforeName, type: "line", data: data.yearBefore, symbol: "circle", symbolSize: 6,
        lineStyle: { color: token("--kp-chart-2"), width: 1.5 },
        itemStyle: { color: token("--kp-surface"), borderColor: token("--kp-chart-2"), borderWidth: 1.5 },
      },
    ];
    return option;
  },
  /* A rate: one line, gaps where there are too few, only the last two values labelled. */
  closing(data) {
    const option = frame(data.months);
    const blue = token("--kp-chart-1");
    const last = data.closing.length - 1;
    option.grid.top = 26;
    option.yAxis.min = floorOf(data.closing);
    option.yAxis.max = 100;
    option.aria = { enabled: true, label: { description: data.closingText } };
    option.series = [{
      name: data.closingName, type: "line", symbol: "circle", lineStyle: { color: blue, width: 2 }, itemStyle: { color: blue },
      data: data.closing.map((value, at) => ({
        value, symbolSize: at === last ? 9 : 6,
        label: {
          show: at >= last - 1, position: at === last && value < data.closing[last - 1] ? "bottom" : "top",
          formatter: "{c}", color: token("--kp-ink"), fontSize: 13, fontWeight: 600,
        },
      })),
    }];
    return option;
  },
};

function draw() {
  if (!window.echarts) return;
  drawn.forEach((chart) => chart.dispose());
  drawn = Array.from(document.querySelectorAll("[data-chart]"), (node) => {
    const chart = window.echarts.init(node, null, { renderer: "svg" });
    chart.setOption(CHARTS[node.dataset.chart](JSON.parse(document.getElementById(node.dataset.from).textContent)));
    return chart;
  });
}

const refit = () => drawn.forEach((chart) => chart.resize());

draw();
window.addEventListener("resize", refit);
window.addEventListener("beforeprint", refit);
window.addEventListener("afterprint", refit);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme", "data-text"] });
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));

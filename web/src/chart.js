// The charts: a bundle of its own, fetched by app.js only where a page has one (LOOK.md, section 5). A drawing is made of the
// attribute data-chart; the table below it has the same figures with the links that it opens.
import { init, use } from 'echarts/core';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

const ink = '#1D2320', axis = '#4A514D', edge = '#8C8778', tint = '#E3EDEC', sheet = '#FFFEFC', rule = '#CFC8B9';
const bars = ['#14545C', '#C4872B', '#6B8FB8', '#7C4A3A'], lastYear = '#C4872B';

// option is what ECharts is told.
function option(chart, font) {
  const last = chart.labels.length - 1;
  let bar = 0;
  const series = chart.series.map((s) => {
    if (s.line) {
      return { type: 'line', name: s.name, data: s.values, symbol: 'none', lineStyle: { color: lastYear, width: 2 }, itemStyle: { color: lastYear }, z: 3, silent: true, emphasis: { disabled: true } };
    }
    const color = bars[bar++ % bars.length];
    let peak = -1;
    s.values.forEach((v, i) => { if (v !== null && v > 0 && (peak < 0 || v > s.values[peak])) peak = i; });
    return {
      type: 'bar', name: s.name, barMaxWidth: 32, barCategoryGap: '38%', emphasis: { disabled: true }, cursor: 'pointer',
      data: s.values.map((v, i) => ({
        value: v,
        itemStyle: chart.open && i === last && v ? { color: tint, borderColor: color, borderType: [4, 3], borderWidth: 1 } : { color },
        label: { show: v !== null && (i === peak || i === last), position: 'top', formatter: s.texts[i], color: ink, fontSize: 14, fontFamily: font, distance: 4 },
      })),
    };
  });
  // The last label stands in the middle of its bar: a long one needs room beside it.
  const long = Math.max(...chart.series.map((s) => (s.line ? 0 : (s.texts[last] || '').length)));
  return {
    animation: false,
    textStyle: { fontFamily: font, color: ink },
    grid: { left: 2, right: Math.max(2, (long - 3) * 4), top: 26, bottom: 4, containLabel: true },
    xAxis: { type: 'category', data: chart.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: edge } }, axisLabel: { color: axis, fontSize: 13, fontFamily: font, hideOverlap: true, showMaxLabel: true, margin: 8 } },
    yAxis: { type: 'value', min: 0, show: false },
    // Drawn, not written into the page: the policy forbids styles in text.
    tooltip: {
      trigger: 'axis', renderMode: 'richText', confine: true, backgroundColor: sheet, borderColor: rule, borderWidth: 1, padding: [6, 10], transitionDuration: 0,
      axisPointer: { type: 'shadow', shadowStyle: { color: 'rgba(20,84,92,.07)' }, animation: false },
      textStyle: { color: ink, fontSize: 14, fontFamily: font, lineHeight: 20 },
      formatter: (points) => points.filter((p) => chart.series[p.seriesIndex].values[p.dataIndex] !== null).map((p) => chart.series[p.seriesIndex].name + '  ' + chart.series[p.seriesIndex].texts[p.dataIndex]).join('\n'),
    },
    series,
  };
}

function draw(box) {
  const spec = JSON.parse(box.dataset.chart), table = box.parentNode.querySelector('[data-chart-table]');
  box.removeAttribute('data-chart');
  const chart = init(box, null, { renderer: 'svg' });
  chart.setOption(option(spec, getComputedStyle(document.body).fontFamily));
  // A bar opens the trace of its figure as its link in the table does: the same drawer, the same way back.
  chart.on('click', (e) => {
    const series = spec.series[e.seriesIndex], href = series && series.hrefs[e.dataIndex];
    if (!href) return;
    const link = table && Array.from(table.querySelectorAll('a[data-trace]')).find((a) => a.getAttribute('href') === href);
    if (link) link.click(); else location.href = href;
  });
  if (window.ResizeObserver) new ResizeObserver(() => chart.resize()).observe(box);
  if (table) table.open = false;
}

function drawAll() {
  document.querySelectorAll('[data-chart]').forEach(draw);
}
document.addEventListener('shilu:charts', drawAll);
drawAll();

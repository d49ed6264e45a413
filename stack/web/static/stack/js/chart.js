// Draws each [data-chart] from the table that it holds; colours are read from the tokens, again when they change.
function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../../vendor/chart.min.js", import.meta.url);
    script.onload = () => resolve(window.Chart);
    script.onerror = reject;
    document.head.append(script);
  });
}

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function readTable(figure) {
  const heads = [...figure.querySelectorAll("thead th")].slice(1);
  const rows = [...figure.querySelectorAll("tbody tr")];
  return {
    labels: rows.map((row) => row.cells[0].textContent),
    series: heads.map((head, index) => ({
      label: head.textContent,
      tone: head.dataset.tone ?? `series-${(index % 5) + 1}`,
      data: rows.map((row) => Number(row.cells[index + 1].dataset.value)),
    })),
  };
}

function draw(Chart, figure) {
  const { labels, series } = readTable(figure);
  const axis = { grid: { color: token("border") }, ticks: { color: token("muted"), precision: 0 }, border: { display: false } };
  const line = figure.dataset.chart === "line";
  const across = figure.dataset.chart === "across";
  const labelled = { ...axis, grid: { display: false }, ticks: { ...axis.ticks, autoSkip: !across } };
  return new Chart(figure.querySelector("canvas"), {
    type: line ? "line" : "bar",
    data: {
      labels,
      datasets: series.map(({ label, tone, data }) => ({
        label,
        data,
        backgroundColor: token(tone),
        borderColor: token(tone),
        borderWidth: line ? 2 : 0,
        borderRadius: 2,
        maxBarThickness: 28,
        pointRadius: 0,
        pointHitRadius: 12,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: across ? "y" : "x",
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: series.length > 1, align: "end", labels: { color: token("muted"), boxWidth: 10, boxHeight: 10 } } },
      scales: {
        x: { ...(across ? axis : labelled), stacked: !line, beginAtZero: true },
        y: { ...(across ? labelled : axis), stacked: !line, beginAtZero: true },
      },
    },
  });
}

const Chart = await loadLibrary();
let drawn = [];

function drawAll() {
  for (const chart of drawn) chart.destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  drawn = [...document.querySelectorAll("[data-chart]")].map((figure) => {
    figure.dataset.drawn = "";
    return draw(Chart, figure);
  });
}

drawAll();
document.addEventListener("stack:display", drawAll);
document.addEventListener("htmx:afterSettle", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

// Draws every figure from the data beside it, fits it to wide and narrow screens, and opens the tables for printing.
"use strict";

const narrow = matchMedia("(max-width: 640px)");
const figures = [...document.querySelectorAll(".drawing")].map((box) => ({
  box,
  ...JSON.parse(box.querySelector("script").textContent),
}));

// On a narrow screen the names of rows stand above their marks, which leaves the marks the whole width. The names of
// many labels would leave no room for the matrix; a tap shows them.
function fitted(layout) {
  if (narrow.matches && layout.meta?.many_labels) {
    const unnamed = { showticklabels: false, title: {} };
    return {
      ...layout,
      height: 360,
      margin: { l: 4, r: 4, t: 8, b: 8 },
      xaxis: { ...layout.xaxis, ...unnamed },
      yaxis: { ...layout.yaxis, ...unnamed },
    };
  }
  // Names at the right of lines would leave the lines no room; a tap and the table below tell them.
  if (narrow.matches && layout.meta?.named_lines) {
    const inside = (layout.annotations ?? []).filter((note) => note.xref !== "paper");
    return { ...layout, height: 320, margin: { ...layout.margin, r: 8 }, annotations: inside };
  }
  if (!narrow.matches || !layout.meta?.named_rows) return layout;
  const { tickvals, ticktext } = layout.yaxis;
  const name = (y, row) => ({
    text: ticktext[row], x: 0, xref: "paper", xanchor: "left", align: "left", y, yanchor: "middle", yshift: 18, showarrow: false,
  });
  return {
    ...layout,
    height: 1.45 * layout.height,
    yaxis: { ...layout.yaxis, showticklabels: false },
    annotations: [...(layout.annotations ?? []), ...tickvals.map(name)],
  };
}

function draw() {
  for (const { box, data, layout } of figures) {
    const shown = fitted(layout);
    box.style.minHeight = `${shown.height}px`;
    Plotly.react(box, data, shown, { displayModeBar: false, responsive: true });
  }
}

// Plotly comes packed, or a page of nine tasks would be over 5 MB.
async function unpackPlotly() {
  const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
}

unpackPlotly().then(() => {
  narrow.addEventListener("change", draw);
  draw();
});

// Takes each figure's new width at once; Plotly's own resizing would come too late for the printer.
function refit() {
  for (const { box } of figures) Plotly.relayout(box, { autosize: true });
}

// Figures keep the width they were drawn at, so they are redrawn at the width of a sheet before it is laid out.
const tables = [...document.querySelectorAll("details")];
let opened = [];

addEventListener("beforeprint", () => {
  document.documentElement.classList.add("printing");
  opened = tables.filter((table) => !table.open);
  for (const table of opened) table.open = true;
  refit();
});

addEventListener("afterprint", () => {
  document.documentElement.classList.remove("printing");
  for (const table of opened) table.open = false;
  refit();
});

// Reading values off a chart, by pointer or with the arrow keys. Without it each point still says its value (SVG title).
"use strict";

{
  const reading = document.createElement("output");
  reading.className = "reading";
  reading.hidden = true;
  document.body.append(reading);

  const middle = (spot) => {
    const box = spot.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };

  const hide = (chart) => {
    reading.hidden = true;
    for (const spot of chart.querySelectorAll(".pointed")) spot.classList.remove("pointed");
  };

  const show = (chart, spot) => {
    hide(chart);
    spot.classList.add("pointed");
    reading.textContent = spot.dataset.said;
    reading.hidden = false;
    const [x, y] = middle(spot);
    const { width, height } = reading.getBoundingClientRect();
    const edge = document.documentElement.clientWidth - width - 6;
    reading.style.left = `${Math.max(6, Math.min(x - width / 2, edge))}px`;
    reading.style.top = `${y - height - 12 < 4 ? y + 14 : y - height - 12}px`;
  };

  const nearest = (spots, x, y) => {
    let best = null;
    let least = Infinity;
    for (const spot of spots) {
      const [left, top] = middle(spot);
      const far = Math.abs(left - x) * 4 + Math.abs(top - y); // the column counts more than the height
      if (far < least) [best, least] = [spot, far];
    }
    return best;
  };

  for (const place of document.querySelectorAll(".chart-place")) {
    const chart = place.querySelector(".abate-chart");
    const spots = chart ? [...chart.querySelectorAll(".hit")] : [];
    if (!spots.length) continue;
    for (const spot of spots) {
      const title = spot.querySelector("title");
      spot.dataset.said = title.textContent;
      title.remove(); // or the browser would say it a second time
    }
    let at = -1;
    place.addEventListener("pointermove", (event) => {
      const spot = nearest(spots, event.clientX, event.clientY);
      at = spots.indexOf(spot);
      show(chart, spot);
    });
    place.addEventListener("pointerleave", () => hide(chart));
    place.addEventListener("blur", () => hide(chart));
    place.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") hide(chart);
      if (!step) return;
      event.preventDefault();
      at = Math.min(Math.max(at + step, 0), spots.length - 1);
      show(chart, spots[at]);
    });
  }
}

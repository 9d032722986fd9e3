// A needle with its timecode over the axis, J and K from cue to cue, + and - to zoom. The page reads fully without it.
(() => {
  "use strict";
  const time = document.querySelector("figure.time");
  const scroll = time.querySelector(".scroll");
  const now = Object.assign(document.createElement("div"), { id: "now", className: "tc", hidden: true });
  const needle = Object.assign(document.createElement("div"), { id: "needle", hidden: true });
  time.append(needle, now);

  const label = (frame) => {
    const { start, nominal, drop } = time.dataset;
    const n = Number(nominal);
    let count = Number(start) + frame;
    if (drop === "yes") {
      const d = n / 15, perTen = 600 * n - 9 * d, perMinute = 60 * n - d;
      const tens = Math.floor(count / perTen), rest = count % perTen;
      count += 9 * d * tens + d * Math.max(0, Math.floor((rest - d) / perMinute));
    }
    count %= 24 * 3600 * n;
    const two = (value) => String(value).padStart(2, "0");
    const seconds = Math.floor(count / n);
    return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` +
      `${drop === "yes" ? ";" : ":"}${two(count % n)}`;
  };

  const point = (event) => {
    const row = event.target.closest("svg.axis");
    if (!row) { now.hidden = needle.hidden = true; return; }
    const box = row.getBoundingClientRect(), home = time.getBoundingClientRect();
    const { first, frames, left, right } = row.dataset;
    const x = (event.clientX - box.left) * row.viewBox.baseVal.width / box.width;
    const share = (x - left) / (right - left);
    now.hidden = needle.hidden = share < 0 || share >= 1;
    if (now.hidden) return;
    now.textContent = label(Number(first) + Math.floor(share * Number(frames)));
    now.style.left = needle.style.left = `${event.clientX - home.left}px`;
    now.style.top = needle.style.top = `${box.top - home.top}px`;
    needle.style.height = `${box.height}px`;
  };
  time.addEventListener("pointermove", point);
  time.addEventListener("pointerleave", () => { now.hidden = needle.hidden = true; });

  let zoom = 1;
  const scale = (factor) => {
    zoom = Math.min(8, Math.max(1, zoom * factor));
    for (const row of time.querySelectorAll("svg.axis")) row.style.width = `${zoom * 100}%`;
    now.hidden = needle.hidden = true;
  };
  const tools = Object.assign(document.createElement("div"), { className: "zoom" });
  for (const [text, factor, name] of [["−", 0.5, "Zoom out"], ["+", 2, "Zoom in"]]) {
    const button = Object.assign(document.createElement("button"), { textContent: text, type: "button", title: name });
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => scale(factor));
    tools.append(button);
  }
  time.append(tools);
  scroll.tabIndex = -1;

  const cards = [...document.querySelectorAll("article")];
  const step = (by) => {
    const at = cards.findIndex((card) => `#${card.id}` === location.hash);
    const next = cards[Math.min(cards.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : cards.length - 1) : at + by))];
    if (next) location.hash = next.id;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { j: () => step(1), k: () => step(-1), "+": () => scale(2), "=": () => scale(2), "-": () => scale(0.5) };
    const act = acts[event.key.toLowerCase()];
    if (act) { act(); event.preventDefault(); }
  });
})();

// Draws one chart. The spec holds light colours; each is looked up among the design tokens and replaced by the value it
// has on this page, again whenever the page turns light or dark. A new drawing is made beside the old one and then
// takes its place, so that nothing flickers.

const waiting = (globalThis.workbenchVega ??= deferred());

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

function pageColours(el, tokens) {
  const probe = el.appendChild(document.createElement("span"));
  const found = {};
  for (const [light, name] of Object.entries(tokens)) {
    probe.style.color = `var(--wb-${name})`;
    found[light] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

function recoloured(node, colours) {
  if (typeof node === "string") return colours[node] ?? node;
  if (Array.isArray(node)) return node.map((child) => recoloured(child, colours));
  if (node === null || typeof node !== "object") return node;
  const entries = Object.entries(node).map(([key, child]) => [
    key,
    key === "datasets" ? child : recoloured(child, colours),
  ]);
  return Object.fromEntries(entries);
}

// Expressions are walked through and not made into scripts, which a dashboard's content policy forbids. The walker takes
// a single number given to datetime() for a year; toDate() means what is meant.
const EMBEDDING = { actions: false, ast: true, patch: withoutBareDatetimes, renderer: "svg", tooltip: { theme: "wb" } };

function withoutBareDatetimes(node) {
  if (Array.isArray(node)) return node.map(withoutBareDatetimes);
  if (node === null || typeof node !== "object") return node;
  const entries = Object.entries(node).map(([key, child]) => {
    if (key === "signal" && typeof child === "string") return [key, child.replace(/\bdatetime\((-?\d+)\)/g, "toDate($1)")];
    return [key, key === "values" && node.name ? child : withoutBareDatetimes(child)]; // data sets stay as they are
  });
  return Object.fromEntries(entries);
}

function hasWidth(el) {
  if (el.clientWidth > 0) return Promise.resolve();
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      if (el.clientWidth === 0) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(el);
  });
}

function heading(el, title) {
  const words = { text: title?.text ?? "", subtitle: title?.subtitle ?? "" };
  el.querySelector("h2").textContent = words.text;
  el.querySelector("p").textContent = words.subtitle;
  el.querySelector("p").hidden = !words.subtitle;
}

function render({ model, el }) {
  el.classList.add("wb", "wb-chart");
  el.innerHTML = '<h2></h2><p></p><div class="wb-chart-drawing"></div>';
  let shown = null;
  let round = 0;

  function showEmpty(sentence) {
    const words = document.createElement("p");
    words.className = "wb-chart-drawing wb-empty";
    words.textContent = sentence;
    replaceWith(words, null);
  }

  function replaceWith(next, drawn) {
    shown?.finalize();
    for (const old of el.querySelectorAll(".wb-chart-drawing")) if (old !== next) old.remove();
    if (!next.isConnected) el.append(next);
    next.classList.remove("wb-chart-next");
    shown = drawn;
    el.vegaView = drawn?.view;
    el.dataset.round = String(round);
  }

  async function draw() {
    const mine = ++round;
    const embed = await waiting.promise;
    await hasWidth(el);
    if (mine !== round) return;
    const { title, ...rest } = structuredClone(model.get("spec"));
    heading(el, title);
    if (rest.usermeta?.empty) return showEmpty(rest.usermeta.empty);
    const next = document.createElement("div");
    next.className = "wb-chart-drawing wb-chart-next";
    el.append(next);
    const spec = recoloured(rest, pageColours(el, model.get("tokens")));
    const drawn = await embed(next, spec, EMBEDDING);
    if (mine !== round) {
      drawn.finalize();
      next.remove();
      return;
    }
    drawn.view.addEventListener("click", (_event, item) => {
      if (item?.datum?.key === undefined) return;
      model.set("picked", String(item.datum.key));
      model.save_changes();
    });
    replaceWith(next, drawn);
  }

  const redraw = () => draw().catch((error) => {
    console.error(error);
    el.querySelector("p").textContent = "This chart could not be drawn; run the cell again or reload the page.";
    el.querySelector("p").hidden = false;
  });
  model.on("change:spec", redraw);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", redraw);
  const theme = new MutationObserver(redraw);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  redraw();
  return () => {
    round += 1;
    scheme.removeEventListener("change", redraw);
    theme.disconnect();
    shown?.finalize();
  };
}

export default { render };

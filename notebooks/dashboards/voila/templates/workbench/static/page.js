// What a page does besides its widgets: it shows its shape while they come, and says in plain words when the kernel
// behind it is gone. It is a file because scripts inside a page do not run here (see workbench/serving/content_policy.py).

const SECONDS_TO_PATIENCE = 20; // after which somebody wonders whether anything happens at all
const SECONDS_OF_GRACE = 3; // of a lost connection; a telephone changes its network in less
const SECONDS_BETWEEN_LOOKS = 15;
const DRAWN = ".wb, .jp-OutputArea-output > *, .wb-sorry";

const WORDS = {
  ended: ["This page has gone to sleep.", "Nobody used it for long, or the server started again."],
  died: ["The calculation behind this page has stopped unexpectedly.", "What you see is no longer up to date."],
  lost: ["The connection to the server is lost.", "Trying to connect again…"],
  slow: ["This takes longer than usual.", "The server may be busy."],
};

// As workbench/widgets/page.js, but before the first widget is there.
window.workbenchIsPatient = true;
const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => timeout(milliseconds === 2_000 ? 60_000 : milliseconds);

window.voila_heartbeat = () => {};
window.themeLoaded = true; // the page brings its own colours; Voilà would wait for a theme

function showBanner(kind) {
  const banner = document.getElementById("wb-banner");
  const [what, why] = WORDS[kind];
  banner.querySelector("strong").textContent = what;
  banner.querySelector("span").textContent = why;
  banner.dataset.kind = kind;
  banner.hidden = false;
  if (kind === "ended" || kind === "died") endControls();
}

// Nothing answers any more; what is there can still be read and copied.
function endControls() {
  document.body.classList.add("wb-ended");
  for (const control of document.querySelectorAll("main :is(input, select, textarea, button)")) control.disabled = true;
}

function hideBanner(...kinds) {
  const banner = document.getElementById("wb-banner");
  if (kinds.includes(banner.dataset.kind)) banner.hidden = true;
}

const isOver = () => document.body.classList.contains("wb-ended");

function showWhenDrawn() {
  const cells = document.getElementById("rendered_cells");
  const patience = setTimeout(() => showBanner("slow"), 1000 * SECONDS_TO_PATIENCE);
  const observer = new MutationObserver(() => {
    if (!cells.querySelector(DRAWN)) return;
    observer.disconnect();
    clearTimeout(patience);
    hideBanner("slow");
    document.getElementById("loading").remove();
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

function widgetManager() {
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (!window.jupyterapp) return;
      clearInterval(look);
      resolve(window.jupyterapp.widgetManager);
    }, 100);
  });
}

async function kernelIsThere(kernel) {
  const reply = await fetch(`${kernel.serverSettings.baseUrl}api/kernels/${kernel.id}`, { cache: "no-store" });
  return reply.status !== 404;
}

function watchKernel(kernel) {
  let grace = null;
  kernel.statusChanged.connect((_, status) => {
    if (status === "dead" || status === "autorestarting") showBanner("died");
  });
  kernel.connectionStatusChanged.connect((_, status) => {
    clearTimeout(grace);
    if (isOver()) return;
    if (status === "connected") return hideBanner("lost");
    grace = setTimeout(() => whatHappened(kernel), 1000 * SECONDS_OF_GRACE);
  });
  setInterval(() => lookForKernel(kernel), 1000 * SECONDS_BETWEEN_LOOKS);
  document.addEventListener("visibilitychange", () => lookForKernel(kernel));
}

async function whatHappened(kernel) {
  if (isOver() || kernel.connectionStatus === "connected") return;
  await lookForKernel(kernel, () => showBanner("lost"));
  if (!isOver()) setTimeout(() => whatHappened(kernel), 1000 * SECONDS_OF_GRACE);
}

// The server does not say when it ends a kernel that nobody used for long, so the page asks, but only while it is seen.
async function lookForKernel(kernel, otherwise = () => {}) {
  if (isOver() || document.hidden) return;
  const isThere = await kernelIsThere(kernel).catch(() => true);
  if (isOver()) return;
  if (isThere) otherwise();
  else showBanner("ended");
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("#wb-banner button").addEventListener("click", () => location.reload());
  if (document.getElementById("loading")) showWhenDrawn();
});

window.addEventListener("load", async () => {
  const manager = await widgetManager();
  if (manager) watchKernel(manager.kernel);
  else showBanner("ended");
});

// Runs the chart library once per page and tells the charts, which may have been made earlier, that it is there.

// anywidget (0.11) gives a widget two seconds to load, and one that needs longer never hears from its kernel again: it
// shows old figures for ever. On a computer that is busy, two seconds are over before the first chart is drawn.
const IMPATIENT = 2_000;
const PATIENT = 60_000;

if (!globalThis.workbenchIsPatient) {
  globalThis.workbenchIsPatient = true;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (milliseconds) => timeout(milliseconds === IMPATIENT ? PATIENT : milliseconds);
}

const waiting = (globalThis.workbenchVega ??= deferred());

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

// Not waited for: loading goes on when the page has long been ready for messages.
function initialize({ model }) {
  if (!globalThis.workbenchVegaEmbed) load(model);
}

async function load(model) {
  const url = URL.createObjectURL(new Blob([model.get("vega_bundle")], { type: "text/javascript" }));
  try {
    await import(url);
    waiting.resolve(globalThis.workbenchVegaEmbed);
  } catch (error) {
    waiting.reject(error);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export default { initialize };

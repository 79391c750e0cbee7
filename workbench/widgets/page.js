// Runs the chart library once per page and tells the charts, which may have been made earlier, that it is there.

const waiting = (globalThis.workbenchVega ??= deferred());

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

async function initialize({ model }) {
  if (globalThis.workbenchVegaEmbed) return;
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

// What a page does once: it catches up with what its kernel said while it was loading, and it runs the chart library and
// tells the charts, which may have been made earlier, that it is there.

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

// Neither is waited for: both go on when the page has long been ready for messages.
function initialize({ model }) {
  catchUp(model.widget_manager);
  if (!globalThis.workbenchVegaEmbed) load(model);
}

// A page that is opened asks its kernel once for all widgets, and then makes them, which takes a second. What the kernel
// says of a widget before it is made is lost, so that a result which arrives just then would never be seen. So the page
// asks once more when all are there. A thread may change a widget while the answer is put together, and the answer then
// takes that back; therefore what is said meanwhile is listened to again. (The second argument is for JupyterLab.)
async function catchUp(manager) {
  if (!manager.restored) return; // a page without a kernel
  if (!manager.restoredStatus) await next(manager.restored);
  const said = [];
  const listen = (_, message) => said.push(message);
  const { iopubMessage } = manager.kernel;
  iopubMessage.connect(listen);
  await manager.restoreWidgets(undefined, { loadKernel: true, loadNotebook: false });
  iopubMessage.disconnect(listen);
  for (const message of said) {
    const { header, content } = message;
    const isUpdate = header.msg_type === "comm_msg" && content.data.method === "update";
    if (isUpdate && manager.has_model(content.comm_id)) (await manager.get_model(content.comm_id))._handle_comm_msg(message);
  }
}

function next(signal) {
  return new Promise((resolve) => {
    signal.connect(function heard() {
      signal.disconnect(heard);
      resolve();
    });
  });
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

// Asks again for a place on a server that is full.
setTimeout(() => location.reload(), 1000 * Number(document.currentScript.dataset.seconds));

import { need } from "../lib/dom.js";

/** Another role while the page is open: it becomes read only, or may be changed from now on, without being loaded again. */

/**
 * @param {string} role @param {{ editable: boolean, tell: (words: string) => void, scene: { stage: SVGSVGElement } }} bench
 * @param {({ renew: () => void } | undefined)[]} sockets
 */
export async function takeRole(role, bench, sockets) {
  const was = bench.editable;
  if (!was && role !== "viewer") {
    // Who only looked is nobody yet: the page gives a name to sign edits with, and sockets learn it when they open.
    await fetch(location.href).catch(() => undefined);
    for (const socket of sockets) socket?.renew();
  }
  document.body.dataset.role = role;
  bench.editable = role !== "viewer";
  bench.scene.stage.classList.toggle("editable", bench.editable);
  need("#palette").hidden = !bench.editable;
  const name = need("#design-name");
  if (name instanceof HTMLInputElement) name.readOnly = !bench.editable;
  for (const id of ["#load", "#speed"]) /** @type {HTMLInputElement} */ (need(id)).disabled = !bench.editable;
  if (was === bench.editable) return;
  bench.tell(bench.editable ? "You may change this design now." : "You may look, and no longer change this design.");
}

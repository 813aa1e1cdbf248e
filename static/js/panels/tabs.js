/** Tab lists anywhere on the page, also in fragments that come later: click, arrows, Home, End. */

/** @param {HTMLElement} tab */
export function openTab(tab) {
  const list = tab.closest("[role=tablist]");
  for (const other of /** @type {NodeListOf<HTMLElement>} */ (list?.querySelectorAll("[role=tab]") ?? [])) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !on;
  }
  tab.dispatchEvent(new CustomEvent("tab:open", { bubbles: true }));
}

export function wireTabs() {
  document.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
    if (tab instanceof HTMLElement) openTab(tab);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!tab || step === undefined) return;
    const all = /** @type {HTMLElement[]} */ ([
      ...(tab.closest("[role=tablist]")?.querySelectorAll("[role=tab]") ?? []),
    ]);
    const at = all.indexOf(/** @type {HTMLElement} */ (tab));
    const next = Number.isFinite(step) ? (at + step + all.length) % all.length : step < 0 ? 0 : all.length - 1;
    openTab(all[next]);
    all[next].focus();
    event.preventDefault();
  });
}

/** Whether things may move: the system's wish, or the switch in the menu (data-motion="off" on <html>). */

const wish = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

export const still = () => Boolean(wish?.matches) || document.documentElement.dataset.motion === "off";

import { h, need } from "../lib/dom.js";

/** Who is here, as round initials in the bar: the others first, oneself last; nobody when one is alone. */

/** @typedef {import("./company.js").Peer} Peer */

const SHOWN = 4;

/** Two letters of a name. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [...words[0]].slice(0, 2);
  return letters
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}

export class People {
  constructor() {
    this.list = need("#people");
  }

  /** Several tabs of one person are one person. @param {Peer[]} peers @param {Peer | null} you */
  show(peers, you) {
    const others = [...new Map(peers.map((peer) => [peer.person, peer])).values()].filter(
      (peer) => peer.person !== you?.person,
    );
    const also = peers.length > 0 && others.length === 0; // oneself in another tab
    this.list.hidden = others.length === 0 && !also;
    const rest = others.slice(SHOWN);
    const count = others.length + 1;
    this.list.setAttribute("aria-label", count === 1 ? "You are here in two tabs" : `${count} people are here`);
    this.list.replaceChildren(
      ...others.slice(0, SHOWN).map((peer) => avatar(peer, peer.name)),
      ...(rest.length > 0 ? [more(rest)] : []),
      ...(you ? [avatar(you, `${you.name} (you)`)] : []),
    );
  }
}

/** @param {Peer} peer @param {string} words */
const avatar = ({ name, hue }, words) =>
  h(
    "li",
    { class: `avatar hue-${hue}`, title: words },
    h("span", { "aria-hidden": "true" }, initials(name)),
    h("span", { class: "visually-hidden" }, words),
  );

/** @param {Peer[]} rest */
const more = (rest) =>
  h("li", { class: "avatar avatar-more", title: rest.map((peer) => peer.name).join(", ") }, `+${rest.length}`);

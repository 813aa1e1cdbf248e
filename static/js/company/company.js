import { conflictWords, targets } from "./conflicts.js";
import { Marks } from "./marks.js";
import { People } from "./people.js";

/**
 * The others on this canvas. Comes with the first of them: who works alone never loads it. Tells the server where the
 * pointer is and what is selected, at most 15 times a second and only while something moves.
 *
 * @typedef {{ peer: string, person: string, name: string, hue: number, cursor: [number, number] | null, selection: string[] }} Peer
 * @typedef {ReturnType<typeof import("../canvas/bench.js").openBench>} OpenBench
 * @typedef {import("../stream/design_channel.js").DesignChannel} DesignChannel
 */

const SEND_MS = 67;
const RECENT_MS = 10_000; // an edit of somebody else to what one has touched this lately is worth a word

export class Company {
  /** @type {Map<string, Peer>} */
  peers = new Map();
  /** @type {Peer | null} */
  you = null;
  /** @type {[number, number] | null} */
  #cursor = null;
  #timer = 0;
  #sent = 0;
  /** @type {Map<string, number>} what this person changed, and when */
  #touched = new Map();

  /** @param {OpenBench} bench @param {DesignChannel} channel @param {(words: string) => void} toast */
  constructor(bench, channel, toast) {
    this.bench = bench;
    this.channel = channel;
    this.toast = toast;
    this.people = new People();
    this.marks = new Marks(bench);
    const { stage } = bench.scene;
    stage.addEventListener("pointermove", (event) => this.#point(event));
    stage.addEventListener("pointerleave", () => this.#point(null));
    bench.selection.on("change", () => this.#soon());
    document.addEventListener("visibilitychange", () => this.#point(null));
    channel.on("down", () => this.#alone());
    bench.doc.on("send", ({ edit }) => {
      for (const target of targets(edit)) this.#touched.set(target, performance.now());
    });
    channel.socket.on("message", (message) => {
      if (message.type === "edit.accepted") this.#edited(message);
    });
  }

  /** @param {any} message */
  receive(message) {
    switch (message.type) {
      case "presence.joined":
        this.you = message.you;
        for (const peer of message.peers) this.peers.set(peer.peer, { cursor: null, selection: [], ...peer });
        this.bench.say(`${message.peers.map((/** @type {Peer} */ peer) => peer.name).join(", ")} came in`);
        this.#soon(); // who is new cannot know where everybody is
        break;
      case "presence.left":
        this.#left(message.peer);
        break;
      case "presence.moved": {
        const peer = this.peers.get(message.peer);
        if (peer) Object.assign(peer, { cursor: message.cursor, selection: message.selection });
        break;
      }
    }
    this.#show(message.type !== "presence.moved");
  }

  /** @param {string} id */
  #left(id) {
    const peer = this.peers.get(id);
    if (this.peers.delete(id) && peer) this.bench.say(`${peer.name} left`);
  }

  /** The line is dead: who is there will be told when it is back. */
  #alone() {
    this.peers.clear();
    this.#show(true);
  }

  /** @param {boolean} people whether the list of people may have changed */
  #show(people) {
    const peers = [...this.peers.values()];
    if (people) this.people.show(peers, this.you);
    this.marks.show(peers.filter((peer) => peer.person !== this.you?.person || peer.peer !== this.you?.peer));
  }

  /** @param {PointerEvent | null} event */
  #point(event) {
    const at = event && !document.hidden ? this.bench.scene.viewport.toWorld(event) : null;
    this.#cursor = at && [Math.round(at.x), Math.round(at.y)];
    this.#soon();
  }

  #soon() {
    if (this.#timer || this.peers.size === 0) return;
    const wait = Math.max(0, SEND_MS - (performance.now() - this.#sent));
    this.#timer = window.setTimeout(() => this.#send(), wait);
  }

  #send() {
    this.#timer = 0;
    this.#sent = performance.now();
    const selection = [...this.bench.selection.ids].slice(0, 200);
    this.channel.socket.send({ type: "presence.update", cursor: this.#cursor, selection });
  }

  /** Somebody else changed what this person has just changed. @param {{ edit: Edit, by: string }} message */
  #edited({ edit, by }) {
    if (!this.you || by === this.you.person) return;
    const now = performance.now();
    const hit = targets(edit).find((target) => {
      const mine = [...this.#touched].filter(([key]) => key === target || key.startsWith(`${target} `));
      return mine.some(([, at]) => now - at < RECENT_MS);
    });
    if (!hit) return;
    const who = [...this.peers.values()].find((peer) => peer.person === by)?.name ?? "Somebody";
    const last = this.bench.doc.pending.some((pending) => targets(pending.edit).includes(hit));
    for (const key of [...this.#touched.keys()])
      if (key === hit || key.startsWith(`${hit} `)) this.#touched.delete(key);
    this.toast(conflictWords(who, edit, hit, last, (id) => this.bench.doc.nameOf(id)));
  }
}

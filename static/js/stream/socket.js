import { Emitter } from "../lib/emitter.js";

/**
 * A WebSocket of JSON messages that comes back by itself: at once, then after 1, 2, 4 … 15 s, each a little different
 * so that not everybody comes back in the same moment.
 *
 * @typedef {{ open: void, message: any, down: { wait: number, code: number }, closed: number }} SocketEvents
 * `down`: it will try again in `wait` s; `closed`: the server said no, and it will not
 */

const LONGEST_S = 15;
const FINAL = new Set([4400, 4401, 4403, 4404, 1009]);

/** @param {number} failures @param {number} [dice] 0..1 */
export const waitFor = (failures, dice = Math.random()) =>
  failures === 0 ? 0.2 : Math.min(LONGEST_S, 2 ** (failures - 1)) * (0.75 + 0.5 * dice);

/** @extends {Emitter<SocketEvents>} */
export class Socket extends Emitter {
  /** @type {WebSocket | null} */
  #socket = null;
  #failures = 0;
  #timer = 0;
  #ended = false;

  /** @param {string} url @param {(url: string) => WebSocket} [make] */
  constructor(url, make = (address) => new WebSocket(address)) {
    super();
    this.url = url;
    this.make = make;
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.#ended || this.#socket) return;
    const socket = this.make(this.url);
    this.#socket = socket;
    socket.onopen = () => this.emit("open", undefined);
    socket.onmessage = (event) => {
      this.#failures = 0;
      this.emit("message", JSON.parse(event.data));
    };
    socket.onclose = (event) => this.#lost(event.code);
  }

  /** @param {number} code */
  #lost(code) {
    this.#socket = null;
    if (this.#ended) return;
    if (FINAL.has(code)) {
      this.#ended = true;
      this.emit("closed", code);
      return;
    }
    const wait = waitFor(this.#failures++);
    this.#timer = window.setTimeout(() => this.connect(), wait * 1000);
    this.emit("down", { wait, code });
  }

  /** False when it is not open: then nothing was sent. @param {unknown} message */
  send(message) {
    if (!this.isOpen) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  /** Do not wait any longer. */
  retry() {
    if (!this.#socket) this.connect();
  }

  /** Comes back at once, as who one is by now. */
  renew() {
    this.#socket?.close();
  }

  close() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }
}

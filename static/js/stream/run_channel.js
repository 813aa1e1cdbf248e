import { Emitter } from "../lib/emitter.js";

const EVERY = 3; // frames
const FLUSH_MS = 2000;

/**
 * The conversation about a run: its state, its frames, and commands to it.
 *
 * @typedef {import("./socket.js").Socket} Socket
 * @typedef {{ state: RunState, meta: Meta, frame: Frame, accepted: { ref: string, seq: number, command: any },
 *   refused: { ref: string, problems: Problem[] }, down: { wait: number }, closed: number }} RunEvents
 * @extends {Emitter<RunEvents>}
 */
export class RunChannel extends Emitter {
  #seen = 0;
  #acked = 0;
  #refs = 0;
  #me = Math.random().toString(36).slice(2, 8);
  #timer = 0;

  /** @param {Socket} socket @param {string} run */
  constructor(socket, run) {
    super();
    this.socket = socket;
    this.run = run;
    socket.on("message", (message) => this.#receive(message));
    socket.on("down", (event) => this.emit("down", event));
    socket.on("closed", (code) => this.emit("closed", code));
    socket.connect();
    // The last frames before a pause must not stay unanswered.
    this.#timer = window.setInterval(() => this.#flush(), FLUSH_MS);
  }

  /** @param {any} message */
  #receive(message) {
    switch (message.type) {
      case "frame":
        this.emit("frame", message);
        this.#ack(message.seq);
        break;
      case "meta":
        this.emit("meta", message);
        break;
      case "run.state":
        this.emit("state", message);
        break;
      case "command.accepted":
        this.emit("accepted", message);
        break;
      case "command.refused":
        this.emit("refused", message);
        break;
    }
  }

  /** The server sends on only while it hears that frames arrive. @param {number} seq */
  #ack(seq) {
    this.#seen = seq;
    if (this.#seen < this.#acked || this.#seen - this.#acked >= EVERY) this.#flush();
  }

  #flush() {
    if (this.#seen === this.#acked || !this.socket.send({ type: "ack", seq: this.#seen })) return;
    this.#acked = this.#seen;
  }

  /** The ref by which the answer is known; null when the line is dead. @param {Record<string, unknown>} command */
  submit(command) {
    const ref = `${this.#me}-${++this.#refs}`;
    return this.socket.send({ type: "command.submit", ref, command }) ? ref : null;
  }

  /** Was this answer to one of our own commands? @param {string} ref */
  isOwn(ref) {
    return ref.startsWith(this.#me);
  }

  close() {
    clearInterval(this.#timer);
    this.socket.close();
  }
}

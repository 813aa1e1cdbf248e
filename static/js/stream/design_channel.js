import { Emitter } from "../lib/emitter.js";

/**
 * The conversation about a design: edits go out, accepted ones come back in the server's order. What was sent and
 * never answered is sent again after a lost connection, once it is clear that the server does not have it.
 *
 * @typedef {import("../canvas/document.js").DesignDocument} DesignDocument
 * @typedef {import("./socket.js").Socket} Socket
 * @extends {Emitter<{ role: string, presence: any, run: string, down: { wait: number }, up: void, closed: number }>}
 */
export class DesignChannel extends Emitter {
  /** @type {number | null} the revision up to which missing edits are on their way */
  #catchingUp = null;
  #ready = false;

  /** @param {Socket} socket @param {DesignDocument} doc */
  constructor(socket, doc) {
    super();
    this.socket = socket;
    this.doc = doc;
    socket.on("message", (message) => this.#receive(message));
    socket.on("down", (event) => {
      this.#ready = false;
      this.emit("down", event);
    });
    socket.on("closed", (code) => this.emit("closed", code));
    doc.on("send", (pending) => this.#submit(pending));
    socket.connect();
  }

  /** @param {import("../canvas/document.js").Pending} pending */
  #submit({ ref, edit }) {
    if (this.#ready) this.socket.send({ type: "edit.submit", ref, edit });
  }

  /** @param {any} message */
  #receive(message) {
    switch (message.type) {
      case "design.snapshot":
        this.#snapshot(message);
        break;
      case "edit.accepted":
        this.doc.accepted(message);
        if (this.#catchingUp !== null && this.doc.revision >= this.#catchingUp) this.#resume();
        break;
      case "edit.refused":
        this.doc.refused(message);
        break;
      case "run.started":
        this.emit("run", message.run);
        break;
      case "design.role":
        this.emit("role", message.role);
        break;
      default:
        if (message.type.startsWith("presence.")) this.emit("presence", message);
    }
  }

  /** @param {{ revision: number, design: Design, role: string, run?: string | null }} message */
  #snapshot(message) {
    this.emit("role", message.role);
    if (message.run) this.emit("run", message.run);
    const missed = message.revision - this.doc.revision;
    if (missed > 0 && this.doc.pending.length > 0 && this.#catchingUp === null) {
      // Some of what is pending may have been accepted while the line was dead: ask before sending it again.
      this.#catchingUp = message.revision;
      this.socket.send({ type: "hello", since: this.doc.revision });
      return;
    }
    if (missed !== 0) this.doc.snapshot(message);
    this.#resume();
  }

  #resume() {
    this.#catchingUp = null;
    this.#ready = true;
    for (const pending of this.doc.pending) this.#submit(pending);
    this.emit("up", undefined);
  }
}

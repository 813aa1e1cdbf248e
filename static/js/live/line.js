import { Emitter } from "../lib/emitter.js";
import { Socket } from "../stream/socket.js";

/**
 * The conversation with a class. Every message of the server is emitted under its type; an order of an instructor is
 * answered with what was done or with the reasons why not.
 *
 * @typedef {{ title: string, open: boolean, frozen: boolean, paused: boolean, seed: number, board_shown: boolean,
 *   names_shown: boolean, pushed: string | null, spotlight: string | null, broadcasts: Sent[], helping: number,
 *   design: string, hand: boolean, score: number | null, count: number, board: Place[] | null }} ClassState
 * @typedef {{ number: number, words: string, at_s: number, seed: number, sent: number, late: number, why_not: Record<string, number> }} Sent
 * @typedef {{ place: number, score: number, mine: boolean, name: string | null }} Place
 * @typedef {{ tiles: { id: string, x: number, y: number, icon: string }[], lines: { source: string, target: string, d: string }[] }} Picture
 * @typedef {{ id: string, name: string, hand: boolean, design: string, run: string, picture: Picture | null, score: number | null,
 *   parts: Record<string, number> }} Person
 * @typedef {{ t_s: number, p99_ms: number | null, failed: number, slo: string, rate: number | null, health: Health, nodes: string }} Row
 * @typedef {{ rows: Record<string, Row>, here: string[], nodes: Record<string, string[]> }} WallNews
 * @typedef {{ ok: boolean, done: any, problems: Problem[] }} Answer
 * @typedef {{ state: ClassState, roster: { people: Person[], gone: string[] }, wall: WallNews, scores: Record<string, any>,
 *   sparks: Record<string, (number | null)[]>, did: { words: string, at_s: number, seed: number }, over: string, down: { wait: number }, up: void }} LineEvents
 * @extends {Emitter<LineEvents>}
 */
export class Line extends Emitter {
  /** @type {Map<string, (answer: Answer) => void>} */
  #asked = new Map();
  #refs = 0;
  #ended = false;

  /** @param {string} session */
  constructor(session) {
    super();
    const url = new URL(`/ws/live/${session}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new Socket(url.href);
    this.socket.on("message", (message) => this.#receive(message));
    this.socket.on("open", () => this.emit("up", undefined));
    this.socket.on("down", (event) => this.emit("down", event));
    this.socket.on("closed", () => this.#over("You are not in this class any more."));
  }

  open() {
    this.socket.connect();
  }

  /** @param {any} message */
  #receive(message) {
    switch (message.type) {
      case "session.state":
        this.emit("state", message);
        break;
      case "session.roster":
        this.emit("roster", message);
        break;
      case "session.wall":
        this.emit("wall", message);
        break;
      case "session.scores":
        this.emit("scores", message.scores);
        break;
      case "session.sparks":
        this.emit("sparks", message.sparks);
        break;
      case "session.did":
        this.emit("did", message);
        break;
      case "session.over":
        this.#over(message.why);
        break;
      case "class.done":
        this.#answer(message.ref, { ok: true, done: message, problems: [] });
        break;
      case "class.refused":
      case "error":
        this.#answer(message.ref, { ok: false, done: null, problems: message.problems });
        break;
    }
  }

  /** The first reason is the one that counts. @param {string} why */
  #over(why) {
    if (!this.#ended) this.emit("over", why);
    this.#ended = true;
  }

  /** @param {string} ref @param {Answer} answer */
  #answer(ref, answer) {
    this.#asked.get(ref)?.(answer);
    this.#asked.delete(ref);
  }

  /** Says something that is not answered. @param {Record<string, unknown>} message */
  say(message) {
    return this.socket.send(message);
  }

  /** @param {string} type @param {Record<string, unknown>} [rest] @returns {Promise<Answer>} */
  order(type, rest = {}) {
    const ref = `o${++this.#refs}`;
    const offline = [{ where: "class", field: "", value: null, rule: "cannot be reached; it tries again" }];
    if (!this.socket.send({ type, ref, ...rest })) return Promise.resolve({ ok: false, done: null, problems: offline });
    return new Promise((done) => this.#asked.set(ref, done));
  }
}

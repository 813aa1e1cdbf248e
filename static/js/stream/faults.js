/**
 * Which faults are active, and what they are. Frames name the active ids; what an id means comes from the command
 * that injected it, from the script of the design, or from the event in a frame.
 *
 * @typedef {{ id: string, fault: string, target: string, since: number | null }} Active
 */
export class FaultBook {
  /** @type {Map<string, { fault: string, target: string }>} */
  #known = new Map();
  /** @type {Map<string, number>} */
  #since = new Map();
  /** @type {Active[]} */
  active = [];

  /** @param {Json[]} script */
  constructor(script = []) {
    for (const entry of script) this.learn(entry);
  }

  /** @param {any} command */
  learn(command) {
    if (command?.command === "inject" && command.id) {
      this.#known.set(command.id, { fault: command.fault, target: command.target });
    }
  }

  /** True when the set of active faults changed. @param {Frame} frame */
  read(frame) {
    for (const event of frame.events) {
      const { id, fault } = event.detail ?? {};
      if (event.what === "fault_injected" && id) {
        this.#known.set(id, { fault, target: event.node });
        this.#since.set(id, event.t_s);
      }
    }
    const ids = frame.faults;
    if (ids.length === this.active.length && ids.every((id, i) => this.active[i].id === id)) return false;
    this.active = ids.map((id) => ({
      id,
      fault: this.#known.get(id)?.fault ?? "",
      target: this.#known.get(id)?.target ?? "",
      since: this.#since.get(id) ?? null,
    }));
    return true;
  }

  /** @param {string} target */
  on(target) {
    return this.active.filter((fault) => fault.target === target);
  }
}

/** An id that no other person's fault has. */
export const freshFaultId = () => `f-${Math.random().toString(36).slice(2, 10)}`;

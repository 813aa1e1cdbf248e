/** Publish and subscribe, typed by a map from event name to payload. @template {Record<string, any>} Events */
export class Emitter {
  /** @type {Map<keyof Events, Set<(payload: any) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Events} K
   * @param {K} event
   * @param {(payload: Events[K]) => void} listener
   * @returns {() => void} stops listening
   */
  on(event, listener) {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    return () => set.delete(listener);
  }

  /** @template {keyof Events} K @param {K} event @param {Events[K]} payload */
  emit(event, payload) {
    for (const listener of this.#listeners.get(event) ?? []) listener(payload);
  }
}

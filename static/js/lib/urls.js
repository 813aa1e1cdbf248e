/** Where the server listens. A viewer of a shared link shows its token everywhere. */

export class Urls {
  /** @param {{ design: string, share: string }} page @param {Record<string, string>} [given] what the page names itself */
  constructor({ design, share }, given = {}) {
    this.design = design;
    this.given = given;
    this.query = share ? `?share=${encodeURIComponent(share)}` : "";
  }

  get designSocket() {
    return socketUrl(this.given.design_socket ?? `/ws/designs/${this.design}${this.query}`);
  }
  /** @param {string} run */
  runSocket(run) {
    return socketUrl(`/ws/runs/${run}${this.query}`);
  }
  get runs() {
    return this.given.runs ?? `/api/designs/${this.design}/runs`;
  }
  get layout() {
    return this.given.layout ?? `/api/designs/${this.design}/layout`;
  }
  /** @param {string} run */
  stop(run) {
    return `/api/runs/${run}/stop`;
  }
  /** @param {string} revision */
  restore(revision) {
    return `/api/designs/${this.design}/restore${this.query ? `${this.query}&` : "?"}revision=${revision}`;
  }
  /** @param {string[]} ids */
  inspector(ids) {
    const base = this.given.inspector ?? `/d/${this.design}/inspector`;
    const query = new URLSearchParams({ ids: ids.join(",") });
    if (this.query) query.set("share", new URLSearchParams(this.query).get("share") ?? "");
    return `${base}?${query}`;
  }
}

/** @param {string} path */
function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

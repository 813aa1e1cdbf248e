/** JSON over HTTP with Django's CSRF token; problems come back as values. */

/** @typedef {{ ok: true, data: any } | { ok: false, status: number, problems: Problem[] }} Answer */

const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? fromPage();

function fromPage() {
  const field = document.querySelector("meta[name=csrf-token], input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : (field?.getAttribute("content") ?? "");
}

/** @param {string} url @param {unknown} [body] @returns {Promise<Answer>} */
export async function post(url, body = {}) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify(body),
    });
    const data = await response.json().catch(() => ({}));
    if (response.ok) return { ok: true, data };
    return { ok: false, status: response.status, problems: data.problems ?? [unsaid(response.status)] };
  } catch {
    return {
      ok: false,
      status: 0,
      problems: [{ where: "page", field: "", value: null, rule: "cannot reach the server" }],
    };
  }
}

/** @param {number} status @returns {Problem} */
const unsaid = (status) => ({ where: "server", field: "", value: status, rule: "answered with an error" });

/** "workers = −3: must be between 1 and 10000". @param {Problem} problem @param {(id: string) => string} [nameOf] */
export function problemText(problem, nameOf = (id) => id) {
  const value = problem.value === null || problem.value === undefined ? "" : ` = ${JSON.stringify(problem.value)}`;
  if (problem.where === "design" && !problem.field) return problem.rule;
  const field = problem.field ? ` · ${problem.field}${value}` : "";
  return `${nameOf(problem.where)}${field}: ${problem.rule}`;
}

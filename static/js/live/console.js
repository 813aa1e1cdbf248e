import { find, h, need, pageData, show } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { problemText } from "../lib/http.js";
import { toast } from "../panels/toasts.js";
import { Chaos } from "./chaos.js";
import { showChosen } from "./chosen.js";
import { Line } from "./line.js";
import { Now, sentWords } from "./now.js";
import { paintRoster, paintScores } from "./tables.js";
import { Wall } from "./wall.js";

/** The instructor's console: one socket, one small line a learner and second. */

const page = pageData("live");
const line = new Line(page.session);
const wall = new Wall(need("#wall"), choose);
const now = new Now(wall);
const chaos = new Chaos(line, wall);
/** @type {Map<string, any>} */
const scores = new Map();
/** @type {import("./line.js").ClassState | null} */
let state = null;
let view = "wall";

/** @param {string} id */
function choose(id) {
  const tile = wall.tiles.get(id);
  if (chaos.picking) chaos.pick(id);
  else if (tile) showChosen(line, tile, { spotlight: state?.spotlight ?? null, tell: toast });
}

/** @param {string} type @param {Record<string, unknown>} rest @param {(done: any) => string} words */
async function order(type, rest, words) {
  const answer = await line.order(type, rest);
  toast(answer.ok ? words(answer.done) : answer.problems.map((problem) => problemText(problem)).join(". "));
}

function paint() {
  now.paint();
  chaos.paint();
  show(need("#nobody"), wall.tiles.size === 0);
  show(need("#wall"), view === "wall" && wall.tiles.size > 0);
  show(need("#roster"), view === "roster");
  show(need("#scores"), view === "scores");
  if (view === "roster") paintRoster(need("#roster"), wall.ordered);
  if (view === "scores") paintScores(need("#scores"), wall.ordered, scores);
}

line.on("state", (told) => {
  state = told;
  now.know(told);
  const seed = /** @type {HTMLInputElement} */ (need("#seed"));
  if (document.activeElement !== seed) seed.value = String(told.seed);
  /** @type {HTMLInputElement} */ (need("#board-shown")).checked = told.board_shown;
  /** @type {HTMLInputElement} */ (need("#names-shown")).checked = told.names_shown;
  const entries = told.broadcasts.map((sent) =>
    h("li", {}, h("b", {}, `You ${sent.words}`), h("span", {}, sentWords(sent))),
  );
  if (entries.length > 0) need("#log").replaceChildren(...entries);
});
line.on("roster", (news) => {
  wall.know(news);
  paint();
});
line.on("wall", (news) => {
  wall.add(news);
  paint();
});
line.on("sparks", (sparks) => {
  for (const [id, values] of Object.entries(sparks)) {
    const tile = wall.tiles.get(id);
    if (tile) tile.spark = values.slice();
  }
});
line.on("scores", (news) => {
  for (const [id, figures] of Object.entries(news)) scores.set(id, figures);
});
line.on("down", () => document.body.classList.add("disconnected"));
line.on("up", () => document.body.classList.remove("disconnected"));
line.on("over", (why) => toast(why));

need("#freeze").addEventListener("click", () =>
  order("class.freeze", { on: !state?.frozen }, ({ on }) =>
    on ? "Editing is frozen for everybody" : "Everybody may edit again",
  ),
);
need("#pause").addEventListener("click", () =>
  order("class.pause", { on: !state?.paused }, ({ on, runs }) => `${plural(runs, "run")} ${on ? "paused" : "go on"}`),
);
need("#start").addEventListener("click", () =>
  order("class.start", {}, ({ started, refused }) => {
    const not = refused.length > 0 ? `. ${refused.length} cannot: ${refused[0].why}` : "";
    return `${plural(started, "run")} started with seed ${state?.seed}${not}`;
  }),
);
for (const what of ["blueprint", "lab", "design"])
  find(`#push-${what}-go`)?.addEventListener("click", async () => {
    const { value } = /** @type {HTMLSelectElement} */ (need(`#push-${what}`));
    await order(
      "class.push",
      { [what]: value },
      ({ learners, title }) => `${plural(learners, "learner")} got “${title}”`,
    );
    need("#push").hidePopover();
  });
for (const [id, type] of [
  ["board-shown", "class.board"],
  ["names-shown", "class.names"],
])
  need(`#${id}`).addEventListener("change", (event) => {
    const { checked } = /** @type {HTMLInputElement} */ (event.target);
    void line.order(type, { on: checked });
  });
find("#close")?.addEventListener("click", () =>
  order("class.close", { on: state?.open }, ({ on }) => (on ? "The class is closed" : "The class is open again")),
);
need("#sort").addEventListener("change", (event) => {
  wall.sorting = /** @type {import("./wall.js").Sorting} */ (/** @type {HTMLSelectElement} */ (event.target).value);
  wall.sort();
});
for (const radio of document.querySelectorAll("input[name=view]"))
  radio.addEventListener("change", () => {
    view = /** @type {HTMLInputElement} */ (radio).value;
    paint();
  });
need("#roster").addEventListener("click", (event) => {
  const id = event.target instanceof Element ? event.target.closest("[data-more]")?.getAttribute("data-more") : null;
  if (id) choose(id);
});
paint();
line.open();

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../../static/js/canvas/clipboard.js";
import { copyName, freshId, freshLinkId, freshName, linkProblem } from "../../../static/js/canvas/rules.js";
import { Catalogue } from "../../../static/js/lib/catalogue.js";

const kind = (more) => ({ label: "", icon: "", summary: "", params: [], faults: [], facts: [], knobs: [], ...more });
const catalogue = new Catalogue({
  families: [],
  kinds: {
    client: kind({ sends: [1, null], receives: false }),
    service: kind({ sends: [0, null], receives: true }),
    cache: kind({ sends: [0, 1], receives: true }),
    sql_primary: kind({ sends: [0, 0], receives: true }),
  },
  link: { params: [], knobs: [] },
  faults: {},
});
const nodes = { users: "client", web: "service", api: "service", cache: "cache", db: "sql_primary" };
const design = (...pairs) => ({
  nodes: Object.entries(nodes).map(([id, kind]) => ({ id, kind, name: id })),
  links: pairs.map(([source, target], i) => ({ id: `l${i + 1}`, source, target })),
});
const problem = (source, target, ...pairs) => linkProblem(design(...pairs), catalogue, source, target);

test("what may call what", () => {
  assert.equal(problem("users", "web"), null);
  assert.match(problem("web", "web"), /itself/);
  assert.match(problem("web", "users"), /takes none/);
  assert.match(problem("db", "web"), /does not call/);
  assert.match(problem("users", "web", ["users", "web"]), /already/);
  assert.match(problem("cache", "db", ["cache", "web"]), /one component only/);
});

test("a circle of waiting calls is refused, a diamond is not", () => {
  assert.match(problem("api", "web", ["web", "api"]), /circle/);
  assert.match(problem("cache", "web", ["web", "api"], ["api", "cache"]), /circle/);
  assert.equal(problem("api", "cache", ["users", "web"], ["users", "api"], ["web", "cache"]), null);
});

test("ids and names are new", () => {
  const d = design(["users", "web"]);
  assert.equal(freshId(d, "service"), "service");
  assert.equal(freshId(d, "web"), "web-2");
  assert.equal(freshId(d, "web", ["web-2"]), "web-3");
  assert.match(freshId(d, "Ünknown Kind!"), /^[a-z0-9_-]{1,40}$/);
  assert.equal(freshLinkId(d), "l2");
  assert.equal(freshName(d, "web"), "web 2");
  assert.equal(copyName(d, "web"), "web copy");
});

test("the clipboard takes designs and nothing else", () => {
  assert.equal(parse("hello"), null);
  assert.equal(parse("[]"), null);
  assert.equal(parse('{"nodes": []}'), null);
  assert.equal(parse('{"nodes": [{"id": 5}]}'), null);
  const part = parse('{"nodes": [{"id": "a", "kind": "service", "x": "left"}], "links": [{"source": "a"}]}');
  assert.deepEqual(part, {
    nodes: [{ id: "a", kind: "service", name: "a", x: 0, y: 0, zone: null, params: {} }],
    links: [],
  });
});

// Shapes that cross module borders: the design file, edits, the frames of a run, the catalogue.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Params = Record<string, any>;
type Point = { x: number; y: number };
type Rect = { x: number; y: number; w: number; h: number };
type Side = "left" | "right" | "top" | "bottom";

interface DesignNode {
  id: string;
  kind: string;
  name: string;
  x: number;
  y: number;
  zone: string | null;
  params: Params;
}
interface DesignLink {
  id: string;
  source: string;
  target: string;
  params: Params;
}
interface Slo {
  name: string;
  sli: string;
  threshold_ms?: number;
  target: number;
}
interface Design {
  format: 1;
  name: string;
  description: string;
  scale: number;
  nodes: DesignNode[];
  links: DesignLink[];
  script: Json[];
  slos: Slo[];
}

type Edit =
  | { op: "add"; node: DesignNode; index?: number }
  | { op: "connect"; link: DesignLink; index?: number }
  | { op: "remove"; ids: string[] }
  | { op: "move"; to: Record<string, [number, number]> }
  | { op: "set"; id: string; param: string; value: any }
  | { op: "unset"; id: string; param: string }
  | { op: "rename"; id: string; name: string }
  | { op: "describe"; name?: string; description?: string; scale?: number }
  | { op: "script"; script: Json[] }
  | { op: "slos"; slos: Slo[] }
  | { op: "batch"; edits: Edit[] };

interface Problem {
  where: string;
  field: string;
  value: any;
  rule: string;
}

interface Meta {
  structure?: number;
  type: "meta";
  run: string;
  seed: number;
  scale: number;
  frame_ns: number;
  reasons: string[];
  nodes: { id: string; kind: string; replicas: number }[];
  links: { id: string; source: string; target: string }[];
  clients: string[];
  node_columns: string[];
  link_columns: string[];
  client_columns: string[];
  counters: Record<string, string[]>;
}
interface RunEvent {
  t_s: number;
  node: string;
  what: string;
  detail: Record<string, any>;
}
interface Frame {
  structure?: number;
  meta?: Meta;
  type: "frame";
  seq: number;
  t_ns: number;
  nodes: number[][];
  links: number[][];
  clients: number[][];
  reasons: number[][];
  origins: number[][];
  counters: Record<string, number[]>;
  faults: string[];
  events: RunEvent[];
  acks: [number, number][];
  wall?: { speed: number; behind_ms: number };
}
interface RunState {
  type: "run.state";
  status: "queued" | "starting" | "running" | "paused" | "finished" | "failed" | "stopped";
  place: number | null;
  detail: string;
  speed: number | "max";
}

type Health = "idle" | "ok" | "strained" | "failing" | "down";
type Level = "ok" | "strained" | "failing";

declare const htmx: {
  ajax(verb: string, url: string, context: { target: Element; swap: string }): Promise<void>;
  process(element: Element): void;
};

/** Numbers in one array, by concept: those of concept `i` are from `starts[i]` to `starts[i + 1]`. */
export interface ByConcept {
  readonly starts: Int32Array;
  readonly values: Int32Array;
}

/** Ancestors and descendants of each concept; concepts are numbers from 1. */
export interface ClosedHierarchy {
  readonly parents: ByConcept;
  readonly children: ByConcept;
  readonly ancestors: ByConcept;
  /** Ascending. */
  readonly descendants: ByConcept;
}

/** Pairs of concepts above each other that one code system may have: 8 bytes each while it is loaded. */
export const mostPairs = 100_000_000;

/** Thrown for a hierarchy that has a circle, with concepts of it, or too many pairs. */
export class UnclosableHierarchy extends Error {
  constructor(
    readonly circle: readonly number[],
    message: string,
  ) {
    super(message);
  }
}

/** All that is above and below each of `count` concepts; the edges lead from `children[i]` to `parents[i]`. Only numbers are in memory. */
export function closeHierarchy(count: number, children: Int32Array, parents: Int32Array): ClosedHierarchy {
  const up = grouped(count, children, parents);
  const down = grouped(count, parents, children);
  const ancestors = ancestorsOf(count, up, down);
  return { parents: up, children: down, ancestors, descendants: turned(count, ancestors) };
}

/** A value for each of `keys`, which are below `keyCount`, by key and in their order. */
export function byKey(keyCount: number, keys: Int32Array, valueAt: (index: number) => number): ByConcept {
  const starts = new Int32Array(keyCount + 1);
  for (const key of keys) starts[key + 1]!++;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const filled = Int32Array.from(starts);
  const values = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) values[filled[keys[i]!]!++] = valueAt(i);
  return { starts, values };
}

/** The values by their key, each once, ascending. */
const grouped = (count: number, keys: Int32Array, values: Int32Array): ByConcept =>
  distinct(
    count,
    byKey(count + 1, keys, (i) => values[i]!),
  );

function distinct(count: number, { starts, values }: ByConcept): ByConcept {
  const newStarts = new Int32Array(count + 2);
  let end = 0;
  for (let i = 1; i <= count; i++) {
    newStarts[i] = end;
    const [from, to] = [starts[i]!, starts[i + 1]!];
    if (to - from > 1) values.subarray(from, to).sort();
    // A concept is not above itself.
    for (let at = from, last = 0; at < to; at++) {
      const value = values[at]!;
      if (value !== i && value !== last) values[end++] = value;
      last = value;
    }
  }
  newStarts[count + 1] = end;
  return { starts: newStarts, values: values.subarray(0, end) };
}

function ancestorsOf(count: number, up: ByConcept, down: ByConcept): ByConcept {
  const order = topological(count, up, down);
  const pool = new GrowingNumbers();
  const starts = new Int32Array(count + 1);
  const ends = new Int32Array(count + 1);
  const seen = new Int32Array(count + 1);
  for (const concept of order) {
    starts[concept] = pool.length;
    const add = (other: number): void => {
      if (seen[other] === concept) return;
      seen[other] = concept;
      pool.push(other);
    };
    for (let i = up.starts[concept]!; i < up.starts[concept + 1]!; i++) {
      const parent = up.values[i]!;
      add(parent);
      for (let at = starts[parent]!; at < ends[parent]!; at++) add(pool.at(at));
    }
    ends[concept] = pool.length;
    if (pool.length > mostPairs)
      throw new UnclosableHierarchy([], `has more than ${mostPairs} pairs of concepts above each other`);
  }
  return inOrder(count, pool, { starts, ends });
}

function inOrder(
  count: number,
  pool: GrowingNumbers,
  { starts, ends }: { readonly starts: Int32Array; readonly ends: Int32Array },
): ByConcept {
  const result = { starts: new Int32Array(count + 2), values: new Int32Array(pool.length) };
  let at = 0;
  for (let concept = 1; concept <= count; concept++) {
    result.starts[concept] = at;
    for (let i = starts[concept]!; i < ends[concept]!; i++) result.values[at++] = pool.at(i);
  }
  result.starts[count + 1] = at;
  return result;
}

/** Each concept after those above it; throws for a circle. */
function topological(count: number, up: ByConcept, down: ByConcept): Int32Array {
  const left = new Int32Array(count + 1);
  const order = new Int32Array(count);
  let end = 0;
  for (let i = 1; i <= count; i++) {
    left[i] = up.starts[i + 1]! - up.starts[i]!;
    if (left[i] === 0) order[end++] = i;
  }
  for (let at = 0; at < end; at++) {
    const concept = order[at]!;
    for (let i = down.starts[concept]!; i < down.starts[concept + 1]!; i++)
      if (--left[down.values[i]!]! === 0) order[end++] = down.values[i]!;
  }
  if (end < count) throw new UnclosableHierarchy(circleIn(left, up), 'has a circle in its hierarchy');
  return order;
}

/** Upwards from a concept that waits for one above it until one comes again. */
function circleIn(left: Int32Array, up: ByConcept): readonly number[] {
  const path: number[] = [];
  let next = left.findIndex((waiting) => waiting > 0);
  while (!path.includes(next)) {
    path.push(next);
    const above = up.values.subarray(up.starts[next], up.starts[next + 1]);
    next = above.find((one) => left[one]! > 0)!;
  }
  return [...path.slice(path.indexOf(next)), next];
}

/** The pairs read the other way. */
function turned(count: number, { starts, values }: ByConcept): ByConcept {
  const result = { starts: new Int32Array(count + 2), values: new Int32Array(values.length) };
  for (const value of values) result.starts[value + 1]!++;
  for (let i = 1; i < result.starts.length; i++) result.starts[i]! += result.starts[i - 1]!;
  const filled = Int32Array.from(result.starts);
  for (let concept = 1; concept <= count; concept++)
    for (let i = starts[concept]!; i < starts[concept + 1]!; i++) result.values[filled[values[i]!]!++] = concept;
  return result;
}

/** Numbers, in an array that grows. */
export class GrowingNumbers {
  length = 0;
  private values = new Int32Array(1024);

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  set(index: number, value: number): void {
    this.values[index] = value;
  }

  slice(from = 0, to = this.length): Int32Array {
    return this.values.subarray(from, Math.min(to, this.length));
  }

  clear(): void {
    this.length = 0;
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByConcept, closeHierarchy, UnclosableHierarchy } from './close-hierarchy.js';

type Edge = readonly [child: number, parent: number];

const close = (count: number, edges: readonly Edge[]) =>
  closeHierarchy(
    count,
    Int32Array.from(edges, ([child]) => child),
    Int32Array.from(edges, ([, parent]) => parent),
  );
const of = ({ starts, values }: ByConcept, concept: number): readonly number[] => [
  ...values.subarray(starts[concept], starts[concept + 1]),
];

/** By following the edges from each concept. */
function naive(edges: readonly Edge[], from: number): readonly number[] {
  const found = new Set<number>();
  const left = [from];
  for (let next = left.pop(); next !== undefined; next = left.pop())
    for (const [child, parent] of edges)
      if (child === next && !found.has(parent)) {
        found.add(parent);
        left.push(parent);
      }
  return [...found].toSorted((a, b) => a - b);
}

describe('closing a hierarchy', () => {
  it('finds all that is above and below each concept', () => {
    const graph = fc
      .integer({ min: 1, max: 30 })
      .chain((count) =>
        fc.tuple(
          fc.constant(count),
          fc.array(fc.tuple(fc.integer({ min: 1, max: count }), fc.integer({ min: 1, max: count })), { maxLength: 60 }),
          fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
        ),
      )
      // Upwards in some order of the concepts, so that there is no circle; a concept above itself counts for nothing.
      .map(([count, pairs, order]) => ({
        count,
        edges: pairs.map(([a, b]): Edge => (order[a - 1]! >= order[b - 1]! ? [a, b] : [b, a])),
      }));
    fc.assert(
      fc.property(graph, ({ count, edges }) => {
        const closed = close(count, edges);
        const real = edges.filter(([child, parent]) => child !== parent);
        const above = [...Array(count).keys()].map((i) => naive(real, i + 1));
        for (let i = 1; i <= count; i++) {
          expect([...of(closed.ancestors, i)].toSorted((a, b) => a - b)).toEqual(above[i - 1]);
          const below = above.flatMap((some, at) => (some.includes(i) ? [at + 1] : []));
          expect(of(closed.descendants, i)).toEqual(below);
        }
      }),
    );
  });

  it('names the concepts of a circle', () => {
    const error = (() => {
      try {
        return close(4, [
          [1, 2],
          [2, 3],
          [3, 2],
          [3, 4],
        ]);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(UnclosableHierarchy);
    expect((error as UnclosableHierarchy).circle).toEqual([2, 3, 2]);
  });
});

/** Which items are of which slice, and whether the slicing permits it (https://hl7.org/fhir/R4/profiling.html#slicing). */
import type { ElementNode } from '../model/element-node.js';
import type { Item } from '../model/item.js';
import type { ProfileRun } from '../profile-run.js';
import { discriminatorsOf, mismatchOf } from './match-slice.js';

type CheckItem = (node: ElementNode, item: Item, run: ProfileRun) => void;

interface Assigned {
  readonly item: Item;
  readonly slice: ElementNode | undefined;
}

/** Checks the items of a sliced element, which are those of its slices and others. */
export function checkSlices(head: ElementNode, items: readonly Item[], run: ProfileRun, check: CheckItem): void {
  const assigned = items.map((item, at) => ({ item, slice: sliceOf(head, item, at, run) }));
  for (const { item, slice } of assigned) {
    check(head, item, run);
    if (slice && slice.slices.length === 0) check(slice, item, run);
  }
  for (const slice of head.slices) {
    const own = assigned.filter((one) => one.slice === slice).map(({ item }) => item);
    checkSliceCount(head, slice, { own: own.length, items }, run);
    if (slice.slices.length > 0) checkSlices(slice, own, run, check);
  }
  checkRules(head, assigned, run);
}

function sliceOf(head: ElementNode, item: Item, at: number, run: ProfileRun): ElementNode | undefined {
  if (discriminatorsOf(head).some(({ type }) => type === 'position')) return sliceAt(head, at);
  return head.slices.find((slice) => mismatchOf(head, slice, item, run) === undefined);
}

/** By position: each slice but the last has as many items as it must. */
function sliceAt({ slices }: ElementNode, at: number): ElementNode | undefined {
  let end = 0;
  for (const slice of slices) {
    end += slice === slices.at(-1) ? slice.max : Math.max(1, slice.min);
    if (at < end) return slice;
  }
  return undefined;
}

interface Counted {
  readonly own: number;
  readonly items: readonly Item[];
}

function checkSliceCount(head: ElementNode, slice: ElementNode, { own, items }: Counted, run: ProfileRun): void {
  const name = slice.sliceName ?? slice.id;
  if (own < slice.min && discriminatorsOf(head).length > 0) {
    run.report(slice, {
      code: 'missing-slice',
      expected: `at least ${slice.min} of the slice ${name}`,
      found: own > 0 ? `${own}` : reasons(head, slice, items, run),
      cure: `Add an item that is of ${name}.`,
    });
  }
  if (own > slice.max) {
    run.report(slice, {
      code: 'too-many-items',
      expected: slice.max === 0 ? `none of the slice ${name}` : `at most ${slice.max} of the slice ${name}`,
      found: `${own}`,
      cure: 'Leave out what the profile does not permit.',
    });
  }
}

const mostReasons = 3;

/** Why none of the items is of the slice. */
function reasons(head: ElementNode, slice: ElementNode, items: readonly Item[], run: ProfileRun): string {
  if (items.length === 0) return 'no items';
  const texts = items.slice(0, mostReasons).map((item) => {
    const where = item.index === undefined ? '' : `[${item.index}]: `;
    return `${where}${mismatchOf(head, slice, item, run) ?? 'of another slice'}`;
  });
  return `none, for ${texts.join('; ')}`;
}

function checkRules(head: ElementNode, assigned: readonly Assigned[], run: ProfileRun): void {
  const { rules, ordered } = head.slicing ?? {};
  if (rules === 'closed') for (const { item, slice } of assigned) if (!slice) reportUnsliced(head, item, run);
  if (rules === 'openAtEnd') checkEnd(head, assigned, run);
  if (ordered === true) checkOrder(head, assigned, run);
}

function reportUnsliced(head: ElementNode, item: Item, run: ProfileRun): void {
  const why = head.slices
    .slice(0, mostReasons)
    .map((slice) => `${slice.sliceName ?? slice.id}: ${mismatchOf(head, slice, item, run) ?? ''}`);
  run.at(item.index === undefined ? [] : [item.index], () =>
    run.report(head, {
      code: 'no-slice',
      expected: `an item of one of the slices ${head.slices.map(({ sliceName }) => sliceName).join(', ')}, for the slicing is closed`,
      found: `one of none (${why.join('; ')})`,
      cure: 'Leave it out, or make it fit a slice.',
    }),
  );
}

function checkEnd(head: ElementNode, assigned: readonly Assigned[], run: ProfileRun): void {
  const last = assigned.findLastIndex(({ slice }) => slice !== undefined);
  const early = assigned.slice(0, Math.max(0, last)).find(({ slice }) => slice === undefined);
  if (early) reportOrder(head, 'other items behind those of the slices', early.item, run);
}

function checkOrder(head: ElementNode, assigned: readonly Assigned[], run: ProfileRun): void {
  let highest = -1;
  for (const { item, slice } of assigned) {
    if (!slice) continue;
    const at = head.slices.indexOf(slice);
    if (at < highest)
      return reportOrder(
        head,
        `the slices in the order ${head.slices.map(({ sliceName }) => sliceName).join(', ')}`,
        item,
        run,
      );
    highest = at;
  }
}

const reportOrder = (head: ElementNode, expected: string, { index = 0 }: Item, run: ProfileRun): void =>
  run.at([index], () =>
    run.report(head, {
      code: 'slice-order',
      expected,
      found: 'this item before or behind its place',
      cure: 'Put the items in that order.',
    }),
  );

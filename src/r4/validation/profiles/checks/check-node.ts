/** Checks an element against what a profile says of it (https://hl7.org/fhir/R4/profiling.html). */
import { supertypes } from '../../../model/elements.js';
import { checkBounds } from './check-bounds.js';
import { checkBinding } from './check-binding.js';
import { checkTarget } from './check-target.js';
import { equalsFixed, matchesPattern } from './compare-values.js';
import { childrenOf, type ElementNode, type NodeType } from '../model/element-node.js';
import { type Item, itemsOf } from '../model/item.js';
import { checkNodeInvariants } from './check-invariants.js';
import type { ProfileRun } from '../profile-run.js';
import { checkSlices } from '../slicing/check-slices.js';
import { valueText } from './value-text.js';

/** Checks what stands at the run's path. */
export function checkNode(node: ElementNode, item: Item, run: ProfileRun): void {
  if (!run.step()) return;
  if (!checkType(node, item, run)) return;
  checkValue(node, item, run);
  if (node.binding) checkBinding(node, node.binding, item, run);
  checkTarget(node, item, run);
  checkTypeProfiles(node, item, run);
  for (const child of childrenOf(node).values()) checkChildren(child, itemsOf(item, child.name), run);
  checkNodeInvariants(node, item, run);
}

/** The items of one name: how many there are, their slices, and each of them. */
export function checkChildren(node: ElementNode, items: readonly Item[], run: ProfileRun): void {
  if (items.length === 0 && node.min === 0 && node.slices.length === 0) return;
  run.path.push(node.name);
  checkCount(node, items.length, run);
  if (node.slices.length > 0) checkSlices(node, items, run, checkItem);
  else for (const item of items) checkItem(node, item, run);
  run.path.pop();
}

function checkItem(node: ElementNode, item: Item, run: ProfileRun): void {
  if (item.index !== undefined) run.path.push(item.index);
  checkNode(node, item, run);
  if (item.index !== undefined) run.path.pop();
}

function checkCount(node: ElementNode, count: number, run: ProfileRun): void {
  if (count < node.min) {
    const expected = node.min === 1 ? `the required element ${node.name}` : `at least ${node.min} of ${node.name}`;
    run.report(node, {
      code: 'missing-element',
      expected,
      found: count === 0 ? 'nothing' : `${count}`,
      cure: 'Add it.',
    });
  }
  if (count > node.max) {
    const expected = node.max === 0 ? `no ${node.name}` : `at most ${node.max} of ${node.name}`;
    run.report(node, {
      code: 'too-many-items',
      expected,
      found: `${count}`,
      cure: 'Leave out what the profile does not permit.',
    });
  }
}

/** Only choices and resources have types that a profile can leave out. */
function checkType(node: ElementNode, item: Item, run: ProfileRun): boolean {
  const { types } = node;
  if (types.length === 0 || item.type.includes('.') || isOneOf(types, item.type)) return true;
  if (!node.isChoice && !/^[A-Z]/.test(types[0]!.code)) return true;
  const expected = `a value of type ${[...new Set(types.map(({ code }) => code))].join(' or ')}`;
  run.report(node, {
    code: 'type-not-allowed',
    expected,
    found: item.type,
    cure: 'Use a type that the profile permits.',
  });
  return false;
}

const isOneOf = (types: readonly NodeType[], type: string): boolean => {
  if (types.some(({ code }) => code === type)) return true;
  const above = supertypes(type);
  return types.some(({ code }) => above.includes(code) || code.startsWith('http'));
};

function checkValue(node: ElementNode, item: Item, run: ProfileRun): void {
  const { fixed, pattern } = node;
  const { value } = item;
  if (fixed !== undefined && !equalsFixed(value, fixed)) {
    run.report(node, {
      code: 'fixed-value',
      expected: `exactly ${valueText(fixed)}`,
      found: valueText(value),
      cure: 'Send that value.',
    });
  }
  if (pattern !== undefined && !matchesPattern(value, pattern)) {
    run.report(node, {
      code: 'pattern',
      expected: `at least ${valueText(pattern)}`,
      found: valueText(value),
      cure: 'Send what the pattern has; more may stand beside it.',
    });
  }
  if (value !== undefined) checkBounds(node, value, run);
}

/** Profiles on the type: one of them has to be met. Extensions are checked against their own definitions, wherever they stand. */
function checkTypeProfiles(node: ElementNode, item: Item, run: ProfileRun): void {
  if (node.typeProfiles.length === 0 || item.value === undefined) return;
  const profiles = node.types.filter(({ code }) => code === item.type).flatMap((type) => type.profiles);
  if (profiles.length === 0 || item.type === 'Extension') return;
  const [only] = profiles;
  if (profiles.length === 1) {
    const profile = run.compiled(only!);
    if (profile?.isConstraint) checkNode(profile.root, item, run);
    return;
  }
  if (profiles.some((profile) => run.conforms(item, profile) !== false)) return;
  run.report(node, {
    code: 'type-profile',
    expected: `what one of ${profiles.join(', ')} asks`,
    found: 'none of them met',
    cure: 'Validate against one of them to see what is missing.',
  });
}

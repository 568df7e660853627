/** Tells if an item belongs to a slice, and if not, the discriminator that decided (https://hl7.org/fhir/R4/profiling.html#slicing). */
import { isObject } from '../../../json/json.js';
import { codesOf } from '../definitions/code-membership.js';
import { typeOfProfile } from '../checks/check-target.js';
import { equalsFixed, matchesPattern } from '../checks/compare-values.js';
import { childrenOf, type ElementNode } from '../model/element-node.js';
import { type Item, itemsOf } from '../model/item.js';
import type { ProfileRun } from '../profile-run.js';
import type { Discriminator } from '../model/structure.js';
import { valueText } from '../checks/value-text.js';
import { extensionUrl, follow, nodesAt, parsePath, type PathStep } from './discriminator-path.js';

/** Why an item is not of a slice: undefined when it is. */
export type Mismatch = string | undefined;

const byUrl: readonly Discriminator[] = [{ type: 'value', path: 'url' }];
const byType: readonly Discriminator[] = [{ type: 'type', path: '$this' }];

/** Extensions are sliced by their url, and choices by their type, where nothing is said. */
export function discriminatorsOf(head: ElementNode): readonly Discriminator[] {
  const { discriminator = [] } = head.slicing ?? {};
  if (discriminator.length > 0) return discriminator;
  if (head.name === 'extension' || head.name === 'modifierExtension') return byUrl;
  return head.isChoice ? byType : [];
}

export function mismatchOf(head: ElementNode, slice: ElementNode, item: Item, run: ProfileRun): Mismatch {
  const discriminators = discriminatorsOf(head);
  if (discriminators.length === 0) return 'the slicing has no discriminator, so nothing can be told apart';
  for (const discriminator of discriminators) {
    const mismatch = mismatchBy(discriminator, { slice, item, run });
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

interface Question {
  readonly slice: ElementNode;
  readonly item: Item;
  readonly run: ProfileRun;
}

function mismatchBy({ type, path }: Discriminator, question: Question): Mismatch {
  const steps = parsePath(path);
  if (!steps) return `the discriminator ${path} cannot be read`;
  const judge = judges[type];
  if (!judge) return `a discriminator of type ${type} is not known`;
  return judge(steps, question) ? undefined : `${type} at ${path} is ${foundAt(steps, question)}`;
}

function foundAt(steps: readonly PathStep[], { item, run }: Question): string {
  const found = follow(item, steps, run).map(({ value }) => valueText(value));
  return found.length === 0 ? 'nothing' : found.slice(0, 3).join(', ');
}

type Judge = (steps: readonly PathStep[], question: Question) => boolean;

const hasValue: Judge = (steps, { slice, item, run }) => {
  const items = follow(item, steps, run);
  const last = steps.at(-1);
  if (steps.length === 1 && last?.kind === 'child' && last.name === 'url' && isExtension(slice)) {
    const url = extensionUrl(slice, run);
    return url !== undefined && items.some(({ value }) => value === url);
  }
  const nodes = nodesAt(slice, steps, run);
  return items.some((one) => nodes.length === 0 || nodes.some((node) => agrees(node, one, run)));
};

const isExtension = ({ name }: ElementNode): boolean => name === 'extension' || name === 'modifierExtension';

/** Compares an item with the values that tell a slice apart: fixed values, patterns and required bindings of the element and of those in it. */
function agrees(node: ElementNode, item: Item, run: ProfileRun): boolean {
  if (node.fixed !== undefined) return equalsFixed(item.value, node.fixed);
  if (node.pattern !== undefined) return matchesPattern(item.value, node.pattern);
  if (node.binding?.strength === 'required' && !isOfValueSet(node, item, run)) return false;
  for (const child of childrenOf(node).values()) {
    const items = itemsOf(item, child.name);
    if (tells(child) && !items.some((one) => agrees(child, one, run))) return false;
    const slices = child.slices.filter((slice) => slice.min > 0 && tells(slice));
    if (!slices.every((slice) => items.some((one) => agrees(slice, one, run)))) return false;
  }
  return true;
}

/** True if something in it is fixed and has to be there. */
function tells(node: ElementNode): boolean {
  if (node.fixed !== undefined || node.pattern !== undefined) return true;
  return node.min > 0 && [...node.children.values()].some(tells);
}

function isOfValueSet(node: ElementNode, item: Item, run: ProfileRun): boolean {
  const codes = codesOf(item.value, item.type) ?? [];
  const { valueSet } = node.binding!;
  const answers = codes.map((code) => run.codes.has(valueSet, code));
  if (!answers.includes('yes') && answers.includes('unanswered'))
    run.reportUnanswered(node, 'error', `a code of ${run.codes.nameOf(valueSet)}, which tells slices apart`);
  return answers.some((answer) => answer !== 'no');
}

const exists: Judge = (steps, { slice, item, run }) => {
  const isThere = follow(item, steps, run).length > 0;
  const nodes = nodesAt(slice, steps, run);
  if (nodes.some(({ max }) => max === 0)) return !isThere;
  return nodes.every(({ min }) => min === 0) || isThere;
};

const hasType: Judge = (steps, { slice, item, run }) => {
  if (steps.at(-1)?.kind === 'resolve') {
    const allowed = targetsAt(steps, slice, run).map((target) => typeOfProfile(target, run));
    const types = follow(item, steps.slice(0, -1), run).map(({ value }) =>
      isObject(value) ? run.targetType(value) : undefined,
    );
    return types.some((type) => type !== undefined && allowed.includes(type));
  }
  const nodes = nodesAt(slice, steps, run);
  const codes = nodes.flatMap(({ types }) => types.map(({ code }) => code));
  return follow(item, steps, run).some(({ type }) => nodes.length === 0 || codes.includes(type));
};

const targetsAt = (steps: readonly PathStep[], slice: ElementNode, run: ProfileRun): readonly string[] =>
  nodesAt(slice, steps.slice(0, -1), run).flatMap(({ types }) => types.flatMap(({ targets }) => targets));

const hasProfile: Judge = (steps, question) => {
  const { slice, item, run } = question;
  const isResolved = steps.at(-1)?.kind === 'resolve';
  const profiles = isResolved
    ? targetsAt(steps, slice, run)
    : nodesAt(slice, steps, run).flatMap(({ types }) => types.flatMap((type) => type.profiles));
  const items = follow(item, steps, run);
  if (isResolved && items.length === 0) return hasType(steps, question);
  return items.some((one) => profiles.some((profile) => run.conforms(one, profile) === true));
};

const judges: Readonly<Record<string, Judge>> = {
  value: hasValue,
  pattern: hasValue,
  exists,
  type: hasType,
  profile: hasProfile,
};

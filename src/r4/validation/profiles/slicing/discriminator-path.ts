/** Paths of discriminators (https://hl7.org/fhir/R4/profiling.html#discriminator): in the data, and in the profile. */
import { isObject } from '../../../json/json.js';
import { childrenOf, type ElementNode } from '../model/element-node.js';
import { type Item, itemsOf, resourceItem } from '../model/item.js';
import type { ProfileRun } from '../profile-run.js';
import { urlOf } from '../model/structure.js';

export type PathStep =
  | { readonly kind: 'child'; readonly name: string }
  | { readonly kind: 'extension'; readonly url: string }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'resolve' };

const step = /^(?:(extension|ofType|as)\(\s*'?([^')]*)'?\s*\)|(resolve\(\))|([A-Za-z][\w-]*)(?:\[x\])?)/;

/** Undefined for a path that is none of a discriminator. */
export function parsePath(path: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  let rest = path.trim().replace(/^\$this\.?/, '');
  while (rest !== '') {
    const found = step.exec(rest);
    if (!found) return undefined;
    const [text, call, argument = '', resolve, name = ''] = found;
    rest = rest.slice(text.length);
    if (rest.startsWith('.')) rest = rest.slice(1);
    else if (rest !== '') return undefined;
    steps.push(stepOf(call, argument, resolve === undefined ? name : undefined));
  }
  return steps;
}

function stepOf(call: string | undefined, argument: string, name: string | undefined): PathStep {
  if (call === 'extension') return { kind: 'extension', url: argument };
  if (call !== undefined) return { kind: 'type', name: argument.replace(/^FHIR\./, '') };
  return name === undefined ? { kind: 'resolve' } : { kind: 'child', name };
}

/** The values at the path. */
export function follow(item: Item, steps: readonly PathStep[], run: ProfileRun): readonly Item[] {
  let items: readonly Item[] = [item];
  for (const one of steps) items = items.flatMap((from) => next(from, one, run));
  return items;
}

function next(item: Item, one: PathStep, run: ProfileRun): readonly Item[] {
  switch (one.kind) {
    case 'child':
      return itemsOf(item, one.name);
    case 'extension':
      return itemsOf(item, 'extension').filter(({ value }) => isObject(value) && value['url'] === one.url);
    case 'type':
      return item.type === one.name ? [item] : [];
    default: {
      const local = isObject(item.value) ? run.local(item.value) : undefined;
      return local ? [resourceItem(local.resource)] : [];
    }
  }
}

/** Elements of the profile at the path of a slice. */
export function nodesAt(slice: ElementNode, steps: readonly PathStep[], run: ProfileRun): readonly ElementNode[] {
  let nodes: readonly ElementNode[] = [slice];
  for (const one of steps) nodes = nodes.flatMap((from) => nodesBelow(from, one, run)).flatMap(slicesThatHaveToBe);
  return nodes;
}

/** An element on the way may be sliced itself, and fixed in its slices alone: `code.coding:SBPCode` of blood pressures. */
function slicesThatHaveToBe(node: ElementNode): readonly ElementNode[] {
  const needed = node.slices.filter(({ min }) => min > 0);
  return needed.length > 0 ? needed : [node];
}

function nodesBelow(node: ElementNode, one: PathStep, run: ProfileRun): readonly ElementNode[] {
  switch (one.kind) {
    case 'child': {
      const child = childOf(node, one.name, run);
      return child ? [child] : [];
    }
    case 'extension':
      return (childOf(node, 'extension', run)?.slices ?? []).filter((slice) => extensionUrl(slice, run) === one.url);
    case 'type': {
      const slices = node.slices.filter(({ types }) => types.some(({ code }) => code === one.name));
      return slices.length > 0 ? slices : [node];
    }
    default:
      return rootsOf(
        node.types.flatMap(({ targets }) => targets),
        run,
      );
  }
}

/** From the profile on its type where the element does not list children. */
function childOf(node: ElementNode, name: string, run: ProfileRun): ElementNode | undefined {
  const own = childrenOf(node).get(name);
  if (own) return own;
  return rootsOf(
    node.types.flatMap(({ profiles }) => profiles),
    run,
  )
    .map(({ children }) => children.get(name))
    .find((child) => child !== undefined);
}

const rootsOf = (profiles: readonly string[], run: ProfileRun): readonly ElementNode[] =>
  profiles.flatMap((canonical) => run.compiled(canonical)?.root ?? []);

/** The url that an extension of a slice has. */
export function extensionUrl(slice: ElementNode, run: ProfileRun): string | undefined {
  const own = slice.children.get('url')?.fixed;
  if (typeof own === 'string') return own;
  const profile = slice.types[0]?.profiles[0];
  if (profile === undefined) return undefined;
  const fixed = run.compiled(profile)?.root.children.get('url')?.fixed;
  return typeof fixed === 'string' ? fixed : urlOf(profile);
}

/** Snapshots out of differentials (https://hl7.org/fhir/R4/profiling.html#snapshot). */
import { choiceProperty } from '../../../model/elements.js';
import { type ElementDefinition, type ElementType, type StructureDefinition, urlOf } from '../model/structure.js';
import { copyOf, elementsOf, type ElementTree, treeOf } from './element-tree.js';
import { mergeDefinition } from './merge-definition.js';

/** Why a StructureDefinition has no snapshot; `fact` is for the client. */
export class NoSnapshot extends Error {
  constructor(readonly fact: string) {
    super(fact);
  }
}

/** Elements of a definition by its canonical: its snapshot, made where there is none; undefined when it is not known. */
export type Snapshots = (canonical: string) => readonly ElementDefinition[] | undefined;

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/';
/** Slices nested in slices, and types in types: no definition goes as deep. */
const deepest = 40;
const mostMade = 50_000;

/** Elements of the snapshot. Throws {@link NoSnapshot}. */
export function generateSnapshot(structure: StructureDefinition, snapshots: Snapshots): readonly ElementDefinition[] {
  const { base, url, differential } = structure;
  const baseElements = base === undefined ? undefined : snapshots(base);
  const root = baseElements && treeOf(baseElements);
  if (!root)
    throw new NoSnapshot(`The definition that ${url} is based on is not known here: ${base ?? 'none is named'}.`);
  const merging = new Merging(structure.url, snapshots);
  const diff = treeOf(differential);
  if (diff && diff.name !== root.name) {
    throw new NoSnapshot(`The differential of ${url} is about ${diff.name}, and its base about ${root.name}.`);
  }
  return elementsOf(diff ? merging.merge(copyOf(root), diff) : root);
}

/** One generation: how much was made, and where types come from. */
class Merging {
  private made = 0;
  private depth = 0;

  constructor(
    private readonly url: string,
    private readonly snapshots: Snapshots,
  ) {}

  /** Lays `diff` over `base`, which is changed. */
  merge(base: ElementTree, diff: ElementTree): ElementTree {
    this.count();
    if (++this.depth > deepest) throw this.tooLarge();
    base.definition = mergeDefinition(base.definition, diff.definition, this.url);
    if (diff.children.length > 0) {
      if (base.children.length === 0) base.children = this.unfold(base);
      base.children = this.mergeChildren(base, diff.children);
    }
    this.depth--;
    return base;
  }

  /** Children of the type, for an element whose children the base does not list. */
  private unfold({ definition }: ElementTree): ElementTree[] {
    const { contentReference, type = [], path } = definition;
    if (contentReference !== undefined) return this.referenced(contentReference);
    const [first] = type;
    if (!first) return [];
    const name = profileOf(type) ?? typeUrl(type.every(({ code }) => code === first.code) ? first.code : 'Element');
    const elements = this.snapshots(name) ?? this.snapshots(typeUrl(first.code));
    const tree = elements && treeOf(elements);
    if (!tree) throw new NoSnapshot(`The type ${name} of ${path} in ${this.url} is not known here.`);
    return this.copies(tree.children);
  }

  private referenced(reference: string): ElementTree[] {
    const [address = '', id = ''] = reference.split('#');
    const type = id.split('.')[0]!;
    const elements = this.snapshots(address === '' ? typeUrl(type) : address);
    let tree = elements && treeOf(elements);
    for (const part of id.split('.').slice(1)) tree = tree?.children.find(({ name }) => name === part);
    return this.copies(tree?.children ?? []);
  }

  private mergeChildren(parent: ElementTree, diffs: readonly ElementTree[]): ElementTree[] {
    const byName = new Map<string, ElementTree[]>();
    for (const diff of diffs) {
      const { name, tree } = this.placed(parent, diff);
      const group = byName.get(name);
      if (group) group.push(tree);
      else byName.set(name, [tree]);
    }
    const made: ElementTree[] = [];
    const names = [...new Set(parent.children.map(({ name }) => name))];
    for (const name of names) {
      const group = parent.children.filter((child) => child.name === name);
      made.push(...this.mergeGroup(group, byName.get(name) ?? []));
      byName.delete(name);
    }
    const [unknown] = byName.keys();
    if (unknown === undefined) return made;
    throw new NoSnapshot(
      `The differential of ${this.url} speaks of ${parent.definition.path}.${unknown}, which its base does not have.`,
    );
  }

  /** `valueQuantity` speaks of `value[x]`: of one of its types (https://hl7.org/fhir/R4/profiling.html#snapshot). */
  private placed(parent: ElementTree, diff: ElementTree): { readonly name: string; readonly tree: ElementTree } {
    const { name } = diff;
    if (parent.children.some((child) => child.name === name)) return { name, tree: diff };
    for (const child of parent.children) {
      if (!child.name.endsWith('[x]')) continue;
      const type = (child.definition.type ?? []).find(
        ({ code }) => choiceProperty(child.name.slice(0, -3), code) === name,
      );
      if (!type) continue;
      const { sliceName = name, type: own } = diff.definition;
      const definition = { ...diff.definition, sliceName, type: own ?? [{ code: type.code }] };
      return { name: child.name, tree: { name: child.name, definition, children: diff.children } };
    }
    return { name, tree: diff };
  }

  private mergeGroup([head, ...slices]: readonly ElementTree[], diffs: readonly ElementTree[]): ElementTree[] {
    if (diffs.length === 0) return [head!, ...slices];
    const before = copyOf(head!);
    const own = diffs.filter(({ definition }) => definition.sliceName === undefined);
    const named = diffs.filter(({ definition }) => definition.sliceName !== undefined);
    for (const diff of own) this.mergeHead(head!, diff);
    if (slices.length === 0 && this.isNarrowed(head!, named)) return [head!];
    if (named.length > 0) this.implySlicing(head!);
    const made = new Slices(slices);
    for (const diff of named) this.mergeSlice(before, made, diff);
    return [head!, ...made.all];
  }

  private mergeHead(head: ElementTree, diff: ElementTree): void {
    const { slicing, min, max } = head.definition;
    const isExtension = head.definition.type?.[0]?.code === 'Extension';
    if (isExtension)
      head.definition = {
        ...this.sliceOf(head.definition, diff.definition),
        min: min ?? 0,
        max: max ?? '*',
        ...(slicing && { slicing }),
      };
    this.merge(head, diff);
  }

  private mergeSlice(head: ElementTree, slices: Slices, diff: ElementTree): void {
    const name = diff.definition.sliceName!;
    const existing = slices.get(name);
    if (existing) return void this.merge(existing, diff);
    const parentName = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : undefined;
    const parent = parentName === undefined ? undefined : slices.get(parentName);
    const fresh: ElementTree = {
      name: head.name,
      definition: { ...this.sliceOf((parent ?? head).definition, diff.definition), min: 0 },
      children: diff.children.length > 0 ? this.copies((parent ?? head).children) : [],
    };
    slices.add(this.merge(fresh, diff), parentName);
  }

  /** Elements of their own; they count, since a short differential may unfold a large type again and again. */
  private copies(trees: readonly ElementTree[]): ElementTree[] {
    return trees.map((tree) => {
      this.count();
      return { ...tree, children: this.copies(tree.children) };
    });
  }

  private count(): void {
    if (++this.made > mostMade) throw this.tooLarge();
  }

  private tooLarge(): NoSnapshot {
    return new NoSnapshot(`The differential of ${this.url} is deeper or larger than a definition may be.`);
  }

  /** First element of a slice: the element, or for an extension the root of its definition. */
  private sliceOf(head: ElementDefinition, { type = [] }: ElementDefinition): ElementDefinition {
    const { slicing: _, ...element } = head;
    const own = type.length > 0 ? type : (element.type ?? []);
    if (own[0]?.code !== 'Extension') return element;
    const root = this.snapshots(profileOf(own) ?? typeUrl('Extension'))?.[0];
    if (!root) return element;
    const { id: _id, sliceName: _name, slicing: _slicing, ...whole } = root;
    return { ...whole, path: element.path, base: element.base ?? {}, type: own };
  }

  /** `valueQuantity` alone leaves the choice no other type: it is narrowed, or, with a minimum said, sliced. True when there is no slice. */
  private isNarrowed(head: ElementTree, [only, ...others]: readonly ElementTree[]): boolean {
    if (!only || others.length > 0 || head.definition.slicing || !isTypeName(head, only)) return false;
    const { name, definition, children } = only;
    const { sliceName: _, ...rest } = definition;
    const { min, type = [] } = definition;
    if (min === undefined) {
      this.merge(head, { name, definition: rest, children });
      return true;
    }
    const slicing = { discriminator: [{ type: 'type', path: '$this' }], ordered: false, rules: 'closed' };
    head.definition = { ...head.definition, min: Math.max(min, head.definition.min ?? 0), type, slicing };
    return false;
  }

  /** Extensions are sliced by their url, and choices by their type, without a word. */
  private implySlicing(head: ElementTree): void {
    if (head.definition.slicing) return;
    const isExtension = head.name === 'extension' || head.name === 'modifierExtension';
    if (!isExtension && !head.name.endsWith('[x]')) return;
    const discriminator = isExtension ? { type: 'value', path: 'url' } : { type: 'type', path: '$this' };
    head.definition = {
      ...head.definition,
      slicing: { discriminator: [discriminator], ordered: false, rules: 'open' },
    };
  }
}

/** The one profile on the one type. */
function profileOf([type, ...others]: readonly ElementType[]): string | undefined {
  return others.length === 0 && type?.profile?.length === 1 ? type.profile[0] : undefined;
}

/** True for a slice that is named as a type of the choice is: `valueQuantity`. */
const isTypeName = ({ name }: ElementTree, { definition: { sliceName, type } }: ElementTree): boolean =>
  name.endsWith('[x]') && sliceName === choiceProperty(name.slice(0, -3), type?.[0]?.code ?? '');

/** Slices of one element, in the order of the document. */
class Slices {
  readonly all: ElementTree[];
  private readonly byName: Map<string | undefined, ElementTree>;

  constructor(slices: readonly ElementTree[]) {
    this.all = [...slices];
    // Of two with one name the first counts.
    this.byName = new Map(slices.toReversed().map((slice) => [slice.definition.sliceName, slice]));
  }

  get(name: string): ElementTree | undefined {
    return this.byName.get(name);
  }

  /** Behind the last slice, or behind the last of the slice that is sliced again. */
  add(slice: ElementTree, parent: string | undefined): void {
    this.byName.set(slice.definition.sliceName, slice);
    const last = parent === undefined ? -1 : this.all.findLastIndex((one) => isWithin(one, parent));
    if (last === -1) this.all.push(slice);
    else this.all.splice(last + 1, 0, slice);
  }
}

const isWithin = ({ definition: { sliceName = '' } }: ElementTree, parent: string): boolean =>
  sliceName === parent || sliceName.startsWith(`${parent}/`);

const typeUrl = (code: string): string => (code.includes('/') ? urlOf(code) : `${coreUrl}${code}`);

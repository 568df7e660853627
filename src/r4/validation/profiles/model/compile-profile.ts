import { listOf, each } from '../../../json/items.js';
import { isObject } from '../../../json/json.js';
import { choiceProperty } from '../../../model/elements.js';
import type { CompiledProfile, ElementNode, NodeBinding, NodeType } from './element-node.js';
import { invariantsOf, makeInvariant } from '../invariants/profile-invariant.js';
import { canonicalOf, choiceOf, type ElementDefinition, nameOf, type StructureDefinition } from './structure.js';

const maxValueSetUrl = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';
const systemType = 'http://hl7.org/fhirpath/System.';

/** Undefined without elements. `elements`: the snapshot. */
export function compileProfile(
  structure: StructureDefinition,
  elements: readonly ElementDefinition[],
): CompiledProfile | undefined {
  const [first, ...rest] = elements;
  if (!first) return undefined;
  const byId = new Map<string, ElementNode>();
  const profile: CompiledProfile = {
    url: structure.url,
    canonical: canonicalOf(structure),
    type: structure.type,
    isConstraint: structure.derivation === 'constraint',
    context: structure.context,
    contextInvariants: structure.contextInvariant.map((expression, at) =>
      makeInvariant(structure.type, { key: `context-${at + 1}`, expression, human: expression, severity: 'error' }),
    ),
    byId,
    get root() {
      return root;
    },
  };
  const root = nodeOf(profile, first);
  byId.set(root.id, root);
  const open: { readonly node: ElementNode; readonly path: string }[] = [{ node: root, path: first.path }];
  for (const element of rest) place(profile, element, { open, byId });
  return profile;
}

interface Building {
  /** The way from the root to the element before. */
  readonly open: { readonly node: ElementNode; readonly path: string }[];
  readonly byId: Map<string, ElementNode>;
}

function place(profile: CompiledProfile, element: ElementDefinition, { open, byId }: Building): void {
  const { path } = element;
  const parentPath = path.slice(0, path.lastIndexOf('.'));
  while (open.length > 1 && open.at(-1)!.path !== parentPath) open.pop();
  const parent = open.at(-1)!;
  if (parent.path !== parentPath) return;
  const node = nodeOf(profile, element);
  attach(parent.node, node, nameOf(path));
  byId.set(node.id, node);
  open.push({ node, path });
}

function attach(parent: ElementNode, node: ElementNode, written: string): void {
  const head = parent.children.get(node.name) ?? (node.isChoice ? undefined : choiceHead(parent, written));
  if (!head) parent.children.set(node.name, node);
  else sliceParent(head, node.sliceName ?? written).slices.push(node);
}

/** `valueQuantity` in a snapshot is a slice of `value[x]`. */
function choiceHead(parent: ElementNode, written: string): ElementNode | undefined {
  for (const child of parent.children.values()) {
    if (child.isChoice && child.types.some(({ code }) => choiceProperty(child.name, code) === written)) return child;
  }
  return undefined;
}

/** `a/b` slices `a` again. */
function sliceParent(head: ElementNode, sliceName: string): ElementNode {
  let parent = head;
  for (let at = sliceName.indexOf('/'); at !== -1; at = sliceName.indexOf('/', at + 1)) {
    const name = sliceName.slice(0, at);
    parent = parent.slices.find((slice) => slice.sliceName === name) ?? parent;
  }
  return parent;
}

function nodeOf(profile: CompiledProfile, element: ElementDefinition): ElementNode {
  const written = nameOf(element.path);
  const isChoice = written.endsWith('[x]');
  const types = each(element.type as never)
    .filter(isObject)
    .map(typeOf);
  return {
    profile,
    id: element.id ?? (element.sliceName === undefined ? element.path : `${element.path}:${element.sliceName}`),
    name: isChoice ? written.slice(0, -3) : written,
    isChoice,
    min: typeof element.min === 'number' ? element.min : 0,
    max: maximum(element.max),
    types,
    typeProfiles: types.filter(({ code }) => code !== 'Extension').flatMap((type) => type.profiles),
    targets: types.filter(({ code }) => code === 'Reference').flatMap((type) => type.targets),
    fixed: choiceOf(element, 'fixed'),
    pattern: choiceOf(element, 'pattern'),
    minValue: choiceOf(element, 'minValue'),
    maxValue: choiceOf(element, 'maxValue'),
    maxLength: typeof element.maxLength === 'number' ? element.maxLength : undefined,
    binding: bindingOf(element),
    isModifier: element.isModifier === true,
    invariants: invariantsOf(element),
    contentReference: typeof element.contentReference === 'string' ? element.contentReference : undefined,
    children: new Map(),
    slicing: isObject(element.slicing as never) ? element.slicing : undefined,
    sliceName: element.sliceName,
    slices: [],
  };
}

const maximum = (max: unknown): number => {
  const number = typeof max === 'string' && /^\d+$/.test(max) ? Number(max) : Number.POSITIVE_INFINITY;
  return number;
};

const textsOf = (value: unknown): readonly string[] =>
  listOf(value as never).filter((one): one is string => typeof one === 'string');

function typeOf(type: Record<string, unknown>): NodeType {
  const code = typeof type['code'] === 'string' ? type['code'] : '';
  return {
    code: code.startsWith(systemType) ? 'string' : code,
    profiles: textsOf(type['profile']),
    targets: textsOf(type['targetProfile']),
  };
}

function bindingOf({ binding }: ElementDefinition): NodeBinding | undefined {
  if (!isObject(binding as never) || typeof binding?.valueSet !== 'string') return undefined;
  const maximal = listOf(binding.extension as never).find((one) => isObject(one) && one['url'] === maxValueSetUrl) as
    Record<string, unknown> | undefined;
  const maxValueSet = maximal?.['valueCanonical'] ?? maximal?.['valueUri'];
  return {
    strength: binding.strength ?? 'example',
    valueSet: binding.valueSet,
    maxValueSet: typeof maxValueSet === 'string' ? maxValueSet : undefined,
  };
}

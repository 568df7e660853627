/** Elements of a snapshot or differential as a tree: slices stand beside their element, in the order of the document. */
import { type ElementDefinition, nameOf } from '../model/structure.js';

export interface ElementTree {
  /** The last part of the path: `value[x]`. */
  readonly name: string;
  definition: ElementDefinition;
  children: ElementTree[];
}

/** Undefined without an element. Parents that a differential leaves out are put in, with nothing said of them. */
export function treeOf(elements: readonly ElementDefinition[]): ElementTree | undefined {
  const [first, ...rest] = elements;
  if (!first) return undefined;
  const rootPath = first.path.split('.')[0]!;
  const root: ElementTree = {
    name: rootPath,
    definition: first.path === rootPath ? first : { path: rootPath },
    children: [],
  };
  const open = [root];
  for (const element of first.path === rootPath ? rest : elements) add(element, open);
  return root;
}

/** `open`: the way from the root to the element before. */
function add(element: ElementDefinition, open: ElementTree[]): void {
  const parts = element.path.split('.');
  // A second root says nothing.
  if (parts.length === 1) return;
  open.length = Math.min(open.length, parts.length - 1);
  while (open.length > 1 && open.at(-1)!.definition.path !== parts.slice(0, open.length).join('.')) open.pop();
  while (open.length < parts.length - 1) {
    const path = parts.slice(0, open.length + 1).join('.');
    open.push(append(open.at(-1)!, { path }));
  }
  open.push(append(open.at(-1)!, element));
}

function append(parent: ElementTree, definition: ElementDefinition): ElementTree {
  const made: ElementTree = { name: nameOf(definition.path), definition, children: [] };
  parent.children.push(made);
  return made;
}

/** A copy of its own, so that merging changes nothing of the base. */
export const copyOf = ({ name, definition, children }: ElementTree): ElementTree => ({
  name,
  definition,
  children: children.map(copyOf),
});

/** The elements in the order of the document, with paths and ids as they follow from the tree. */
export function elementsOf(root: ElementTree): readonly ElementDefinition[] {
  const elements: ElementDefinition[] = [];
  const visit = ({ name, definition, children }: ElementTree, path: string, id: string): void => {
    const { sliceName } = definition;
    const [ownPath, ownId] = path === '' ? [name, name] : [`${path}.${name}`, `${id}.${name}`];
    const named = sliceName === undefined || path === '' ? ownId : `${ownId}:${sliceName}`;
    elements.push({ ...definition, id: named, path: ownPath });
    for (const child of children) visit(child, ownPath, named);
  };
  visit(root, '', '');
  return elements;
}

/** The tree that a profile is checked by, made of a snapshot. */
import type { Json } from '../../../json/json.js';
import { choiceProperty } from '../../../model/elements.js';
import type { ProfileInvariant } from '../invariants/profile-invariant.js';
import type { ExtensionContext, SlicingDefinition } from './structure.js';

export interface NodeType {
  readonly code: string;
  /** Profiles of which one has to be met. */
  readonly profiles: readonly string[];
  readonly targets: readonly string[];
}

export interface NodeBinding {
  readonly strength: string;
  readonly valueSet: string;
  /** Codes out of an extensible or preferred value set have to be in this one. */
  readonly maxValueSet: string | undefined;
}

export interface ElementNode {
  readonly profile: CompiledProfile;
  /** As findings name it: `Patient.extension:race`. */
  readonly id: string;
  /** FHIRPath name: `value` for `value[x]`. */
  readonly name: string;
  readonly isChoice: boolean;
  readonly min: number;
  readonly max: number;
  readonly types: readonly NodeType[];
  /** Profiles on its types, but for those of extensions. */
  readonly typeProfiles: readonly string[];
  /** Profiles for the targets of references. */
  readonly targets: readonly string[];
  readonly fixed: Json | undefined;
  readonly pattern: Json | undefined;
  readonly minValue: Json | undefined;
  readonly maxValue: Json | undefined;
  readonly maxLength: number | undefined;
  readonly binding: NodeBinding | undefined;
  readonly isModifier: boolean;
  readonly invariants: readonly ProfileInvariant[];
  readonly contentReference: string | undefined;
  readonly children: Map<string, ElementNode>;
  readonly slicing: SlicingDefinition | undefined;
  readonly sliceName: string | undefined;
  /** The slices; those of a slice when that is sliced again. */
  readonly slices: ElementNode[];
}

export interface CompiledProfile {
  readonly url: string;
  /** `url|version`. */
  readonly canonical: string;
  readonly type: string;
  /** False for the definition of a type of R4 itself, which the base rules cover. */
  readonly isConstraint: boolean;
  readonly root: ElementNode;
  readonly context: readonly ExtensionContext[];
  readonly contextInvariants: readonly ProfileInvariant[];
  readonly byId: ReadonlyMap<string, ElementNode>;
}

/** Children of an element, its content reference followed. */
export function childrenOf(node: ElementNode): ReadonlyMap<string, ElementNode> {
  if (node.contentReference === undefined || node.children.size > 0) return node.children;
  const id = node.contentReference.slice(node.contentReference.indexOf('#') + 1);
  return node.profile.byId.get(id)?.children ?? node.children;
}

/** The one node that speaks of a JSON property of a choice, such as `valueQuantity`. */
export const speaksOf = (node: ElementNode, property: string): boolean =>
  node.isChoice && node.types.some(({ code }) => choiceProperty(node.name, code) === property);

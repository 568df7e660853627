import { compileProfile } from './compile-profile.js';
import type { CompiledProfile, ElementNode } from './element-node.js';
import { prune } from './prune.js';
import type { KnownDefinitions } from '../definitions/known-definitions.js';
import { generateSnapshot, NoSnapshot } from '../snapshot/generate-snapshot.js';
import { type ElementDefinition, readStructure, type StructureDefinition } from './structure.js';

/** A profile that can be checked, or why it cannot; `fact` is for the client. */
export type Profile =
  | { readonly kind: 'compiled'; readonly profile: CompiledProfile }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken'; readonly fact: string };

const deepestBase = 40;
const coreUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** Profiles of the definitions at hand, compiled when first used. */
export class Profiles {
  constructor(private readonly definitions: KnownDefinitions) {}

  get(canonical: string): Profile {
    return this.definitions.derive(`profile ${canonical}`, () => this.make(canonical));
  }

  structure(canonical: string): StructureDefinition | undefined {
    return this.definitions.derive(`structure ${canonical}`, () => {
      const found = this.definitions.get('StructureDefinition', canonical);
      return found && readStructure(found);
    });
  }

  /** Throws {@link NoSnapshot}. */
  snapshotOf(structure: StructureDefinition): readonly ElementDefinition[] {
    return this.elements(structure, []);
  }

  private make(canonical: string): Profile {
    const structure = this.structure(canonical);
    if (!structure) return { kind: 'unknown' };
    try {
      const profile = compileProfile(structure, this.elements(structure, []));
      if (profile) return { kind: 'compiled', profile: this.pruned(profile) };
      return { kind: 'broken', fact: `${structure.url} has neither a snapshot nor a differential.` };
    } catch (error) {
      if (error instanceof NoSnapshot) return { kind: 'broken', fact: error.fact };
      throw error;
    }
  }

  private pruned(profile: CompiledProfile): CompiledProfile {
    const rootOf = (code: string): ElementNode | undefined => {
      const found = this.get(code.includes('/') ? code : `${coreUrl}${code}`);
      return found.kind === 'compiled' && !found.profile.isConstraint ? found.profile.root : undefined;
    };
    if (profile.isConstraint) prune(profile.root, rootOf(profile.type), rootOf);
    return profile;
  }

  /** `below`: definitions that rest on this one. */
  private elements(structure: StructureDefinition, below: readonly string[]): readonly ElementDefinition[] {
    if (structure.snapshot.length > 0) return structure.snapshot;
    if (below.includes(structure.url))
      throw new NoSnapshot(`${structure.url} is its own base: ${[...below, structure.url].join(' → ')}.`);
    if (below.length > deepestBase) throw new NoSnapshot(`${below[0]!} rests on more than ${deepestBase} others.`);
    return this.definitions.derive(`snapshot ${structure.url}|${structure.version ?? ''}`, () =>
      generateSnapshot(structure, (canonical) => {
        const found = this.structure(canonical);
        return found && this.elements(found, [...below, structure.url]);
      }),
    );
  }
}

import { FhirError } from '../../r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../r4/json/json.js';
import type { DefinitionSource } from '../../r4/model/definition-source.js';
import { parseCanonical } from '../../r4/terminology/canonical.js';
import { builtInDefinition } from '../../r4/validation/profiles/definitions/built-in-definitions.js';
import { DefinitionStore } from '../../r4/validation/profiles/definitions/known-definitions.js';
import { Profiles } from '../../r4/validation/profiles/model/profiles.js';
import {
  type ElementDefinition,
  readStructure,
  type StructureDefinition,
} from '../../r4/validation/profiles/model/structure.js';
import { elementsOf, treeOf } from '../../r4/validation/profiles/snapshot/element-tree.js';
import { NoSnapshot } from '../../r4/validation/profiles/snapshot/generate-snapshot.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { ResourceRepository } from '../storage/resource.repository.js';

const type = 'StructureDefinition';

/** 422: the differential cannot be laid over its base; the text says which definition is in the way. */
export class CannotMakeSnapshot extends FhirError {
  readonly status = 422;
  constructor(fact: string) {
    super({
      code: 'business-rule',
      diagnostics: `${fact} Mend the differential, or install the package that is missing.`,
    });
  }
}

/** Of the differential, whatever snapshot there is; definitions that are no profiles, which have none, keep their own. */
export async function snapshotOf(
  structure: StructureDefinition,
  source: DefinitionSource,
): Promise<readonly ElementDefinition[]> {
  const { url, derivation, differential, snapshot } = structure;
  if (derivation !== 'constraint' && snapshot.length > 0) return snapshot;
  if (derivation !== 'constraint')
    throw new CannotMakeSnapshot(
      `${url} is no profile ("derivation" is not "constraint"), so that no base has its elements.`,
    );
  if (differential.length === 0) throw new CannotMakeSnapshot(`${url} has no differential.`);
  const made = await new DefinitionStore(source).settle<readonly ElementDefinition[] | NoSnapshot>((definitions) => {
    try {
      return Promise.resolve(new Profiles(definitions).snapshotOf({ ...structure, snapshot: [] }));
    } catch (error) {
      // Definitions that are missing are fetched first; then this runs again.
      if (error instanceof NoSnapshot) return Promise.resolve(error);
      throw error;
    }
  });
  if (made instanceof NoSnapshot) throw new CannotMakeSnapshot(made.fact);
  return made;
}

const abstractTypes: ReadonlySet<unknown> = new Set(['Element', 'BackboneElement', 'Resource', 'DomainResource']);

/** A definition of R4 itself, with what R4 requires of one and validation does not look at. */
function ofR4(canonical: string): JsonObject | undefined {
  const known = builtInDefinition(type, canonical);
  const structure = known && readStructure(known);
  if (!structure) return known;
  const { differential, snapshot } = structure;
  return {
    ...known,
    status: 'active',
    abstract: abstractTypes.has(known['name']),
    ...(differential.length > 0 && { differential: { element: withIds(differential) } }),
    // Elements of a type are here without `base`, which are their own.
    ...(snapshot.length > 0 && { snapshot: { element: withIds(snapshot).map(withBase) } }),
  } as unknown as JsonObject;
}

const withIds = (elements: readonly ElementDefinition[]): readonly ElementDefinition[] => elementsOf(treeOf(elements)!);

const withBase = (one: ElementDefinition): object => ({
  base: { path: one.path, min: one.min, max: one.max },
  ...one,
});

/** Definitions that the caller may read, and those of R4. */
export class ReadableDefinitions implements DefinitionSource {
  /** For one call. */
  readonly revision = '';

  constructor(
    private readonly context: RequestContext,
    private readonly resources: ResourceRepository,
  ) {}

  async find(of: string, canonicals: readonly string[]): ReturnType<DefinitionSource['find']> {
    if (of !== type) return canonicals.map(() => undefined);
    const rows = this.context.may(of, 'r')
      ? await this.resources.findCanonicals(this.context.accessTo(of, 'r'), canonicals.map(parseCanonical))
      : [];
    const found = new Map(rows.map(({ number, body }) => [number, parseJson(body) as JsonObject]));
    return canonicals.map((canonical, index) => {
      const resource = found.get(index + 1) ?? ofR4(canonical);
      const { url, version } = parseCanonical(canonical);
      return resource && { type: of, url, version, origin: 'stored', resource };
    });
  }
}

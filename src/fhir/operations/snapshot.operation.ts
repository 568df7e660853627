import { Injectable } from '@nestjs/common';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { NotThisResource } from '../../r4/errors/request-errors.js';
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
import { NoSnapshot } from '../../r4/validation/profiles/snapshot/generate-snapshot.js';
import type { RequestContext } from '../../scope/request-context.js';
import { ReadInteraction } from '../interactions/read.interaction.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';
import { UnknownDefinition } from './terminology/terminology-questions.js';

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

const declaration = {
  code: 'snapshot',
  level: ['type', 'instance'],
  types: [type],
  affectsState: false,
  access: [{ permission: 'r', type }],
  takesResource: true,
  parameters: [
    { name: 'definition', type, documentation: 'A definition with a differential; nothing of it is stored.' },
    {
      name: 'url',
      type: 'uri',
      documentation: 'Canonical of one that is stored or of a package, with or without version.',
    },
  ],
  returns: [
    { name: 'return', type, min: 1, documentation: 'The definition with a snapshot made of its differential.' },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/StructureDefinition-snapshot',
  documentation:
    'Lays the differential of a profile over its base. Elements of R4 itself come without their texts, unless the package hl7.fhir.r4.core is installed.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/structuredefinition-operation-snapshot.html */
@Injectable()
export class SnapshotOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly readInteraction: ReadInteraction,
    private readonly resources: ResourceRepository,
  ) {}

  async run({ context, id, parameters }: Call): Promise<object> {
    const source = new ReadableDefinitions(context, this.resources);
    const resource = parameters.definition ?? (await this.stored({ context, id, url: parameters.url }, source));
    const structure = readStructure(resource);
    if (!structure) throw new NotThisResource('The StructureDefinition needs a "url" and a "type".', type);
    return { ...resource, snapshot: { element: (await snapshotOf(structure, source)).map(defined) } };
  }

  private async stored(
    {
      context,
      id,
      url,
    }: { readonly context: RequestContext; readonly id: string | undefined; readonly url: string | undefined },
    source: DefinitionSource,
  ): Promise<JsonObject> {
    if (id !== undefined) return parseJson((await this.readInteraction.run(context, type, id)).body) as JsonObject;
    if (url === undefined)
      throw new NotThisResource(`The call names no definition: send it, send "url", or call ${type}/[id]/$snapshot.`);
    const [found] = await source.find(type, [url]);
    if (!found) throw new UnknownDefinition(type, url);
    return found.resource;
  }
}

/** Of the differential, whatever snapshot there is; definitions that are no profiles, which have none, keep their own. */
async function snapshotOf(
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

/** Each element has a definition (sdf-3), and each modifier a reason (eld-18): R4's own are here without their texts. */
function defined(element: ElementDefinition): ElementDefinition {
  const { base, path, isModifier, definition, isModifierReason } = element;
  const origin = base?.path ?? path;
  const place = `${origin} (http://hl7.org/fhir/StructureDefinition/${origin.split('.')[0]!})`;
  return {
    ...element,
    definition: definition ?? `As R4 defines ${place}.`,
    ...(isModifier && { isModifierReason: isModifierReason ?? `R4 says why at ${place}.` }),
  };
}

/** A definition of R4 itself; the elements of a type are here without `base`, which are their own. */
function ofR4(canonical: string): JsonObject | undefined {
  const resource = builtInDefinition(type, canonical);
  const { snapshot = [] } = (resource && readStructure(resource)) ?? {};
  if (snapshot.length === 0) return resource;
  const element = snapshot.map((one) => ({ base: { path: one.path, min: one.min, max: one.max }, ...one }));
  return { ...resource, snapshot: { element } as unknown as JsonObject };
}

/** Definitions that the caller may read, and those of R4. */
class ReadableDefinitions implements DefinitionSource {
  /** For one call. */
  readonly revision = '';

  constructor(
    private readonly context: RequestContext,
    private readonly resources: ResourceRepository,
  ) {}

  async find(of: string, canonicals: readonly string[]): ReturnType<DefinitionSource['find']> {
    if (of !== type) return canonicals.map(() => undefined);
    const rows = await this.resources.findCanonicals(this.context.accessTo(of, 'r'), canonicals.map(parseCanonical));
    const found = new Map(rows.map(({ number, body }) => [number, parseJson(body) as JsonObject]));
    return canonicals.map((canonical, index) => {
      const resource = found.get(index + 1) ?? ofR4(canonical);
      const { url, version } = parseCanonical(canonical);
      return resource && { type: of, url, version, origin: 'stored', resource };
    });
  }
}

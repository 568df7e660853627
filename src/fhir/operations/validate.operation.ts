import { Injectable } from '@nestjs/common';
import { notFound, notPut } from '../../scope/explain/not-found.js';
import type { RequestContext } from '../../scope/request-context.js';
import { permissions } from '../../scope/grammar/permission.js';
import { decide } from '../../scope/request-decision.js';
import { ContentValidation } from '../hooks/content-validation.js';
import { WriteHooks } from '../hooks/write-hooks.js';
import { asResource, requireSameId } from '../interactions/parse-resource.js';
import { ReadInteraction } from '../interactions/read.interaction.js';
import { FhirError, type Issue } from '../../r4/errors/fhir-error.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { type JsonObject, parseJson } from '../../r4/json/json.js';
import { type OperationOutcome, operationOutcome } from '../../r4/errors/operation-outcome.js';
import { NotThisResource } from '../../r4/errors/request-errors.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { partIssues } from '../../r4/validation/part-of-resource.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

/** The resource that a call is about; `id` at instance level. */
interface Address {
  readonly context: RequestContext;
  readonly type: string;
  readonly id?: string;
}

const modes = ['create', 'update', 'delete', 'profile'] as const;

const declaration = {
  code: 'validate',
  level: ['type', 'instance'],
  types: [...resourceTypes],
  affectsState: false,
  // Content that comes with the call is nobody's; what looks at stored data is decided as the interaction of the mode.
  access: 'any-token',
  also: permissions.map((permission) => ({ permission })),
  takesResource: true,
  parameters: [
    {
      name: 'resource',
      type: 'Resource',
      unchecked: true,
      documentation: 'What is to be checked; of a stored resource, that one unless said.',
    },
    {
      name: 'mode',
      type: 'code',
      documentation: 'The write to judge it for: create, update or delete; or profile, for the content alone.',
    },
    {
      name: 'profile',
      type: 'uri',
      max: '*',
      documentation: 'Profiles of installed packages, with or without version; one that is not installed is an error.',
    },
  ],
  returns: [{ name: 'return', type: 'OperationOutcome', min: 1, documentation: 'What a write would find.' }],
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
  documentation: 'Checks a resource against R4 and profiles, as a write does; nothing is stored.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

interface Asked {
  readonly resource?: JsonObject | undefined;
  readonly mode?: (typeof modes)[number] | undefined;
  readonly profiles: readonly string[];
}

/** https://hl7.org/fhir/R4/resource-operation-validate.html: what a write would find, without writing. */
@Injectable()
export class ValidateOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly validation: ContentValidation,
    private readonly hooks: WriteHooks,
    private readonly readInteraction: ReadInteraction,
    private readonly resources: ResourceRepository,
  ) {}

  /** 200 whatever is found: the outcome says it. */
  async run({ context, type = '', id, parameters }: Call): Promise<OperationOutcome> {
    const { resource, profile } = parameters;
    const asked = { resource, mode: readMode(parameters.mode), profiles: profile };
    const address = { context, type, ...(id !== undefined && { id }) };
    const found = await this.issues(address, asked);
    return operationOutcome(found.length > 0 ? found : [nothingWrong]);
  }

  private async issues(address: Address, asked: Asked): Promise<readonly Issue[]> {
    if (asked.mode === 'delete') return this.deletion(address);
    if (asked.resource === undefined) return this.stored(address, asked);
    const resource = asResource(asked.resource, address.type);
    if (asked.mode === 'create')
      return this.withProfiles(
        resource,
        { ...asked, context: address.context },
        this.write('create', address, resource),
      );
    if (asked.mode === 'update')
      return this.withProfiles(resource, { ...asked, context: address.context }, this.update(address, resource));
    const issues = await this.validation.issues(resource, asked.profiles, address.context);
    return [...(await this.parts(resource)), ...issues];
  }

  /** The issue of a resource that is marked as a part: storage refuses it, and validation by R4 does not. */
  private parts(resource: JsonObject): Promise<readonly Issue[]> {
    return this.validation.places.placed(resource, partIssues(resource));
  }

  /** A write checks the profiles that the resource names; others were asked about. */
  private async withProfiles(
    resource: JsonObject,
    { profiles, context }: Asked & Pick<Address, 'context'>,
    written: Promise<readonly Issue[]>,
  ): Promise<readonly Issue[]> {
    const issues = await written;
    if (profiles.length === 0) return issues;
    const others = await this.validation.issues(resource, profiles, context);
    return [...new Map([...issues, ...others].map((issue) => [JSON.stringify(issue), issue])).values()];
  }

  private async stored({ context, type, id }: Address, { mode, profiles }: Asked): Promise<readonly Issue[]> {
    if (id === undefined || mode !== undefined) {
      throw new NotThisResource(
        '$validate needs the resource to validate, as the body or as the parameter "resource".',
      );
    }
    requireInteraction(context, 'read', type, id);
    const { body, mask } = await this.readInteraction.run(context, type, id);
    const resource = parseJson(body) as JsonObject;
    // A masked read has the tag because of the mask: the stored resource may be whole.
    const parts = mask === undefined ? partIssues(resource) : [];
    return [...parts, ...(await this.validation.issues(resource, profiles, context))];
  }

  private async update(address: Address, resource: JsonObject): Promise<readonly Issue[]> {
    const id = requireInstance(address, 'update');
    const { context, type } = address;
    requireInteraction(context, 'update', type, id);
    const access = context.accessTo(type, 'u');
    if (!(await this.resources.trial.mayPut(access, id))) throw notPut(access, id);
    return [...issuesOf(() => requireSameId(resource, type, id)), ...(await this.write('update', address, resource))];
  }

  /** Returns the issues that a write would have, hooks included. */
  private async write(
    interaction: 'create' | 'update',
    { context, type, id = '' }: Address,
    resource: JsonObject,
  ): Promise<readonly Issue[]> {
    requireInteraction(context, interaction, type, interaction === 'create' ? undefined : id);
    const parts = await this.parts(resource);
    try {
      const { resource: content, remarks = [] } = await this.hooks.run({ interaction, type, resource, context });
      const access = interaction === 'create' ? context.accessTo(type, 'c') : context.accessTo(type, 'u');
      await this.resources.trial.checkReferences({ access, id, resource: content });
      return [...parts, ...remarks];
    } catch (error) {
      return [...parts, ...issuesOfError(error)];
    }
  }

  private async deletion(address: Address): Promise<readonly Issue[]> {
    const id = requireInstance(address, 'delete');
    const { context, type } = address;
    requireInteraction(context, 'delete', type, id);
    const access = context.accessTo(type, 'd');
    try {
      const may = await this.resources.trial.mayDelete(access, id);
      if (may) return may === 'live' ? [] : [nothingToDelete];
    } catch (error) {
      return issuesOfError(error);
    }
    throw notFound(access, id);
  }
}

const nothingWrong: Issue = { severity: 'information', code: 'informational', diagnostics: 'Nothing is wrong.' };

/** https://hl7.org/fhir/R4/http.html#delete (docs/adr/0190) */
const nothingToDelete: Issue = {
  severity: 'information',
  code: 'informational',
  diagnostics: 'Nothing is there to delete. DELETE succeeds and changes nothing.',
};

/** Refuses what the interaction itself would be refused for. */
function requireInteraction(
  context: RequestContext,
  kind: Interaction['kind'],
  type: string,
  id: string | undefined,
): void {
  const interaction = { kind, type, ...(id !== undefined && { id }), query: new URLSearchParams() };
  decide(context, { interaction }).require();
}

function requireInstance({ type, id }: Address, mode: string): string {
  if (id !== undefined) return id;
  throw new NotThisResource(`The mode "${mode}" is about one resource: call ${type}/[id]/$validate.`);
}

function issuesOf(check: () => void): readonly Issue[] {
  try {
    check();
    return [];
  } catch (error) {
    return issuesOfError(error);
  }
}

function issuesOfError(error: unknown): readonly Issue[] {
  if (error instanceof FhirError && error.status < 500) return error.issues;
  throw error;
}

function readMode(mode: string | undefined): Asked['mode'] {
  const known = modes.find((one) => one === mode);
  if (mode !== undefined && known === undefined) {
    throw new NotThisResource(
      `The parameter "mode" is one of ${modes.join(', ')}, or absent.`,
      "Parameters.parameter.where(name='mode')",
    );
  }
  return known;
}

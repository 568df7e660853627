import { CannotExpand, TooCostly } from '../../r4/terminology/cannot-expand.js';
import { ConceptReader, designationsOf } from '../../r4/terminology/code-systems/concept.js';
import { valueOf } from '../../r4/terminology/property-value.js';
import { type Part, partsOf, textOf } from '../../r4/terminology/read-resource.js';
import type { Selection } from '../../r4/search/query/concept-selection.js';
import type {
  ConceptPage,
  ConceptQuery,
  FoundConcept,
  StoredConcept,
  StoredConcepts,
  ToldConcept,
} from '../../r4/terminology/code-systems/stored-concepts.js';
import { composeOf, type OfSystem } from './compose-of.js';
import { type Asked, ServerAway } from './terminology-server.js';

/** The server that has them. */
export interface AskedServer {
  readonly name: string;
  ask(asked: Asked): Promise<Part | undefined>;
}

/** Codes that are sent in one question. */
const mostCodes = 1000;

/** Concepts of a code system that another server has: asked by the operations of FHIR, whatever its own way to store them is. */
export class RemoteConcepts implements StoredConcepts {
  /** Nobody knows. */
  readonly size = Number.MAX_SAFE_INTEGER;

  constructor(
    private readonly server: AskedServer,
    private readonly of: OfSystem,
    private readonly reader: ConceptReader,
  ) {}

  /** https://hl7.org/fhir/R4/codesystem-operation-lookup.html */
  async tell(code: string): Promise<ToldConcept | undefined> {
    const { system, version } = this.of;
    const query = new URLSearchParams({ system, code, ...(version !== undefined && { version }) });
    const answer = await this.server.ask({ path: `CodeSystem/$lookup?${query.toString()}` });
    if (!answer) return undefined;
    const parameters = this.parametersOf(answer);
    const properties = parameters.filter(({ name }) => name === 'property').flatMap(propertyOf);
    const named = (name: string): readonly string[] =>
      properties.flatMap((one) => (one['code'] === name ? (valueOf(one) ?? []) : []));
    const concept = this.reader.read(
      {
        display: textIn(parameters, 'display'),
        definition: textIn(parameters, 'definition') ?? named('definition')[0],
        designation: parameters.filter(({ name }) => name === 'designation').map(designationOf),
        property: properties.filter((one) => one['code'] !== 'definition'),
      },
      textIn(parameters, 'code') ?? code,
    );
    return { concept, parents: named('parent'), children: named('child') };
  }

  async find(code: string, selection: Selection = { kind: 'all' }): Promise<FoundConcept | undefined> {
    const told = await this.tell(code);
    if (!told) return undefined;
    const isSelected = selection.kind === 'all' || (await this.isMember(code, selection));
    return { concept: told.concept, isSelected };
  }

  async concepts(codes: readonly string[]): Promise<readonly StoredConcept[]> {
    if (codes.length === 0) return [];
    if (codes.length > mostCodes)
      throw new TooCostly(
        `${codes.length} codes would have to be asked of ${this.server.name}, which takes ${mostCodes}.`,
      );
    const { concepts } = await this.page({ selection: { kind: 'codes', codes } }, { offset: 0, count: codes.length });
    const byCode = new Map(concepts.map((one) => [one.code, one]));
    return codes.flatMap((code) => byCode.get(code) ?? []);
  }

  async known(codes: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await this.concepts(codes)).map(({ code }) => code));
  }

  /** https://hl7.org/fhir/R4/valueset-operation-expand.html */
  async page(
    query: ConceptQuery,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<ConceptPage> {
    const { selection, filter, activeOnly, selectableOnly } = query;
    const answer = await this.server.ask({
      path: 'ValueSet/$expand',
      body: parameters([
        this.valueSet(selection),
        ...(filter === undefined ? [] : [{ name: 'filter', valueString: filter }]),
        ...(activeOnly === undefined ? [] : [{ name: 'activeOnly', valueBoolean: activeOnly }]),
        ...(selectableOnly === undefined ? [] : [{ name: 'excludeNotForUI', valueBoolean: selectableOnly }]),
        { name: 'offset', valueInteger: offset },
        { name: 'count', valueInteger: count },
        { name: 'includeDesignations', valueBoolean: true },
      ]),
    });
    const expansion = partsOf([answer?.['expansion']])[0];
    if (!expansion)
      throw new CannotExpand(`${this.server.name} does not know the codes that ${this.of.system} is asked for.`);
    const contains = flat(partsOf(expansion['contains'])).slice(0, count);
    if (contains.some((one) => one['system'] !== this.of.system))
      throw new ServerAway(`${this.server.name} lists codes of another system than ${this.of.system}`);
    const { total } = expansion;
    return {
      total: typeof total === 'number' && total >= offset + contains.length ? total : undefined,
      concepts: contains.flatMap((one) => this.listed(one)),
    };
  }

  async count(query: ConceptQuery): Promise<number> {
    const { total } = await this.page(query, { offset: 0, count: 0 });
    if (total !== undefined) return total;
    throw new CannotExpand(`${this.server.name} does not say how many codes these are.`);
  }

  async codes(selection: Selection, most: number): Promise<readonly string[] | undefined> {
    const { concepts, total } = await this.page({ selection }, { offset: 0, count: most + 1 });
    const isWhole = concepts.length <= most && (total === undefined || total <= concepts.length);
    return isWhole ? concepts.map(({ code }) => code) : undefined;
  }

  /** Throws {@link CannotExpand}: it would be a question for each two codes. */
  links(): Promise<never> {
    const { name } = this.server;
    return Promise.reject(
      new CannotExpand(`${name} has the code system ${this.of.system}; keep its closure table there.`),
    );
  }

  /** https://hl7.org/fhir/R4/valueset-operation-validate-code.html */
  private async isMember(code: string, selection: Selection): Promise<boolean> {
    const { system } = this.of;
    const asked = [this.valueSet(selection), { name: 'system', valueUri: system }, { name: 'code', valueCode: code }];
    const answer = await this.server.ask({ path: 'ValueSet/$validate-code', body: parameters(asked) });
    const result = answer && this.parametersOf(answer).find(({ name }) => name === 'result')?.['valueBoolean'];
    if (typeof result === 'boolean') return result;
    throw new ServerAway(`${this.server.name} answers $validate-code without a result`);
  }

  private valueSet(selection: Selection): Part {
    const compose = composeOf(this.of, selection);
    return { name: 'valueSet', resource: { resourceType: 'ValueSet', status: 'active', compose } };
  }

  private parametersOf(answer: Part): readonly Part[] {
    if (answer['resourceType'] === 'Parameters') return partsOf(answer['parameter']);
    throw new ServerAway(`${this.server.name} answers with ${String(answer['resourceType'])} and not with Parameters`);
  }

  private listed(one: Part): readonly StoredConcept[] {
    const code = textOf(one['code']);
    if (code === undefined) return [];
    return [
      {
        code,
        display: textOf(one['display']),
        definition: undefined,
        designations: designationsOf(one),
        properties: [],
        isAbstract: one['abstract'] === true,
        isInactive: one['inactive'] === true,
        texts: () => [],
      },
    ];
  }
}

const parameters = (parameter: readonly Part[]): Part => ({ resourceType: 'Parameters', parameter });

const textIn = (all: readonly Part[], name: string): string | undefined => {
  const { valueString, valueCode, valueMarkdown } = all.find((one) => one['name'] === name) ?? {};
  return textOf(valueString ?? valueCode ?? valueMarkdown);
};

function propertyOf({ part }: Part): readonly Part[] {
  const parts = partsOf(part);
  const code = textIn(parts, 'code');
  const value = parts.find(({ name }) => name === 'value');
  if (code === undefined || !value) return [];
  return [{ ...value, name: undefined, code }].map(({ name: _name, ...own }) => own);
}

function designationOf({ part }: Part): Part {
  const parts = partsOf(part);
  const use = parts.find(({ name }) => name === 'use')?.['valueCoding'];
  return { language: textIn(parts, 'language'), ...(use !== undefined && { use }), value: textIn(parts, 'value') };
}

/** Without recursion: how deep an expansion nests is for the other server to choose. */
function flat(roots: readonly Part[]): readonly Part[] {
  const found: Part[] = [];
  const left = roots.toReversed();
  for (let next = left.pop(); next; next = left.pop()) {
    if (next['code'] !== undefined) found.push(next);
    left.push(...partsOf(next['contains']).toReversed());
  }
  return found;
}

import { dirname } from 'node:path';
import type { JsonObject } from '../../r4/json/json.js';
import type { CodePart } from '../storage/concepts/merge-parts.js';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { assemble, type ConceptPart, partOf } from './assemble.js';
import { fieldsOf } from './fields.js';
import { filesNamed } from './release-files.js';

export const rxnormNames = /^RXNCONSO\.RRF(?:\.gz)?$/i;
const links = /^RXNREL\.RRF(?:\.gz)?$/i;
const kinds = /^RXNSTY\.RRF(?:\.gz)?$/i;

/** Term types of other names than the one of the concept. */
const otherNames: ReadonlySet<string> = new Set(['SY', 'TMSY', 'PSN', 'ET']);

/** RxNorm's RRF (https://www.nlm.nih.gov/research/umls/rxnorm/docs/techdoc.html), what RxNorm itself says (SAB=RXNORM). */
export function rxnormRelease(files: readonly string[], path: string, version: string | undefined): Release {
  if (version === undefined)
    throw new InvalidRelease(`The version of ${dirname(path)} has to be named: --version MMDDYYYY, as RxNorm says it.`);
  const relations = new Set<string>();
  return {
    format: 'rxnorm',
    head: {
      resourceType: 'CodeSystem',
      url: 'http://www.nlm.nih.gov/research/umls/rxnorm',
      version,
      name: 'RxNorm',
      title: 'RxNorm',
      status: 'active',
      caseSensitive: true,
      hierarchyMeaning: 'is-a',
      content: 'complete',
    },
    properties: () => [
      { code: 'TTY', type: 'code', description: 'Term type.' },
      { code: 'STY', type: 'string', description: 'Semantic type.' },
      ...[...relations].map((code): JsonObject => ({ code, type: 'code' })),
    ],
    async *concepts(merge) {
      for await (const merged of merge(partsOf(files, path, relations))) {
        const concept = assemble(merged);
        if (concept) yield concept;
      }
    },
  };
}

const part = (code: string, said: ConceptPart): CodePart => [code, partOf(said)];
const form = (atLeast: number) => ({ separator: '|', atLeast }) as const;

async function* partsOf(files: readonly string[], path: string, relations: Set<string>): AsyncGenerator<CodePart> {
  yield* namesIn(path);
  for (const one of filesNamed(files, links)) yield* linksIn(one, relations);
  for (const one of filesNamed(files, kinds))
    for await (const { fields } of fieldsOf(one, form(4))) {
      const [code = '', , , kind = ''] = fields;
      yield part(code, { properties: [{ code: 'STY', valueString: kind }] });
    }
}

async function* namesIn(path: string): AsyncGenerator<CodePart> {
  for await (const { fields, place } of fieldsOf(path, form(17))) {
    const [code = '', language] = fields;
    const [source, type = '', name = '', suppressed] = [fields[11], fields[12], fields[14], fields[16]];
    if (!/^\d+$/.test(code)) throw new InvalidRelease(`${place}: ${JSON.stringify(code.slice(0, 40))} is no RXCUI.`);
    if (source !== 'RXNORM' || language !== 'ENG') continue;
    const use = { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: type };
    if (otherNames.has(type)) yield part(code, { designations: [{ language: 'en', use, value: name }] });
    else
      yield part(code, {
        isThere: true,
        display: name,
        isInactive: suppressed !== 'N',
        properties: [{ code: 'TTY', valueCode: type }],
      });
  }
}

/** The second concept has the relation to the first. */
async function* linksIn(path: string, relations: Set<string>): AsyncGenerator<CodePart> {
  for await (const { fields } of fieldsOf(path, form(11))) {
    const [to, from, relation, source] = [0, 4, 7, 10].map((i) => fields[i]!) as [string, string, string, string];
    if (source !== 'RXNORM' || [to, from, relation].includes('')) continue;
    if (relation === 'isa') yield part(from, { parents: [to] });
    else if (relation !== 'inverse_isa') {
      relations.add(relation);
      yield part(from, { properties: [{ code: relation, valueCode: to }] });
    }
  }
}

import { dirname } from 'node:path';
import type { JsonObject } from '../../r4/json/json.js';
import { InvalidRelease } from '../storage/concepts/release-concept.js';
import type { Release } from '../storage/concepts/terminology-store.js';
import { readFields } from './fields.js';
import { codeProperty, designationForm, displayForm, type Form, parentForm, propertyForm, thereForm } from './form.js';
import { GatheredConcepts } from './gathered-concepts.js';
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
  const relations = new Map<string, Form>();
  const gathered = new GatheredConcepts((into) => readFiles(files, path, { into, relations }));
  return {
    outline: () => gathered.outline(),
    concepts: () => gathered.concepts(),
    phrases: () => gathered.phrases,
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
      ...[...relations.keys()].map((code): JsonObject => ({ code, type: 'code' })),
    ],
  };
}

interface Reading {
  readonly into: GatheredConcepts;
  readonly relations: Map<string, Form>;
}

const form = (atLeast: number) => ({ separator: '|', atLeast }) as const;
const ofLine = { isOfLine: true };
const [active, inactive] = [thereForm(false), thereForm(true)];
const displayed = displayForm(ofLine);
const termType = propertyForm('TTY', 'valueCode', ofLine);
const semanticType = propertyForm('STY', 'valueString', { isOfLine: false });

async function readFiles(files: readonly string[], path: string, { into, relations }: Reading): Promise<void> {
  await readNames(path, into);
  for (const one of filesNamed(files, links)) await readLinks(one, { into, relations });
  for (const one of filesNamed(files, kinds))
    await readFields(one, form(4), ([code = '', , , kind = '']) => into.say(into.numberOf(code), semanticType, kind));
}

function readNames(path: string, into: GatheredConcepts): Promise<void> {
  const uses = new Map(
    Array.from(otherNames, (code) => {
      const use = { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code };
      return [code, designationForm({ language: 'en', use }, { isOfLine: false })];
    }),
  );
  return readFields(path, form(17), (fields, line) => {
    const [code = '', language] = fields;
    const [source, type = '', text = '', suppressed] = [fields[11], fields[12], fields[14], fields[16]];
    if (!/^\d+$/.test(code))
      throw new InvalidRelease(`${path}, line ${line}: ${JSON.stringify(code.slice(0, 40))} is no RXCUI.`);
    if (source !== 'RXNORM' || language !== 'ENG') return;
    const use = uses.get(type);
    if (use) return into.say(into.numberOf(code), use, text);
    into.say(into.numberOf(code), suppressed === 'N' ? active : inactive, '');
    into.say(into.numberOf(code), displayed, text);
    into.say(into.numberOf(code), termType, type);
  });
}

/** The second concept has the relation to the first. */
function readLinks(path: string, { into, relations }: Reading): Promise<void> {
  return readFields(path, form(11), (fields) => {
    const [to, from, relation, source] = [0, 4, 7, 10].map((i) => fields[i]!) as [string, string, string, string];
    if (source !== 'RXNORM' || [to, from, relation].includes('')) return;
    if (relation === 'isa') into.say(into.numberOf(from), parentForm, to);
    else if (relation !== 'inverse_isa') into.say(into.numberOf(from), codeProperty(relations, relation), to);
  });
}

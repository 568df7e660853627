import type { CodeSystem } from '../code-systems/code-system.js';
import { type Part, textOf } from '../read-resource.js';
import type { Member } from './member.js';

/** A property of a member, as R5 tells it (https://hl7.org/fhir/R5/valueset-definitions.html#ValueSet.expansion.contains.property). */
export interface MemberProperty {
  readonly code: string;
  /** Definition of the property, where it is known. */
  readonly uri: string | undefined;
  /** `value[x]` */
  readonly value: Part;
}

const meaning = 'http://hl7.org/fhir/concept-properties#';
const definitions = 'http://hl7.org/fhir/StructureDefinition/';

interface Usual {
  readonly code: string;
  readonly uri: string;
  /** Names of the extensions that say it; the first counts. */
  readonly from: readonly string[];
  readonly as: 'valueDecimal' | 'valueString';
}

/** Told wherever a value set or a code system says them: they are for who shows the codes. */
const usual: readonly Usual[] = [
  { code: 'weight', uri: `${meaning}itemWeight`, from: ['itemWeight'], as: 'valueDecimal' },
  { code: 'label', uri: `${meaning}label`, from: ['valueset-label', 'codesystem-label'], as: 'valueString' },
  {
    code: 'order',
    uri: `${meaning}order`,
    from: ['valueset-conceptOrder', 'codesystem-conceptOrder'],
    as: 'valueDecimal',
  },
];

/** Properties of a member: the usual ones, a status other than active, and those that are asked for by code or uri. */
export function propertiesOf(
  member: Member,
  asked: readonly string[],
  system: Pick<CodeSystem, 'propertyUris'> | undefined,
): readonly MemberProperty[] {
  const { properties, sayings } = member;
  const found = [...usual.flatMap((one) => usualIn(sayings, one)), ...statusIn(member, asked)];
  const known = new Set(found.map(({ code }) => code));
  const own = properties.map(({ code, ...value }): MemberProperty => {
    const name = textOf(code) ?? '';
    return { code: name, uri: system?.propertyUris.get(name), value: valueIn(value) };
  });
  const more = [...definitionIn(member), ...own].filter(
    ({ code, uri }) => !known.has(code) && isAsked(asked, code, uri),
  );
  return [...found, ...more];
}

const isAsked = (asked: readonly string[], code: string, uri: string | undefined): boolean =>
  asked.includes(code) || (uri !== undefined && asked.includes(uri));

function statusIn({ status }: Member, asked: readonly string[]): readonly MemberProperty[] {
  const uri = `${meaning}status`;
  const isTold = status !== undefined && (status !== 'active' || isAsked(asked, 'status', uri));
  return isTold ? [{ code: 'status', uri, value: { valueCode: status } }] : [];
}

const definitionIn = ({ definition }: Member): readonly MemberProperty[] =>
  definition === undefined
    ? []
    : [{ code: 'definition', uri: `${meaning}definition`, value: { valueString: definition } }];

function usualIn(sayings: readonly Part[], { code, uri, from, as }: Usual): readonly MemberProperty[] {
  const said = from.flatMap((name) => sayings.filter(({ url }) => url === `${definitions}${name}`));
  const value = said.map((one) => one['valueDecimal'] ?? one['valueInteger'] ?? one['valueString'])[0];
  return value === undefined ? [] : [{ code, uri, value: { [as]: value } }];
}

const valueIn = (property: Part): Part =>
  Object.fromEntries(Object.entries(property).filter(([name]) => name.startsWith('value')));

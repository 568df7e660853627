import { FhirError, InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { parseReference } from '../../../r4/model/reference.js';

/** 422: the two patients cannot be merged. */
export class CannotMerge extends FhirError {
  readonly status = 422;
  constructor(diagnostics: string) {
    super({ code: 'business-rule', diagnostics });
  }
}

export interface MergedPair {
  readonly source: string;
  readonly target: string;
  /** FHIR base URL. */
  readonly base: string;
  readonly deletesSource: boolean;
}

const linksOf = (patient: JsonObject): readonly JsonObject[] => objectsOf(patient['link']);

function linksTo(link: JsonObject, id: string, base: string): boolean {
  const { other } = link;
  const named = isObject(other) ? parseReference(textOf(other['reference']), base) : undefined;
  return named?.type === 'Patient' && named.id === id;
}

const linkTo = (id: string, type: string): JsonObject => ({ other: { reference: `Patient/${id}` }, type });

const isReplaced = (patient: JsonObject): boolean => linksOf(patient).some(({ type }) => type === 'replaced-by');

/** The source, inactive and replaced by the target. */
export function mergedSource(current: JsonObject, { source, target, base }: MergedPair): JsonObject {
  if (isReplaced(current)) throw new CannotMerge(`Patient/${source} is replaced by another patient already.`);
  const others = linksOf(current).filter((link) => !linksTo(link, target, base));
  return { ...current, active: false, link: [...others, linkTo(target, 'replaced-by')] };
}

/** The target, with the identifiers of the source as old ones, or as the caller wants it to be. */
export function mergedTarget(
  current: JsonObject,
  from: JsonObject,
  pair: MergedPair,
  wanted: JsonObject | undefined,
): JsonObject {
  const { source, target, base, deletesSource } = pair;
  if (isReplaced(current))
    throw new CannotMerge(`Patient/${target} is replaced by another patient. Merge into that one.`);
  if (wanted) return { ...wanted, id: target };
  const known = new Set(objectsOf(current['identifier']).map(identifierKey));
  const added = objectsOf(from['identifier']).filter((one) => !known.has(identifierKey(one)));
  const identifier = [...objectsOf(current['identifier']), ...added.map((one) => ({ ...one, use: 'old' }))];
  const others = linksOf(current).filter((link) => !linksTo(link, source, base));
  const link = [...others, ...(deletesSource ? [] : [linkTo(source, 'replaces')])];
  const { link: _link, ...rest } = current;
  return {
    ...rest,
    ...(identifier.length > 0 && { identifier: identifier }),
    ...(link.length > 0 && { link: link }),
  };
}

const identifierKey = (one: JsonObject): string => `${textOf(one['system'])}|${textOf(one['value'])}`;

/** Throws 422 where what the caller wants the target to be does not fit to the merge. */
export function checkWanted(wanted: JsonObject | undefined, { source, target, base, deletesSource }: MergedPair): void {
  if (!wanted) return;
  if (wanted['id'] !== target) throw new CannotMerge(`result-patient has the id of the target, "${target}".`);
  const hasLink = linksOf(wanted).some((link) => link['type'] === 'replaces' && linksTo(link, source, base));
  if (hasLink === deletesSource)
    throw new CannotMerge(
      deletesSource
        ? `result-patient has no link to Patient/${source}, which is deleted.`
        : `result-patient has a link of the type replaces to Patient/${source}.`,
    );
}

/** Reads a Reference to a Patient of this server; throws 400. */
export function patientIn(name: string, reference: JsonObject, base: string): string {
  const named = parseReference(textOf(reference['reference']), base);
  if (named?.type === 'Patient' && named.versionId === undefined) return named.id;
  throw new InvalidRequest({
    code: 'invalid',
    diagnostics: `${name} is a reference to a Patient of this server, as Patient/1.`,
  });
}

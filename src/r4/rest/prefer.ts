/** Preferences of a client (RFC 7240; https://hl7.org/fhir/R4/http.html#ops, #create). Unknown ones are ignored. */
export interface Prefer {
  readonly return?: PreferredReturn;
  readonly handling?: 'strict' | 'lenient';
  /** An answer now that says where the answer will be (https://hl7.org/fhir/R4/async.html). */
  readonly async?: true;
}

export type PreferredReturn = 'minimal' | 'representation' | 'OperationOutcome';

const returns: ReadonlyMap<string, PreferredReturn> = new Map([
  ['minimal', 'minimal'],
  ['representation', 'representation'],
  ['operationoutcome', 'OperationOutcome'],
]);

/** Reads the header `Prefer`; of a preference that is given twice the first counts (RFC 7240 section 2). */
export function readPrefer(header: string | readonly string[] | undefined): Prefer {
  if (header === undefined) return {};
  const preferences = new Map(preferencesOf(String(header)).toReversed());
  const wanted = returns.get(preferences.get('return') ?? '');
  const handling = preferences.get('handling');
  return {
    ...(wanted && { return: wanted }),
    ...(/(?:^|[,;])\s*respond-async\s*(?=[,;]|$)/i.test(String(header)) && { async: true }),
    ...((handling === 'strict' || handling === 'lenient') && { handling }),
  };
}

const preferencesOf = (header: string): readonly (readonly [string, string])[] =>
  Array.from(
    header.toLowerCase().matchAll(/(?:^|[,;])\s*([\w-]+)\s*=\s*"?([\w-]*)"?\s*(?=[,;]|$)/g),
    ([, name = '', value = '']) => [name, value],
  );

import { z } from 'zod';
import { isResourceType } from '../../r4/model/resource-types.js';
import { terminologyServers } from '../foreign/terminology-server.js';
import { setting } from './setting.js';
import { json, oneOf } from './setting-kinds.js';

const canonical = /^(?:https?:\/\/|urn:)[^\s|]+(?:\|[^\s|]+)?$/;

/** `{"Patient":["http://…"]}`: profiles by type. */
function profilesByType() {
  return z.string().transform((text, context): Readonly<Record<string, readonly string[]>> => {
    const fault = faultOf(text);
    if (fault === undefined) return JSON.parse(text) as Record<string, readonly string[]>;
    context.addIssue({ code: 'custom', message: `${fault}; write {"Patient":["http://…"]}` });
    return z.NEVER;
  });
}

function faultOf(text: string): string | undefined {
  const read = parsed(text);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return 'must be a JSON object';
  for (const [type, profiles] of Object.entries(read)) {
    if (!isResourceType(type)) return `has ${JSON.stringify(type)}, which is no type of R4`;
    if (!Array.isArray(profiles) || !profiles.every(isCanonical)) return `must have a list of canonicals for ${type}`;
  }
  return undefined;
}

const isCanonical = (one: unknown): boolean => typeof one === 'string' && canonical.test(one);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const validationSettings = {
  VALIDATION: setting(oneOf(['strict', 'structure']).default('strict'), {
    example: 'strict',
    meaning:
      '`structure`: bindings, references, formats and profiles become warnings, so that old data can be loaded. What XML cannot ' +
      'hold is refused all the same.',
  }),
  VALIDATION_PROFILES: setting(profilesByType().default({}), {
    example: '{"Patient":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]}',
    meaning:
      'Profiles that each resource of a type has to meet, whatever it claims; those of installed packages ([Validate](validation.md)). Writes of the type are refused while one is not installed.',
    default: 'none',
  }),
  UNKNOWN_PROFILES: setting(oneOf(['warning', 'error']).default('warning'), {
    example: 'error',
    meaning: 'What a profile in `meta.profile` is that is not installed, so that nothing can be checked against it.',
  }),
  UNKNOWN_CODES: setting(oneOf(['warning', 'error']).default('warning'), {
    example: 'error',
    meaning:
      'Severity of a code that its system does not define, bound or not: of UCUM, and of code systems of which all codes are at hand.',
  }),
  TERMINOLOGY_SERVERS: setting(json().pipe(terminologyServers), {
    example: `'[{"url":"https://tx.example/r4","canonicals":["http://snomed.info/sct"]}]'`,
    meaning:
      'Other terminology servers that are asked about what is not here: JSON, or `@file.json` ([members](terminology.md#other-terminology-servers)). They see codes, filters and canonicals of value sets, and nothing else of a resource; bindings of profiles go by them, and access never does.',
    default: 'none',
  }),
  TERMINOLOGY_AWAY: setting(oneOf(['error', 'warning']).default('error'), {
    example: 'warning',
    meaning:
      'While such a server does not answer: `error` is 503; with `warning` a binding or `memberOf()` of a profile that rests on it is a warning, `$validate-code` answers that nothing can be said, `result` false, and the rest is 503.',
  }),
};

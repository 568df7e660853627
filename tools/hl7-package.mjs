/** HL7's own R4 package, from which every committed definition is made. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const source = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));

export const canonicalBase = 'http://hl7.org/fhir/StructureDefinition/';

const byCode = (left, right) => (left < right ? -1 : left > right ? 1 : 0);

/** Every resource of a type, in the order of the file names. */
export const readAll = (resourceType) =>
  readdirSync(source)
    .filter((file) => file.startsWith(`${resourceType}-`))
    .toSorted(byCode)
    .map((file) => JSON.parse(readFileSync(join(source, file), 'utf8')))
    .filter((resource) => resource.resourceType === resourceType);

/** The StructureDefinitions of types, without profiles and logical models. */
export const typeDefinitions = () =>
  readAll('StructureDefinition').filter(({ kind, derivation }) => kind !== 'logical' && derivation !== 'constraint');

/** An element that a definition only repeats from the type it specialises. */
export const isInherited = ({ type }, { base, path }) =>
  !path.includes('.') || (base && base.path.split('.')[0] !== type);

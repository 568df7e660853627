import { serverVersion } from '../../../config/server-version.js';
import { builtInCodeSystems } from '../../../r4/terminology/built-in.js';
import { expandDeclaration } from '../../operations/terminology/expand.operation.js';

/**
 * Answer of `/metadata?mode=terminology` (https://hl7.org/fhir/R4/terminologycapabilities.html): the code systems of R4. The document
 * is open to all, so it names none that somebody stored or installed: CodeSystem is searched with a token.
 */
export function terminologyCapabilities(base: string): string {
  return JSON.stringify({
    resourceType: 'TerminologyCapabilities',
    status: 'active',
    date: released,
    kind: 'instance',
    software: { name: 'Lanyard', version: serverVersion },
    implementation: { description: 'Lanyard FHIR R4 server', url: base },
    lockedDate: false,
    codeSystem: [...builtInCodeSystems.list()].map(({ url, version }) => ({
      uri: url,
      ...(version !== undefined && { version: [{ code: version, isDefault: true }] }),
      subsumption: true,
    })),
    expansion: {
      hierarchical: false,
      paging: true,
      incomplete: false,
      parameter: expandDeclaration.parameters.map(({ name, documentation }) => ({ name, documentation })),
      textFilter:
        'Each word has to begin a word of a display or designation, or the code; case and accents do not matter.',
    },
    codeSearch: 'explicit',
    validateCode: { translations: true },
    translation: { needsMap: false },
    closure: { translation: false },
  });
}

/** R4's own definitions change with the release of FHIR alone. */
const released = '2019-11-01';

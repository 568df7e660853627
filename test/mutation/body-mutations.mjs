/** Of what bodies may have (docs/adr/0045, docs/adr/0055). */
const limits = 'src/fhir/http/body/body-limits.ts';
const memory = 'src/fhir/http/body/body-memory.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const bodyMutations = [
  {
    name: 'bodies: bundles of who may write nothing',
    file: limits,
    find: 'return { bytes: least, setting: fixed, advice: ofReaders };',
    replace: "return { bytes: most, setting: 'BUNDLE_LIMIT' };",
    seenBy: 'bundles of who may write nothing hold requests only',
  },
  {
    name: 'bodies: bundles of who may write within a record',
    file: limits,
    find: "if (access?.isOpen) return 'all';",
    replace: "if (access) return 'all';",
    seenBy: 'bundles of who may write within one record are as large as a resource',
  },
  {
    name: 'bodies: the share of a caller',
    file: memory,
    find: 'Math.max(Math.floor(bodyMemory * callerShare), Math.min(small, bodyMemory))',
    replace: 'bodyMemory',
    seenBy: 'one caller holds a part of it at most, and is 429 beyond',
  },
  {
    name: 'bodies: a share for each token',
    file: memory,
    find: 'key: fhirContext.caller.key, isKnown: true',
    replace: 'key: String(Math.random()), isKnown: true',
    seenBy: 'one caller holds a part of it at most, and is 429 beyond',
  },
  {
    name: 'bodies: the share of whoever has no credentials',
    file: memory,
    find: 'key: networkOf(ip), isKnown: false',
    replace: 'key: networkOf(ip) + Math.random(), isKnown: false',
    seenBy: 'whoever sends no credentials shares a part with all of the same address',
  },
  {
    name: 'bodies: 200 of one caller',
    file: memory,
    find: 'if (!this.hasRoom(hold, ofCaller, ',
    replace: "if (key === '' && !this.hasRoom(hold, ofCaller, ",
    seenBy: '200 large bodies of one caller at once leave another unharmed',
  },
  {
    name: 'bodies: complete while their refusal is recorded',
    file: 'src/fhir/http/body/body-bytes.ts',
    find: '    requireUnanswered(payload);\n',
    replace: '',
    seenBy: 'a body that is complete before its 408 has gone out stores nothing',
  },
];

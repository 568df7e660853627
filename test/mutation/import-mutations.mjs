/** What an import stores, for whom, and from where (docs/adr/0084). */
const room = 'src/fhir/operations/importing';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const importMutations = [
  {
    name: 'import: by the operator, whoever asks',
    file: `${room}/import-run.ts`,
    find: 'new RequestContext(await rules.consult(principal), rules, trail, caller)',
    replace: "new RequestContext({ ...principal, scopes: ['system/*.cruds'] }, rules, trail, caller)",
    seenBy: 'is judged row by row',
  },
  {
    name: 'import: users import',
    file: 'src/scope/explain/machines-only.ts',
    find: 'if (ofMachines.some(({ permission }) => !isReading(permission))) return [takesIn(operation)];',
    replace: 'if (ofMachines.some(({ permission }) => !isReading(permission))) return [];',
    seenBy: 'is a user, who is told so',
  },
  {
    name: 'import: addresses inside networks are fetched from',
    file: 'src/outbound/judged-fetch.ts',
    find: 'if (!isAllowed && isIP(address) !== 0 && isPrivateAddress(address)) throw leadsInside(host, setting);',
    replace: '',
    seenBy: 'fetches from public addresses and those that are named alone',
  },
  {
    name: 'import: names that stand for addresses inside networks are fetched from',
    file: 'src/outbound/judged-fetch.ts',
    find: 'isAllowed ? undefined : judgedLookup(setting)',
    replace: 'undefined',
    seenBy: 'fetches from public addresses and those that are named alone',
  },
  {
    name: 'import: half a file is a whole one',
    file: `${room}/import-run.ts`,
    find: 'if (error instanceof SourceFailed) return this.end(source, index, error.message);',
    replace: 'if (error instanceof SourceFailed) return this.end(source, index);',
    seenBy: 'names what could not be read to its end',
  },
  {
    name: 'import: what was sent is handed out',
    file: 'src/fhir/storage/jobs/job-files.ts',
    find: " AND f.kind <> 'input'",
    replace: '',
    seenBy: 'is of nobody else',
  },
  {
    name: 'import: a server that lost the job goes on',
    file: 'src/fhir/storage/jobs/import-progress.ts',
    find: 'if (held === 0) throw new JobLost();',
    replace: '',
    seenBy: 'stores nothing once another server has the job',
  },
];

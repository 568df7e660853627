/** What an import stores, for whom, and from where (docs/adr/0084, 0098). */
const room = 'src/fhir/operations/importing';
const submissions = 'src/fhir/operations/submitting';

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
    find: 'if (!isAllowed && isIP(address) !== 0 && isPrivateAddress(address)) throw new AddressInside(host, setting);',
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
  {
    name: 'import: submissions are of users, and of readers',
    file: `${submissions}/bulk-submit-declaration.ts`,
    find: "access: [{ permission: 'u', ofMachines: true }]",
    replace: "access: 'any-token'",
    times: 2,
    seenBy: 'is a user, who is told so, and a machine that may not update anything',
  },
  {
    name: 'import: submissions that nobody completed',
    file: `${submissions}/bulk-submit.operation.ts`,
    find: "if (submission.status !== 'completed') return this.abandoned(job, submission);",
    replace: '',
    seenBy: 'is of nobody else, and ends where nobody completes it',
  },
  {
    name: 'import: manifests that were replaced',
    file: `${submissions}/submission.ts`,
    find: 'manifests.filter(({ replaced }) => !replaced)',
    replace: 'manifests',
    seenBy: 'is not imported where a manifest was replaced',
  },
  {
    name: 'import: headers of submissions stay',
    file: `${submissions}/bulk-submit.operation.ts`,
    find: 'await this.forgetHeaders(job, submission);\n    return answer;',
    replace: 'return answer;',
    seenBy: 'is fetched page by page, with the headers of its call',
  },
  {
    name: 'import: pages and files of manifests lie anywhere',
    file: `${room}/source-address.ts`,
    find: "return isFetched && username === '' && password === '' ? undefined : refused;",
    replace: 'return undefined;',
    seenBy: 'is told where it cannot be read, and so is each file',
  },
  {
    name: 'import: a page of a manifest is another one by now',
    file: `${submissions}/submission-run.ts`,
    find: 'if (place.digest === digest) return place;',
    replace: 'if (place.digest !== undefined) return place;',
    seenBy: 'has to be the same where its import goes on',
  },
];

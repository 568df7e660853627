/** Of operations: what they declare is what they may do (docs/adr/0061). */
const limited = 'src/scope/limited-context.ts';
const runner = 'src/fhir/operations/operation-runner.ts';
const system = 'src/fhir/interactions/records/system-records.ts';
const more = 'is 500 and named in the log, whatever the caller may';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const operationMutations = [
  {
    name: 'operations: a call has the whole context of the caller',
    file: runner,
    find: 'new LimitedContext(whole, limitsOf(declaration, interaction.type))',
    replace: 'whole',
    seenBy: more,
  },
  {
    name: 'operations: an access is granted that was not declared',
    file: limited,
    find: 'if (!this.limits.permits(type, permission)) throw new UndeclaredAccess(this.limits, type, permission);',
    replace: '',
    seenBy: more,
  },
  {
    name: 'operations: what is declared is granted to who has it not',
    file: limited,
    find: 'return this.limits.permits(type, permission) && super.may(type, permission);',
    replace: 'return this.limits.permits(type, permission);',
    seenBy: 'uses what it may use only where the caller has it',
  },
  {
    name: 'operations: any of them is the server itself',
    file: 'src/fhir/interactions/records/caller-records.ts',
    find: 'if (system === undefined || reason.trim() === ',
    replace: 'if (reason.trim() === ',
    seenBy: more,
  },
  {
    name: 'operations: nobody writes down what was done as the server',
    file: system,
    find: "await this.record(trail, '0');",
    replace: '',
    seenBy: 'are beyond the caller, write no AuditEvent, and each use is one',
  },
  {
    name: 'operations: the server itself forges AuditEvents',
    file: system,
    find: "scopes: ['system/*.cruds'],",
    replace: "scopes: ['system/*.cruds', 'system/AuditEvent.cruds'],",
    seenBy: 'are beyond the caller, write no AuditEvent, and each use is one',
  },
  {
    name: 'operations: an entry of a bundle needs no access',
    file: 'src/fhir/interactions/bundle/bundle-entry.ts',
    find: "const declared = line.kind === 'operation' ? rules.operations.declared(line) : undefined;",
    replace:
      "const declared = line.kind === 'operation' ? (rules.operations.declared(line), 'any-token' as const) : undefined;",
    seenBy: 'gets from an entry what it gets alone',
  },
  {
    name: 'operations: a transaction calls what is no part of it',
    file: 'src/fhir/interactions/bundle/entry-operations.ts',
    find: 'if (!operation.inTransaction) {',
    replace: 'if (operation.name === undefined) {',
    seenBy: 'refuses what cannot be a part of it, with the reason',
  },
  {
    name: 'operations: a transaction does not undo what they change',
    file: 'src/fhir/operations/operation-runner.ts',
    find: 'this.records.of(context, owner, from)',
    replace: 'this.records.of(context, owner)',
    seenBy: 'nothing stays when one of them fails, and the entry is named',
  },
  {
    name: 'operations: another caller asks how far a call is',
    file: 'src/fhir/storage/jobs/job.ts',
    find: 'AND id = $1::text AND caller = $2::text FOR UPDATE)',
    replace: "AND id = $1::text AND $2::text <> '' FOR UPDATE)",
    seenBy: 'is told to nobody else',
  },
  {
    name: 'operations: another caller cancels a call',
    file: 'src/fhir/storage/jobs/job.ts',
    find: "remove(session, 'id = $1::text AND caller = $2::text', [id, caller]);",
    replace: "remove(session, `id = $1::text AND $2::text <> ''`, [id, caller]);",
    seenBy: 'is told to nobody else',
  },
  {
    name: 'operations: a caller with other scopes gets the answer',
    file: 'src/fhir/operations/jobs/caller-hash.ts',
    find: ', ...scopes.toSorted()];',
    replace: '];',
    seenBy: 'is told to nobody else',
  },
  {
    name: 'operations: a server that has lost a job stores its answer',
    file: 'src/fhir/storage/jobs/job.ts',
    find: "status = $3::integer, answer = $4::text\n      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'",
    replace:
      'status = $3::integer, answer = $4::text\n      WHERE tenant = ${tenant} AND id = $1::text AND $2::integer > 0',
    seenBy: 'is taken over by another server, and the one that lost it stores nothing',
  },
  {
    name: 'operations: a target is read as nobody in particular',
    file: runner,
    find: 'declaration.target ? await records.read(type, id)',
    replace: 'declaration.target ? ({ id } as JsonObject)',
    seenBy: 'does not run for a target that the caller may not read',
  },
  {
    name: 'operations: a call goes on reading for who was disabled',
    file: 'src/fhir/storage/accesses.ts',
    find: '    access.askedBy.confirm?.();\n',
    replace: '',
    seenBy: 'who is disabled reads nothing more by it',
  },
  {
    name: 'operations: a call commits for who has logged out',
    file: 'src/fhir/storage/accesses.ts',
    find: '    access.askedBy.confirm?.();\n',
    replace: '',
    seenBy: 'commits nothing that was begun before',
  },
];

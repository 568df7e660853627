// State of a server belongs to its application, and each tenant has one. State outside of applications has to say why it is safe (docs/adr/0068)
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Made of the texts of the program and of R4 alone: whoever asked before is not in it. */
const pure = 'pure';
/** Keyed by a request, or by an object that one application made: nobody else has the key. */
const owned = 'owned';
/** Of the process as a whole; its keys or its uses name the tenant. */
const shared = 'shared';

const known: Readonly<Record<string, string>> = {
  'app/http/pressure.ts pressures': shared,
  'app/extensions/server-copies.ts known': shared,
  'audit/event-id.ts used': pure,
  'audit/event-kinds.ts kindsByHash': pure,
  'auth/jwt.strategy.ts authenticators': owned,
  'auth/token/check-result.ts passed': pure,
  'cli/chosen-tenant.ts chosen': owned,
  'config/secrets/secret-strength.ts estimator': pure,
  'config/secrets/secret-strength.ts letGo': pure,
  'database/belt/bind-connections.ts pools': shared,
  'database/belt/bind-connections.ts tenants': shared,
  'database/caller-shares.ts nobody': pure,
  'database/changes/change-poll.ts polls': shared,
  'database/distribution/holders.ts known': shared,
  'database/tenant.ts context': owned,
  'database/tenant.ts hasTenants': shared,
  'database/tenant.ts operating': shared,
  'doctor/ask-self.ts underWay': owned,
  'fhir/fhir-http.module.ts memoryOf': shared,
  'fhir/fhir-storage.module.ts documentsOf': shared,
  'fhir/http/answer/http-date.ts written': pure,
  'fhir/http/body/answered.ts answered': owned,
  'fhir/http/body/expectation.ts waiting': owned,
  'fhir/interactions/bundle/link-entries.ts noTargets': pure,
  'fhir/operations/graphql/element-filter.ts isWarm': pure,
  'fhir/operations/graphql/reference-target.ts knownContained': owned,
  'fhir/storage/consent/without-consents.ts kept': pure,
  'fhir/storage/indexing/index-text.ts r4': pure,
  'fhir/storage/partitions.ts suffixes': pure,
  'fhir/storage/policies/access-shapes.ts lines': pure,
  'fhir/storage/reading/version-statements.ts plainReads': pure,
  'fhir/storage/session/bound-query.ts unprepared': shared,
  'fhir/storage/session/copied-row.ts readSince': pure,
  'fhir/storage/session/garbage-collector.ts known': pure,
  'fhir/storage/session/held-query.ts known': pure,
  'fhir/storage/session/known-statement.ts described': shared,
  'fhir/storage/session/prepared-name.ts namesOf': shared,
  'fhir/storage/session/sql-session.ts onCitus': shared,
  'fhir/storage/session/session-providers.ts sharesOf': shared,
  'fhir/storage/session/tenant-parameter.ts kept': pure,
  'fhir/storage/writing/contents/made-contents.ts known': owned,
  'fhir/storage/writing/unnumbered-row.ts known': owned,
  'oauth2/provider/mounted-request.ts judgedTokens': owned,
  'oauth2/scopes/intersect-scopes.ts ceilings': owned,
  'openapi/fhir/resource-schemas.ts structures': pure,
  'openapi/page/viewer-files.ts kept': pure,
  'refusal/recipes/recipe-pages.ts texts': pure,
  'scope/access.ts lifted': owned,
  'scope/grant.ts grantKeys': owned,
  'scope/grant.ts keysOfGrants': owned,
  'scope/request-context.ts callerKeys': owned,
};

const collection = String.raw`(?:Map|WeakMap|WeakSet|Set|LRUCache|AsyncLocalStorage)(?:<[^=]*>)?\((?:\)|[^[\n]*\{|[a-zA-Z.]+\.map)`;
const declarations = [
  new RegExp(String.raw`^(?:export )?const (\w+)(?:: [^=]+)? = new ${collection}`, 'gm'),
  /^(?:export )?let (\w+)/gm,
  new RegExp(String.raw`^ +static (?:readonly )?#?(\w+)(?:: [^=]+)? = new ${collection}`, 'gm'),
];

it('keeps nothing beside the applications that does not say why it may', () => {
  // `src/r4` knows no servers: what it keeps is made of R4.
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !/\.spec\.ts$|^(?:r4|testing)\//.test(file));
  const found = files.flatMap((file) => {
    const text = readFileSync(`src/${file}`, 'utf8');
    return declarations.flatMap((one) => [...text.matchAll(one)].map(([, name]) => `${file} ${name}`));
  });
  expect(found.toSorted()).toEqual(Object.keys(known).toSorted());
});

import { z } from 'zod';
import { maximumDepth } from '../../r4/json/json.js';
import { setting } from './setting.js';
import { validationSettings } from './validation-settings.js';
import { isSecureUrl } from '../secure-url.js';
import { bucketUrl, byteSize, guides, isHost, listOf, onOff, oneOf, timeZone, wholeNumber } from './setting-kinds.js';

export const contentSettings = {
  ...validationSettings,
  IMPLEMENTATION_GUIDES: setting(guides(), {
    example: 'hl7.fhir.us.core@6.1.0',
    meaning:
      'Packages, separated by commas, that a start installs from `PACKAGES` unless they are installed already ' +
      '([Packages](packages.md)). `lanyard package install` does the same beside a running server. A package that is ' +
      'taken out of this setting stays: `lanyard package remove`.',
  }),
  PACKAGES: setting(z.string().optional(), {
    example: '/var/lib/lanyard/packages',
    meaning:
      'Folder of FHIR packages: `hl7.fhir.us.core-6.1.0.tgz` (from `https://packages.fhir.org/hl7.fhir.us.core/6.1.0`), or ' +
      '`hl7.fhir.us.core#6.1.0/package/`. A server downloads nothing.',
    default: '`DATA_DIR/packages`',
  }),
  PACKAGE_REGISTRY: setting(
    z
      .string()
      .refine(isSecureUrl, 'must be an https URL, or http on a loopback address')
      .default('https://packages.fhir.org'),
    {
      example: 'https://registry.npmjs.org',
      meaning:
        'Where `lanyard package install NAME@VERSION` fetches packages that `PACKAGES` does not have. The server itself fetches nothing.',
    },
  ),
  REFERENTIAL_INTEGRITY: setting(onOff().default(false), {
    example: 'on',
    meaning:
      '`on`: local references must exist when written (422), and what is referred to cannot be deleted (409). An app then ' +
      'needs `r` on the types it refers to. The same for all servers of a database; after turning it on, deletes are 503 ' +
      'until what is stored is indexed for it.',
  }),
  CONDITIONAL_DELETE: setting(oneOf(['single', 'multiple']).default('single'), {
    example: 'multiple',
    meaning: '`multiple`: a conditional delete takes all matches.',
  }),
  CONDITIONAL_DELETE_MAX: setting(wholeNumber(1, 10_000).default(100), {
    example: '100',
    meaning: 'Matches that one conditional delete may take.',
  }),
  OPERATION_CHANGES_MAX: setting(wholeNumber(1, 100_000).default(1000), {
    example: '5000',
    meaning:
      'Resources that one call of `$purge`, `$merge` or `$replace-references` changes while its caller waits. With ' +
      '`Prefer: respond-async` it may be a hundred times as many.',
  }),
  BINARY_STORE: setting(bucketUrl().optional(), {
    example: 's3://acme-fhir/binaries',
    meaning:
      'Bucket of S3, and a prefix that no other database uses, for contents of Binaries above 768 KiB. Needs the package ' +
      '`@aws-sdk/client-s3`, which finds region and credentials in its own way (`AWS_REGION`, `AWS_ACCESS_KEY_ID`, roles). ' +
      'Stored contents stay where they are. The same for all servers of a database ' +
      '([Replace a part](extensions/parts.md#binary_store-contents-of-binaries)).',
    default: 'in the database',
  }),
  BINARY_STORE_ENDPOINT: setting(
    z.string().refine(isSecureUrl, 'must be an https URL, or http on a loopback address').optional(),
    {
      example: 'https://minio.acme.example:9000',
      meaning: 'Server of S3’s protocol that is not AWS.',
      default: 'AWS',
    },
  ),
  TIME_ZONE: setting(timeZone().default('UTC'), {
    example: 'Europe/Berlin',
    meaning:
      'IANA name: where dates and times without a zone are meant, in searches, resources and the periods of Consents. The ' +
      'same for all servers of a database; after a change, stop them all: the first to start indexes everything anew.',
  }),
};

export const searchSettings = {
  SEARCH_HANDLING: setting(oneOf(['strict', 'lenient']).default('strict'), {
    example: 'strict',
    meaning:
      '`lenient`: criteria that are not offered are ignored and told in an `outcome` entry, as with ' +
      '`Prefer: handling=lenient`.',
  }),
  SEARCH_COUNT_DEFAULT: setting(wholeNumber(1, 10_000).default(20), {
    example: '20',
    meaning: 'Matches of a page without `_count`.',
  }),
  SEARCH_COUNT_MAX: setting(wholeNumber(1, 10_000).default(1000), {
    example: '1000',
    meaning: 'Matches of a page at most.',
  }),
  SEARCH_VALUES: setting(wholeNumber(100, 100_000).default(10_000), {
    example: '10000',
    meaning:
      'Values of all criteria of one search; beyond it is 400 `too-costly` before it runs. Other limits of a search are ' +
      'fixed ([ADR 54](adr/0054-what-a-search-may-cost.md)).',
  }),
  CHAIN_DEPTH: setting(wholeNumber(1, 20).default(8), {
    example: '8',
    meaning: 'Links of a chain, and levels of `:iterate`.',
  }),
  INCLUDE_MAX: setting(wholeNumber(1, 100_000).default(1000), {
    example: '1000',
    meaning: 'Included resources of a page; beyond it an `outcome` entry says so.',
  }),
  SEARCH_EXPLAIN: setting(onOff().default(false), {
    example: 'on',
    meaning:
      '`_explain=true` tells machines with `system/*.s`, and users with `user/*.s` and `admin/Job.r`, the statement, plan and indexes of a search ([ADR 137](adr/0137-who-sees-the-plan-of-a-search.md)).',
  }),
};

export const auditSettings = {
  AUDIT: setting(onOff().default(true), {
    example: 'on',
    meaning: 'Every access is an AuditEvent. `off`: none, which production refuses.',
  }),
  AUDIT_ROWS: setting(oneOf(['auto', 'short', 'whole']).default('auto'), {
    example: 'short',
    meaning:
      'How AuditEvents are stored: `short` takes less than half of the space and of the work of PostgreSQL that `whole` takes. Servers of release 0.1.0 read whole ones alone. `auto`: short, but whole in a database ' +
      'that was in use when it was migrated from 0.1.0; there, set `short` as soon as no server of that release is left. Both are read at any time.',
  }),
  AUDIT_RETENTION: setting(wholeNumber(0, 36_500).default(0), {
    example: '3650',
    meaning: 'Days after which AuditEvents are erased; `0`: never.',
  }),
  ACCESS_SHAPES_DAYS: setting(wholeNumber(0, 3_650).default(30), {
    example: '30',
    meaning:
      'Days for which the shapes of decided requests are kept, on which policies are tried before they count: user or client, scopes, interaction and type, without ids of patients ' +
      '([Try a policy](policies.md#try-a-policy)). `0`: none are kept.',
  }),
  OUTBOX_LIMIT: setting(wholeNumber(100, 100_000_000).default(1_000_000), {
    example: '1000000',
    meaning:
      'Events that each `afterCommit` hook of an extension may have waiting or dead; the oldest beyond that are removed undelivered.',
  }),
};

export const jobSettings = {
  JOBS_AT_ONCE: setting(wholeNumber(1, 100).default(2), {
    example: '2',
    meaning: 'Calls of `Prefer: respond-async`, such as exports, that one server works at; others wait.',
  }),
  JOBS_PER_CALLER: setting(wholeNumber(1, 10_000).default(10), {
    example: '10',
    meaning: 'Such calls of one caller that may wait or be under way; one more is 429.',
  }),
  JOBS_PER_SERVER: setting(wholeNumber(1, 100_000).default(200), {
    example: '200',
    meaning: 'Such calls of all callers of a tenant that may wait or be under way; one more is 429.',
  }),
  JOB_RESULTS_KEPT: setting(wholeNumber(1, 8760).default(24), {
    example: '24',
    meaning: 'Hours that results and files are kept after such a call has ended.',
  }),
  EXPORT_FILE_SIZE: setting(byteSize().default(64 * 1024 ** 2), {
    example: '64mb',
    meaning: 'Bytes after which an export begins another file ([ADR 78](adr/0078-exports-in-one-snapshot.md)).',
    default: '`64mb`',
  }),
  EXPORT_FOR_USERS: setting(onOff().default(false), {
    example: 'off',
    meaning:
      '`on`: users, and apps of patients, may call `$export`, each within what they may read; otherwise only machines may.',
  }),
  IMPORT_ALLOW_PRIVATE: setting(
    listOf(isHost, 'must be host names or addresses, with a port or without, separated by commas'),
    {
      example: 'files.internal,10.0.0.7:9000',
      meaning:
        'Hosts in private networks that `$import` and `$bulk-submit` may fetch files from, also by http ([ADR 84](adr/0084-imports-under-the-callers-rules.md)).',
    },
  ),
  IMPORT_FILE_LIMIT: setting(byteSize().default(10 * 1024 ** 3), {
    example: '10gb',
    meaning: 'Bytes of a file of `$import`, sent or fetched, also once it is unpacked.',
    default: '`10gb`',
  }),
  IMPORT_TIMEOUT: setting(wholeNumber(1, 3600).default(60), {
    example: '60',
    meaning: 'Seconds that a source of `$import` may send nothing.',
  }),
};

export const limitSettings = {
  BODY_LIMIT: setting(byteSize().default(16 * 1024 ** 2), {
    example: '16mb',
    meaning: 'Bytes of a resource.',
    default: '`16mb`',
  }),
  BUNDLE_LIMIT: setting(byteSize().default(256 * 1024 ** 2), {
    example: '256mb',
    meaning:
      'Bytes of a batch or transaction. Tokens that may write only within a record have `BODY_LIMIT`, those that may ' +
      'write nothing 1 MiB ([ADR 45](adr/0045-bodies-are-bounded-while-they-arrive.md)).',
    default: '`256mb`',
  }),
  BINARY_LIMIT: setting(byteSize().default(1024 ** 3), {
    example: '1gb',
    meaning: 'Bytes of a Binary that comes as it is.',
    default: '`1gb`',
  }),
  BUNDLE_ENTRIES: setting(wholeNumber(1, 1_000_000).default(20_000), {
    example: '20000',
    meaning: 'Entries of a batch or transaction.',
  }),
  DEPTH_LIMIT: setting(wholeNumber(10, maximumDepth).default(maximumDepth), {
    example: '100',
    meaning: 'Levels that a body may nest, 10 to 100.',
  }),
  VALUES_LIMIT: setting(wholeNumber(1000, 10_000_000).default(200_000), {
    example: '200000',
    meaning:
      'Objects, arrays, strings, numbers and literals in one resource; a Bundle may have more where there are 14 bytes ' +
      'for each.',
  }),
  BODY_MEMORY: setting(byteSize().optional(), {
    example: '256mb',
    meaning:
      'Bytes of all bodies that are being received or worked on; what finds no room is 503 with Retry-After. One caller ' +
      'has the part `CALLER_SHARE` of it, beyond which it is 429; a larger body is 413 ' +
      '([ADR 55](adr/0055-shares-of-the-memory-for-bodies.md)).',
    default: 'a sixth of the heap of JavaScript',
  }),
  RESPONSE_LIMIT: setting(byteSize().default(32 * 1024 ** 2), {
    example: '32mb',
    meaning:
      'Bytes of content in one answer: pages end early with their next link, entries of a bundle that read beyond it are ' +
      '422 `too-costly` ([ADR 46](adr/0046-answers-have-a-budget.md)).',
    default: '`32mb`',
  }),
  REQUEST_TIMEOUT: setting(wholeNumber(1, 3600).default(60), {
    example: '60',
    meaning: 'Seconds for the headers; bodies get one more second for each 16 kB.',
  }),
  STATEMENT_TIMEOUT: setting(wholeNumber(0, 3600).default(60), {
    example: '60',
    meaning: 'Seconds for one statement in the database, and for all that one bundle reads; `0`: any time.',
  }),
  RECORD_STATEMENT_TIMEOUT: setting(wholeNumber(0, 3600).default(10), {
    example: '10',
    meaning: 'Seconds for one statement that reads for a caller who is limited to one record; `0`: as all others.',
  }),
  EVENT_LOOP_DELAY: setting(wholeNumber(0, 60_000).default(1000), {
    example: '1000',
    meaning:
      'Milliseconds that the event loop may be late for a second; beyond it new requests are 503 with Retry-After. `0`: any.',
  }),
  AUTH_FAILURE_RATE: setting(wholeNumber(0, 100_000).default(20), {
    example: '20',
    meaning:
      "Requests without valid credentials a second that a network address may send (ten seconds' worth at once); beyond " +
      'it they are 429 unread. `0`: any. Behind a proxy, set `TRUSTED_PROXIES`.',
  }),
  SIGN_IN_RATE: setting(wholeNumber(0, 100_000).default(30), {
    example: '30',
    meaning:
      'Requests a second that a network address may send to `/oauth2/register`, `/oauth2/authorize` and the sign-in and ' +
      "account pages (a registration and a new password count as ten; ten seconds' worth at once); beyond it they are " +
      '429 with Retry-After. `0`: any. Behind a proxy, set `TRUSTED_PROXIES`.',
  }),
};

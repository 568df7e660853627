import type { TerminologyServerSettings } from '../config/foreign/terminology-server.js';
import type { ValidationLevel } from '../r4/validation/validation-run.js';

/** Injection token of {@link FhirOptions}. */
export const FHIR_OPTIONS = Symbol('FHIR_OPTIONS');

/** Work that goes on after its request was answered. */
export interface JobOptions {
  /** Jobs that one server works at. */
  readonly atOnce: number;
  /** Open jobs of one caller. */
  readonly perCaller: number;
  /** Open jobs of all callers. */
  readonly perServer: number;
  /** Hours that results and files of a job are kept after its end. */
  readonly keptHours: number;
}

/** Settings of the server that FhirModule runs in. */
export interface FhirOptions {
  /** FHIR base URL without trailing slash, such as `https://host/fhir/r4`. */
  readonly base: string;
  /** Path of the base as requests carry it, such as `/fhir/r4`. */
  readonly basePath: string;
  /** True for one of several tenants, whose operator may limit what it stores. */
  readonly hasTenants?: boolean;
  /** Bytes. */
  readonly bodyLimit: number;
  /** Bytes, for `POST` of a Bundle to the base. */
  readonly bundleLimit: number;
  /** Bytes, for the content of a Binary that comes as it is. */
  readonly binaryLimit: number;
  /** Bucket for large contents of Binaries; absent: the database, or the part of the application. */
  readonly binaryStore?: { readonly bucket: string; readonly prefix: string; readonly endpoint?: string | undefined };
  /** Entries of one batch or transaction. */
  readonly bundleEntries: number;
  /** Levels that a JSON body may nest, 100 at most. */
  readonly depthLimit: number;
  /** Values in one resource, or in what stands beside the entries of a bundle. */
  readonly valuesLimit: number;
  /** Bytes of one answer: a page ends early, entries of a bundle that read are refused. */
  readonly responseLimit: number;
  /** Bytes of all bodies that are being received or worked on. */
  readonly bodyMemory: number;
  /** Seconds for a request to arrive; bodies that make progress get more. */
  readonly requestTimeout: number;
  /** Seconds for one statement in the database; 0: any time. */
  readonly statementTimeout: number;
  /** Limit of time for reads of callers who are limited to a record; 0: as for all others. */
  readonly recordStatementTimeout: number;
  /** Part of the connections, of the queue for them and of the memory for bodies that one caller may hold. */
  readonly callerShare: number;
  /** Statements that may wait for a connection. */
  readonly databaseQueue: number;
  /** True if local references have to exist, and resources that are referred to cannot be deleted. */
  readonly referentialIntegrity: boolean;
  /** Errors in content: all that R4 forbids, its structure only, or only what the server itself rests on ({@link ValidationLevel}). */
  readonly validation: ValidationLevel;
  /** Type → profiles that each resource of it has to meet. */
  readonly validationProfiles?: Readonly<Record<string, readonly string[]>>;
  /** Severity of a claimed profile that is not installed; a warning by default. */
  readonly unknownProfiles?: 'warning' | 'error';
  /** Severity of a code that its system does not define; a warning when absent. */
  readonly unknownCodes?: 'warning' | 'error';
  /** Matches that a conditional delete may have: one, or up to `conditionalDeleteMax`. */
  readonly conditionalDelete: 'single' | 'multiple';
  readonly conditionalDeleteMax: number;
  /** Resources that one call of `$purge`, `$merge` and `$replace-references` changes at once; 1000 unless said. */
  readonly changesMax?: number;
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
  /** Handling of search criteria that are not offered, unless `Prefer: handling` says it. */
  readonly searchHandling: 'strict' | 'lenient';
  /** True if `_explain` is offered to callers who may search all. */
  readonly searchExplain: boolean;
  /** IANA name: of dates and times without a zone. */
  readonly timeZone: string;
  /** Values of all criteria of one search. */
  readonly searchValues: number;
  /** References that a chain follows, and levels of includes. */
  readonly chainDepth: number;
  /** Resources that one page includes beside its matches. */
  readonly includeMax: number;
  /** Seals page links; generated and kept in the database when absent. */
  readonly cursorSecret?: string;
  /** The page of reasons and cures. */
  readonly docsUrl: string;
  /** True if HTTP Basic counts; challenges then offer it. */
  readonly basic: boolean;
  /** RFC 9728 document of this resource server. */
  readonly resourceMetadataUrl: string;
  /** Requests that a trusted proxy forwards from http are refused. */
  readonly requireTls: boolean;
  /** True if every access is recorded as an AuditEvent. */
  readonly audit: boolean;
  /** How AuditEvents are stored; absent: as the database says. Servers of release 0.1.0 read whole ones alone. */
  readonly auditForm?: 'short' | 'whole';
  /** Days that AuditEvents are kept; 0: for ever. */
  readonly auditRetention: number;
  /** Days that shapes of decided requests are kept, for trials of policies; 0, or absent: none are. */
  readonly accessShapesDays?: number;
  /** Events of one hook of the point `afterCommit` that are kept; beyond that the oldest are removed. 1000000 unless said. */
  readonly outboxLimit?: number;
  /** Work that goes on after its request was answered. */
  readonly jobs?: JobOptions;
  /** Bytes after which an export begins another file; 64 MiB unless said. */
  readonly exportFileSize?: number;
  /** Hosts in private networks that imports may fetch from, bytes of one file, and seconds that a source may be silent; 10 GiB and 60 unless said. */
  readonly imports?: {
    readonly privateHosts: readonly string[];
    readonly fileLimit: number;
    readonly patience: number;
  };
  /** Other terminology servers, and what counts while one does not answer; none unless said. */
  readonly terminology?: {
    readonly servers: readonly TerminologyServerSettings[];
    readonly away: 'error' | 'warning';
  };
  /** Origins beside those of open documents that browsers may call from. */
  readonly corsOrigins: readonly string[];
}

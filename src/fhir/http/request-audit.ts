import { Inject, Injectable, Logger, Optional, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AuditNote } from '../../audit/audit-note.js';
import { type AuditOutcome, type AuditRecord, type Happened, newRecord, recordOf } from '../../audit/audit-record.js';
import { IntrospectionFlood } from '../../audit/introspection-flood.js';
import { RefusalFlood } from '../../audit/refusal-flood.js';
import { describeError } from '../../observability/describe-error.js';
import { withoutCredentials } from '../../observability/without-credentials.js';
import { AccessTrail } from '../../scope/access-trail.js';
import type { Principal } from '../../auth/principal.js';
import { TypedNames } from '../../auth/accounts/typed-names.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';
import { AuditLog } from '../storage/audit/audit-log.js';
import { StorageFull } from '../storage/session/storage-full.js';
import { eventBeside } from './audited-logins.js';
import type { FhirRequest } from './fhir-request.js';
import { renderError } from './answer/render.js';

const minute = 60_000;

type Done = (error?: Error | null, payload?: unknown) => void;

/**
 * Writes each request down before its answer goes out. What was written has its record already, in its own transaction; an
 * answer that cannot be recorded is not given.
 */
@Injectable()
export class RequestAudit implements OnModuleDestroy {
  private readonly logger = new Logger(RequestAudit.name);
  private readonly flood = new RefusalFlood();
  private readonly asked = new IntrospectionFlood();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: AuditLog,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    /** Absent where there are no users of this server. */
    @Optional() private readonly names?: TypedNames,
  ) {
    if (options.audit) this.timer = setInterval(() => void this.tellCounted(), minute).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.tellCounted();
  }

  /** Before the routes are made. */
  watch(fastify: FastifyInstance): void {
    if (!this.options.audit) return;
    fastify.addHook('onSend', (request, reply, payload, done: Done) => {
      const record = this.recordOf(request, reply, payload);
      if (!record) return done(null, payload);
      this.store(record).then(
        () => done(null, payload),
        (error: unknown) => this.withhold(error, reply, { payload, done, record }),
      );
    });
  }

  /** Returns the trail that storage notes the request in; none while nobody audits. */
  begin(request: FhirRequest, principal: Principal, interaction: Interaction): AccessTrail | undefined {
    if (!this.options.audit) return undefined;
    const { id, method, ip } = request;
    return new AccessTrail({ requestId: id, method, address: ip, principal, interaction });
  }

  private recordOf(request: FhirRequest, reply: FastifyReply, payload: unknown): AuditRecord | undefined {
    const { trail, refusals = [] } = request;
    const reasons = refusals.map(({ code, fact }) => ({ code, fact }));
    const happened: Happened = newRecord({
      outcome: outcomeOf(reply.statusCode, reasons.length > 0),
      ...(reasons.length > 0 && { reasons }),
    });
    if (request.auditNote) return this.notedOf(request, request.auditNote, happened);
    return trail ? untoldOf(trail, happened) : this.besideOf(request, happened, { payload, status: reply.statusCode });
  }

  /** Returns the record with the note of a handler; an answer that failed afterwards is no success. */
  private notedOf(request: FhirRequest, note: AuditNote, happened: Happened): AuditRecord | undefined {
    const { id: requestId, ip: address, method, trail, routeOptions } = request;
    const disclosed = trail?.unrecorded ?? [];
    const record: AuditRecord = {
      ...happened,
      ...note,
      outcome: happened.outcome === '8' ? '8' : note.outcome,
      ...(disclosed.length > 0 && { disclosed }),
      requestId,
      address,
      line: `${method} ..${routeOptions.url ?? ''}`,
    };
    return this.isCounted(record) ? undefined : record;
  }

  /** Floods of callers whom nobody vouches for are counted, and so are introspections that tell a client nothing new. */
  private isCounted(record: AuditRecord): boolean {
    const { event, outcome, caller, reasons, address = '' } = record;
    if (outcome === '0') return event === 'introspection' && !this.asked.admits(record);
    return caller?.issuer === undefined && !this.flood.admits(reasons?.[0]?.code ?? 'refused', address);
  }

  /** Records a request that is answered beside Fastify. */
  async write(record: AuditRecord): Promise<void> {
    if (this.options.audit && !this.isCounted(record)) await this.store(record);
  }

  private async store(record: AuditRecord): Promise<void> {
    try {
      await this.log.record(await this.withKeptName(record));
    } catch (error) {
      this.asked.forget(record);
      throw error;
    }
  }

  private async withKeptName(record: AuditRecord): Promise<AuditRecord> {
    if (record.caller?.isTyped !== true) return record;
    const { isTyped: _, subject, ...caller } = record.caller;
    return { ...record, caller: { ...caller, subject: (await this.names?.toKeep(subject)) ?? 'unknown' } };
  }

  private besideOf(request: FhirRequest, happened: Happened, { payload, status }: Answered): AuditRecord | undefined {
    const { id: requestId, ip: address } = request;
    const beside = eventBeside(request, status, { payload, options: this.options });
    if (!beside) return undefined;
    const reason = happened.reasons?.[0]?.code ?? `http-${status}`;
    const isUnknown = status >= 400 && beside.caller?.issuer === undefined;
    return isUnknown && !this.flood.admits(reason, address)
      ? undefined
      : { ...happened, ...beside, requestId, address };
  }

  /** Withholds an answer that cannot be recorded, unless it gives nothing away, as a refusal. */
  private withhold(error: unknown, reply: FastifyReply, { payload, done, record }: Unrecorded): void {
    this.logger.error(`request ${reply.request.id}: the audit record cannot be stored: ${describeError(error)}`);
    if (reply.statusCode >= 400 || givesNothingAway(record)) return done(null, payload);
    if (error instanceof StorageFull) return this.tellLog(record, () => done(null, payload));
    if (payload instanceof Object && 'destroy' in payload && typeof payload.destroy === 'function') payload.destroy();
    const outcome = operationOutcome([
      {
        code: 'transient',
        diagnostics:
          'The request cannot be written down in the audit log right now, so it is not answered. Repeat it after the time in Retry-After; what it was to change may have been changed.',
      },
    ]);
    const { text, contentType } = renderError(outcome, undefined);
    for (const name of ['content-length', 'content-range', 'etag', 'last-modified', 'location', 'set-cookie'])
      reply.removeHeader(name);
    void reply.code(503).headers({ 'content-type': contentType, 'cache-control': 'no-store', 'retry-after': '2' });
    done(null, text);
  }

  /** Patients are treated also while a disk is full: then the log of the process has the record, without what may name people. */
  private tellLog({ line: _line, reasons, ...record }: AuditRecord, goOn: () => void): void {
    const codes = reasons?.map(({ code }) => code);
    const told = withoutCredentials(JSON.stringify({ ...record, ...(codes && { codes }) }));
    this.logger.warn(`audit record that could not be stored: ${told}`);
    goOn();
  }

  private async tellCounted(): Promise<void> {
    if (!this.options.audit) return;
    for (const { reason, network, count } of this.flood.take()) {
      const counted = { code: reason, fact: `Counted for ${network}: callers that are not known.` };
      await this.tellCount({ event: 'refused', outcome: '8', address: network, reasons: [counted], count });
    }
    for (const counted of this.asked.take()) await this.tellCount({ event: 'introspection', outcome: '0', ...counted });
  }

  private async tellCount(counted: Omit<AuditRecord, 'id' | 'recorded'>): Promise<void> {
    await this.log.record(newRecord(counted)).catch(() => undefined);
  }
}

interface Unrecorded {
  readonly payload: unknown;
  readonly done: Done;
  readonly record: AuditRecord;
}

/** An operation that looked at no rows, or a batch whose entries all failed. */
const givesNothingAway = ({ disclosed, event }: AuditRecord): boolean =>
  disclosed === undefined && (event.startsWith('$') || event === 'batch');

interface Answered {
  readonly payload: unknown;
  readonly status: number;
}

/** Returns the record of the disclosures that storage has not recorded in the transaction of a write. */
function untoldOf(trail: AccessTrail, happened: Happened): AuditRecord | undefined {
  const disclosed = trail.unrecorded;
  if (trail.isRecorded && disclosed.length === 0 && !happened.reasons) return undefined;
  return recordOf(trail, { ...happened, ...(disclosed.length > 0 && { disclosed }) });
}

/** https://hl7.org/fhir/R4/valueset-audit-event-outcome.html */
function outcomeOf(status: number, isRefused: boolean): AuditOutcome {
  if (status === 401 || status >= 500) return '8';
  return status >= 400 || isRefused ? '4' : '0';
}

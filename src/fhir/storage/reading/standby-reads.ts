import { Inject, Injectable, Optional } from '@nestjs/common';
import { NoStandby, Standbys, type StandbyTransaction } from '../../../database/standbys/standbys.js';
import { AccessTrail } from '../../../scope/access-trail.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { AccessIsLimited, UnlimitedContext } from '../../../scope/unlimited-context.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SearchDefinitions } from '../indexing/search-definitions.js';
import { ResourceRepository } from '../resource.repository.js';
import { ServiceUnavailable } from '../session/service-unavailable.js';
import { ReadingTransaction } from '../session/sql-session.js';

/** A read, and how it is told to run. */
export interface StaleRead<T> {
  readonly context: RequestContext;
  /** Seconds that the answer may be old; undefined: it may not. */
  readonly maxStale: number | undefined;
  read(context: RequestContext, from: ResourceRepository): Promise<T>;
  /** The answer is that of a standby, so many seconds old at most. */
  isOld(seconds: number): void;
}

/** Decides which database answers a read: the one place that knows of standbys. */
@Injectable()
export class StandbyReads {
  /** Reads that asked for a standby and went to the primary, by why. */
  readonly passedOn = { limited: 0, stale: 0, failed: 0 };

  constructor(
    private readonly resources: ResourceRepository,
    private readonly definitions: SearchDefinitions,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Optional() readonly standbys?: Standbys,
  ) {}

  /** On a standby, where the caller asks for that, nothing limits them, and one is fresh enough; otherwise on the primary. */
  run<T>(asked: StaleRead<T>): Promise<T> {
    const { maxStale } = asked;
    return maxStale !== undefined && this.standbys
      ? this.preferStandby(this.standbys, asked, maxStale)
      : asked.read(asked.context, this.resources);
  }

  private async preferStandby<T>(standbys: Standbys, asked: StaleRead<T>, maxStale: number): Promise<T> {
    try {
      return await this.onStandby(standbys, asked, maxStale);
    } catch (error) {
      const why = whyPassedOn(error);
      if (why === undefined) throw error;
      this.passedOn[why]++;
    }
    return asked.read(asked.context, this.resources);
  }

  private async onStandby<T>(standbys: Standbys, asked: StaleRead<T>, maxStale: number): Promise<T> {
    const { trail } = asked.context;
    // Versions that a standby reads before it fails are given to nobody.
    const ownTrail = trail && new AccessTrail(trail.request);
    const context = UnlimitedContext.of(asked.context, ownTrail);
    const answered = (age: number): void => {
      if (ownTrail) trail.take(ownTrail);
      asked.isOld(age);
    };
    // Rows of before what is known of search parameters and forms may lack what is searched by.
    const since = Math.max(performance.now() - maxStale * 1000, this.definitions.knownSince);
    let age = 0;
    try {
      const answer = await standbys.read(context.caller, since, (transaction) => {
        ({ age } = transaction);
        return asked.read(context, this.resourcesOf(transaction));
      });
      answered(age);
      return answer;
    } catch (error) {
      if (whyPassedOn(error) === undefined) answered(age);
      throw error;
    }
  }

  private resourcesOf({ pool, client }: StandbyTransaction): ResourceRepository {
    return this.resources.on(new ReadingTransaction(pool, this.options, client));
  }
}

/** Undefined: it is what the primary would say as well, such as that a resource is not there. */
function whyPassedOn(error: unknown): keyof StandbyReads['passedOn'] | undefined {
  if (error instanceof AccessIsLimited) return 'limited';
  if (error instanceof NoStandby) return 'stale';
  return error instanceof FhirError && !(error instanceof ServiceUnavailable) ? undefined : 'failed';
}

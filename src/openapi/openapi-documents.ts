import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Allowance } from '../auth/throttle/allowance.js';
import { TemporarilyUnavailable } from '../r4/errors/fhir-error.js';
import { type AskedDocument, OpenApi } from './openapi.js';

/** 503: more documents of chosen types were asked for than the server makes. */
export class TooManyDocuments extends TemporarilyUnavailable {
  constructor(seconds: number) {
    super(
      seconds,
      `Documents of other types were asked for too often; the next one is made in ${seconds} s. /openapi.json without type is always ready.`,
      'throttled',
    );
  }
}

/** A document as it is sent. */
export interface MadeDocument {
  readonly body: Buffer;
  /** RFC 9110 section 8.8.3, with its quotes. */
  readonly tag: string;
}

/** Bytes of documents of chosen types that are kept. */
const mostBytes = 16 * 1024 * 1024;
/** Milliseconds of making documents of chosen types: at once, and each second from then on. */
const [mostAtOnce, perSecond] = [1000, 50];

/**
 * Texts of documents, open to everybody: the whole ones are kept, those of chosen types as far as there is room, and making others
 * takes a twentieth of a processor at most (docs/adr/0066).
 */
@Injectable()
export class OpenApiDocuments {
  private readonly whole = new Map<boolean, MadeDocument>();
  private madeChosen: LRUCache<string, MadeDocument> | undefined;
  private readonly allowance = new Allowance(mostAtOnce, perSecond);
  private revision: number | undefined;

  constructor(private readonly openApi: OpenApi) {}

  /** Throws {@link TooManyDocuments}. */
  get(asked: AskedDocument): MadeDocument {
    const { revision } = this.openApi;
    if (this.revision !== revision) this.forget(revision);
    return asked.types === undefined ? this.wholeOf(asked.isPlain === true) : this.chosenOf(asked, asked.types);
  }

  /** Search parameters come and go. */
  private forget(revision: number): void {
    this.whole.clear();
    this.chosen.clear();
    this.revision = revision;
  }

  private wholeOf(isPlain: boolean): MadeDocument {
    let made = this.whole.get(isPlain);
    if (!made) this.whole.set(isPlain, (made = this.make({ isPlain })));
    return made;
  }

  private chosenOf(asked: AskedDocument, types: readonly string[]): MadeDocument {
    const key = `${types.join(',')} ${asked.isPlain === true}`;
    const kept = this.chosen.get(key);
    if (kept) return kept;
    const { wait } = this.allowance;
    if (wait !== undefined) throw new TooManyDocuments(wait);
    const started = performance.now();
    const made = this.make(asked);
    this.allowance.spend(performance.now() - started);
    this.chosen.set(key, made);
    return made;
  }

  private make(asked: AskedDocument): MadeDocument {
    const body = Buffer.from(JSON.stringify(this.openApi.document(asked)));
    return { body, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
  }

  private get chosen(): LRUCache<string, MadeDocument> {
    return (this.madeChosen ??= new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: ({ body }) => body.length,
    }));
  }
}

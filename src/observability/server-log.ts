import type { LoggerService } from '@nestjs/common';
import { destination, type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { currentTenantName } from '../database/tenant.js';
import { readableLine, readableRequest } from './readable-lines.js';
import type { RequestFacts } from './request-facts.js';

export interface LogOptions {
  readonly level: string;
  /** JSON lines for machines; text for people otherwise. */
  readonly json: boolean;
}

/** Contexts of Nest's own start-up messages: they are for debugging. */
const framework = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);
/** Each line names the tenant whose work it tells of; none does where `TENANTS` is off. */
const tenantOfLine = (): object => {
  const name = currentTenantName();
  return name === undefined ? {} : { tenant: name };
};
/** Bytes that lines of requests may wait for others to be written with, and for how long in ms. */
const buffered = 8 * 1024;
const flushEvery = 500;

/** The log of the server on its standard output. Requests are written in batches, everything else at once. */
export class ServerLog implements LoggerService {
  private readonly logger: Logger;
  private readonly isJson: boolean;
  private readonly lines: Lines;

  constructor({ level, json }: LogOptions, lines: Lines = standardOutput()) {
    this.isJson = json;
    this.lines = lines;
    this.logger = pino(
      {
        level,
        base: null,
        messageKey: 'message',
        timestamp: stdTimeFunctions.isoTime,
        mixin: tenantOfLine,
        formatters: { level: (label) => ({ level: label }) },
      },
      json ? lines : { write: (line) => lines.write(readableLine(line)) },
    );
  }

  /** Logs a request; answers from 500 on are warnings. */
  request(facts: RequestFacts): void {
    const level = facts.status < 500 ? 'info' : 'warn';
    if (this.isJson) this.logger[level](facts);
    // Made at once: most lines are those of requests, and JSON that is read again costs more than the rest of a line.
    else if (this.logger.isLevelEnabled(level)) this.lines.write(readableRequest(level, facts, currentTenantName()));
  }

  /** Refused requests that have no line of their own. */
  leftOut(reason: string, count: number): void {
    this.logger.info({ reasons: [reason], count }, `${count} more requests were refused: ${reason}`);
  }

  /** True if requests are logged at all. */
  get tellsRequests(): boolean {
    return this.logger.isLevelEnabled('info');
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    const isFramework = framework.has(String(rest.at(-1)));
    this.write(isFramework ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  flush(): void {
    this.lines.flush();
  }

  /** Nest gives the place in the program last, and a stack before it. */
  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const text = [message, ...rest.slice(0, -1)].filter((part) => part !== undefined).map(String);
    this.logger[level](typeof context === 'string' ? { context } : {}, text.join('\n'));
    this.lines.flush();
  }
}

/** Destination of lines. */
export interface Lines extends DestinationStream {
  flush(): void;
}

function standardOutput(): Lines {
  const out = destination({ dest: 1, minLength: buffered, sync: true });
  setInterval(() => out.flush(), flushEvery).unref();
  return { write: (line) => void out.write(line), flush: () => out.flushSync() };
}

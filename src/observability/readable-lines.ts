/** The members of a line of the log that text for people shows; the rest is for machines. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly message?: string;
  readonly context?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly clientId?: string;
  readonly reasons?: readonly string[];
  readonly requestId?: string;
}

/** Turns lines of JSON into lines for people. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Line;
  const { level, time, message = '', context, requestId } = line;
  const sign = level === 'info' ? '' : ` ${level.toUpperCase()}`;
  const about = line.route === undefined ? ((context && `[${context}] `) ?? '') + message : describeRequest(line);
  const trace = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${time.slice(11, 23)}${sign} ${about}${trace}\n`;
}

function describeRequest({ method, route, status, durationMs, clientId, reasons = [] }: Line): string {
  const who = clientId === undefined ? '' : `, client ${clientId}`;
  const why = reasons.length === 0 ? '' : `, refused: ${reasons.join(', ')}`;
  return `${method} ${route} ${status}, ${durationMs} ms${who}${why}`;
}

import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { type DoctorResult, resultsOf, type Recorder } from '../doctor-result.js';
import { phrase } from '../words/say.js';

const patienceMs = 5000;
const dayMs = 86_400_000;
/** Days: automatic renewal has happened by then. */
const soonDays = 14;

export interface TlsSession {
  readonly protocol: string;
  /** Reason why the certificate is not trusted; absent when it is. */
  readonly problem?: string;
  /** Milliseconds since 1970. */
  readonly validTo: number;
}

type Unspoken = 'tls.old' | 'tls.not-spoken';

/** Certificate and version of TLS at the host of an https address. Nothing is sent over the connection. */
export async function examineTls(group: string, url: string, setting?: string): Promise<readonly DoctorResult[]> {
  const { host, hostname, port } = new URL(url);
  const session = await openSession(hostname.replace(/^\[|\]$/g, ''), Number(port || 443));
  // Other checks report that it cannot be reached.
  return session === undefined ? [] : [judgeSession(resultsOf(group, setting), host, session)];
}

/** `session` is what was agreed on, or why it came to nothing. */
export function judgeSession(found: Recorder, host: string, session: TlsSession | Unspoken): DoctorResult {
  if (typeof session === 'string') return found.failed('tls', 'tls.not-spoken', { host, why: phrase(session) });
  const { protocol, problem, validTo } = session;
  if (problem !== undefined) return found.failed('tls', keyOf(problem), { host, code: problem });
  const days = Math.floor((validTo - Date.now()) / dayMs);
  const values = { host, protocol, days };
  return days < soonDays ? found.warning('tls', 'tls', values) : found.ok('tls', 'tls', values);
}

function openSession(host: string, port: number): Promise<TlsSession | Unspoken | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      // Looked at below, so that the reason can be told.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (result: TlsSession | Unspoken | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(patienceMs, () => end(undefined));
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => end(problemOf(code)));
    socket.once('secureConnect', () =>
      end({
        protocol: (socket.getProtocol() ?? 'TLS').replace('TLSv', 'TLS '),
        ...(!socket.authorized && { problem: codeOf(socket.authorizationError) }),
        validTo: Date.parse(socket.getPeerCertificate().valid_to),
      }),
    );
  });
}

const codeOf = (error: unknown): string =>
  typeof error === 'string' ? error : ((error as NodeJS.ErrnoException | null)?.code ?? 'unknown reason');

function problemOf(code: string): Unspoken | undefined {
  if (/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return 'tls.old';
  return code.startsWith('ERR_SSL') ? 'tls.not-spoken' : undefined;
}

function keyOf(problem: string): 'tls.expired' | 'tls.other-name' | 'tls.untrusted' {
  if (problem === 'CERT_HAS_EXPIRED') return 'tls.expired';
  return problem === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'tls.other-name' : 'tls.untrusted';
}

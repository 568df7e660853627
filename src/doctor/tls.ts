import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { type DoctorResult, resultsOf, type Recorder } from './doctor-result.js';

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

/** Certificate and version of TLS at the host of an https address. Nothing is sent over the connection. */
export async function examineTls(group: string, url: string): Promise<readonly DoctorResult[]> {
  const { host, hostname, port } = new URL(url);
  const session = await openSession(hostname.replace(/^\[|\]$/g, ''), Number(port || 443));
  // Other checks report that it cannot be reached.
  return session === undefined ? [] : [judgeSession(resultsOf(group), host, session)];
}

/** `session` is what was agreed on, or why it came to nothing. */
export function judgeSession(found: Recorder, host: string, session: TlsSession | string): DoctorResult {
  if (typeof session === 'string')
    return found.failed('tls', `${host}: ${session}.`, 'Let it speak TLS 1.2 or 1.3 with an ordinary certificate.');
  const { protocol, problem, validTo } = session;
  if (problem !== undefined)
    return found.failed('tls', `The certificate of ${host} is not to be trusted: ${problem}.`, cureOf(problem));
  const days = Math.floor((validTo - Date.now()) / dayMs);
  const fact = `${host} speaks ${protocol}; its certificate ends in ${days} days.`;
  return days < soonDays
    ? found.warning('tls', fact, 'Renew the certificate now, and look why that did not happen by itself.')
    : found.ok('tls', fact);
}

function openSession(host: string, port: number): Promise<TlsSession | string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      // Looked at below, so that the reason can be told.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (result: TlsSession | string | undefined): void => {
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

function problemOf(code: string): string | undefined {
  if (/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return 'it speaks no version of TLS from 1.2 on';
  return code.startsWith('ERR_SSL') ? 'it does not speak TLS' : undefined;
}

function cureOf(problem: string): string {
  if (problem === 'CERT_HAS_EXPIRED') return 'Renew the certificate.';
  if (problem === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'Use the name that the certificate is made out for, or have it made out for this one.';
  return (
    'Let the host send its whole chain of certificates; for an authority of your own, start this server with ' +
    'NODE_EXTRA_CA_CERTS=/path/to/authority.pem.'
  );
}

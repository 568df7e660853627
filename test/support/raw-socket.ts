import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends bytes as they are and reads one answer: what no HTTP client would send. */
export function exchange(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const parts: Buffer[] = [];
    const finish = (): void => {
      const answer = parse(Buffer.concat(parts).toString('utf8'));
      if (answer) {
        resolve(answer);
        socket.destroy();
      }
    };
    socket.on('data', (part) => {
      parts.push(part);
      finish();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${Buffer.concat(parts).toString('utf8').slice(0, 200)}`)));
    socket.setTimeout(10_000, () => socket.destroy());
  });
}

/** Undefined until the answer is complete. */
function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(end + 4);
  const isWhole = Buffer.byteLength(body) >= Number(headers['content-length'] ?? 0);
  return isWhole ? { status: Number(statusLine.split(' ')[1]), headers, text: body } : undefined;
}

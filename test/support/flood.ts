import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Flood {
  readonly port: number;
  /** Request line and headers, without those that describe the body. */
  readonly head: readonly string[];
  /** Bytes of the body. */
  readonly size: number;
  readonly isChunked?: boolean;
  /** The client waits with its body until it is asked for it. */
  readonly expectsContinue?: boolean;
}

export interface FloodAnswer {
  readonly status: number;
  readonly text: string;
  /** Bytes of the body that the client could send. */
  readonly sent: number;
  readonly wasInvited: boolean;
}

const block = Buffer.alloc(65_536, ' ');

/** Sends a body of any size as fast as the server takes it, until it is sent or the connection ends; then there is the answer. */
export function flood({ port, head, size, isChunked = false, expectsContinue = false }: Flood): Promise<FloodAnswer> {
  return new Promise((resolve, reject) => {
    let [received, sent, wasInvited, isSending] = ['', 0, false, false];
    // It goes on after the server has said its last word.
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      const coding = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${size}`;
      const expectation = expectsContinue ? ['Expect: 100-continue'] : [];
      socket.write(`${[...head, coding, ...expectation].join('\r\n')}\r\n\r\n`);
      if (!expectsContinue) void send();
    });
    async function send(): Promise<void> {
      isSending = true;
      while (sent < size && socket.writable) {
        const bytes = block.subarray(0, Math.min(block.length, size - sent));
        if (isChunked) socket.write(`${bytes.length.toString(16)}\r\n`);
        const isTaken = socket.write(bytes);
        if (isChunked) socket.write('\r\n');
        sent += bytes.length;
        if (!isTaken) await Promise.race([new Promise((taken) => socket.once('drain', taken)), ended]);
        else await sleep(0);
      }
      if (isChunked && socket.writable) socket.write('0\r\n\r\n');
      isSending = false;
      if (socket.readableEnded) socket.end();
    }
    socket.on('end', () => {
      if (!isSending) socket.end();
    });
    const ended = new Promise<void>((end) => {
      socket.once('close', () => {
        const answer = /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n([^]*)$/.exec(received);
        if (answer) resolve({ status: Number(answer[1]), text: answer[2]!, sent, wasInvited });
        else reject(new Error(`The connection ended after ${sent} bytes without an answer: ${received}`));
        end();
      });
    });
    socket.on('data', (part) => {
      received += part.toString('latin1');
      const invitation = 'HTTP/1.1 100 Continue\r\n\r\n';
      if (!wasInvited && received.startsWith(invitation)) {
        wasInvited = true;
        received = received.slice(invitation.length);
        void send();
      }
    });
    // A connection that is cut while the body is on its way; what came before counts.
    socket.on('error', () => undefined);
    socket.setTimeout(30_000, () => socket.destroy());
  });
}

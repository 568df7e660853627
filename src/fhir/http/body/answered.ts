import type { IncomingMessage } from 'node:http';

/** Requests with an answer that is about to go out: it waits for its audit record, and a body may be complete by then. */
const answered = new WeakSet<IncomingMessage>();

/** Bytes of the body that come after this do not count, and no second answer is sent. */
export const markAnswered = (request: IncomingMessage): void => void answered.add(request);

export const isAnswered = (request: IncomingMessage): boolean => answered.has(request);

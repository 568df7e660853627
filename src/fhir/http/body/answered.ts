import type { IncomingMessage } from 'node:http';

/** Requests with an answer that is about to go out: it waits for its audit record, and a body may be complete by then. */
const answered = new WeakSet<IncomingMessage>();

/** What comes of the body from now on counts no more, and nobody answers again. */
export const markAnswered = (request: IncomingMessage): void => void answered.add(request);

export const isAnswered = (request: IncomingMessage): boolean => answered.has(request);

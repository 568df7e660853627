import { jsonObject } from '../../auth/keys/json-object.js';
import { CommandFailed } from '../command-failed.js';

const patience = 15_000;
const longestShown = 300;

export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly headers: Headers;
}

/** Asks another server. Throws {@link CommandFailed} when it cannot be reached; every answer is for the caller to judge. */
export async function fetchJson(url: string, init: RequestInit = {}): Promise<JsonAnswer> {
  try {
    const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    return { status: answer.status, body: jsonObject(text) ?? {}, text, headers: answer.headers };
  } catch (error) {
    const { cause, name, message } = error as Error & { readonly cause?: { readonly code?: string } };
    const why = name === 'TimeoutError' ? `it did not answer within ${patience / 1000} s` : (cause?.code ?? message);
    throw new CommandFailed([`${url} cannot be reached: ${why}.`]);
  }
}

/** As {@link fetchJson}, for an answer that is text; `words` are its message when it is an error. */
export async function fetchText(url: string, init: RequestInit): Promise<JsonAnswer & { readonly words: string }> {
  const answer = await fetchJson(url, init);
  return { ...answer, words: wordsOf(answer) };
}

/** Message of an answer: OAuth errors, the texts of an OperationOutcome, or its beginning. */
export function wordsOf({ status, body, text }: JsonAnswer): string {
  const { error, error_description: description, issue } = body;
  if (typeof error === 'string')
    return `${status} ${error}${typeof description === 'string' ? `: ${description}` : ''}`;
  if (Array.isArray(issue)) return `${status} ${issue.map(issueText).join('; ')}`;
  return `${status} ${text.replace(/\s+/g, ' ').slice(0, longestShown)}`.trim();
}

function issueText(issue: unknown): string {
  const { details, diagnostics } = Object(issue) as { details?: { text?: string }; diagnostics?: string };
  return [details?.text, diagnostics].filter((text) => text !== undefined).join(' ');
}

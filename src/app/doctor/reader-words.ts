import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DoctorResult, inWords } from '../../doctor/doctor-result.js';
import type { DoctorWords } from '../../doctor/words/doctor-words.js';
import { wordsFor } from '../../doctor/words/languages.js';

/** Words of the language that the caller reads, which the answer names (RFC 9110, 8.5). */
export function wordsOf({ headers }: Pick<FastifyRequest, 'headers'>, reply: FastifyReply): DoctorWords {
  const words = wordsFor(headers['accept-language']);
  void reply.headers({ 'content-language': words.lang, vary: 'Accept-Language' });
  return words;
}

/** Findings in the language that the caller reads. */
export function inWordsOf<T extends { readonly findings: readonly DoctorResult[] }>(
  request: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
  found: T,
): T {
  const words = wordsOf(request, reply);
  return { ...found, findings: found.findings.map((finding) => inWords(finding, words)) };
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DoctorWords } from '../../doctor/words/doctor-words.js';
import { wordsFor } from '../../doctor/words/languages.js';

/** Words of the language that the caller reads, which the answer names (RFC 9110, 8.5). */
export function wordsOf({ headers }: Pick<FastifyRequest, 'headers'>, reply: FastifyReply): DoctorWords {
  const words = wordsFor(headers['accept-language']);
  void reply.headers({ 'content-language': words.lang, vary: 'Accept-Language' });
  return words;
}

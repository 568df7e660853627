import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { FhirRequest } from '../fhir-request.js';
import { type FhirAnswer, fhirHeaders, hasVersion, varyOfFhir, type Versioned, versionHeaders } from './answer.js';
import { htmlType, textPage } from './answer-page.js';
import { render } from './render.js';

/** Body that Nest is to send. */
export type Body = string | StreamableFile | undefined;

/** Writes status and headers of an answer to the reply, in the form that the request has been found to ask for; returns its body. */
export function writeAnswer(answer: FhirAnswer, request: FhirRequest, reply: FastifyReply): Body {
  writeAge(request, reply);
  const { version, status = 200, headers } = answer;
  if (version && answer.isRead && hasVersion(request, version)) return unchanged(version, reply);
  const { body, described } = bodyOf(answer, request);
  void reply.code(status);
  const told = version ? versionHeaders(version) : undefined;
  for (const some of [described, told, headers]) if (some) void reply.headers(some);
  return typeof body === 'string' && body.length > atOnce ? inParts(body, reply) : body;
}

/** RFC 9111 section 5.1 */
export function writeAge({ age }: FhirRequest, reply: FastifyReply): void {
  if (age !== undefined) void reply.header('age', String(age));
}

function unchanged(version: Versioned, reply: FastifyReply): undefined {
  void reply.code(304).headers({ 'cache-control': 'private, no-cache', vary: varyOfFhir });
  void reply.headers(versionHeaders(version));
}

/** A long answer is encoded as fast as the client takes it; its length is known all the same. */
function inParts(text: string, reply: FastifyReply): StreamableFile {
  void reply.header('content-length', Buffer.byteLength(text));
  return new StreamableFile(Readable.from(partsOf(text), { objectMode: false, highWaterMark: partLength }));
}

interface Described {
  readonly body?: Body;
  readonly described?: Readonly<Record<string, string>>;
}

function bodyOf({ json, text, textType, bytes }: FhirAnswer, { representation }: FhirRequest): Described {
  if (bytes) return { body: new StreamableFile(bytes) };
  if (text !== undefined) return textOf(text, representation, textType);
  if (json === undefined) return {};
  const rendered = render(json, representation);
  return { body: rendered.text, described: fhirHeaders(rendered) };
}

/** Text to read, never markup: it repeats claims of strangers. */
function textOf(text: string, representation: FhirRequest['representation'], type = 'text/plain'): Described {
  if (representation?.format === 'html') {
    return {
      body: textPage(text, representation.place),
      described: fhirHeaders({ contentType: htmlType, isPage: true }),
    };
  }
  return {
    body: text,
    described: {
      'content-type': `${type}; charset=utf-8`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      vary: varyOfFhir,
    },
  };
}

/** Characters that are encoded in one go. */
const atOnce = 1_048_576;
const partLength = 262_144;

function* partsOf(text: string): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + partLength, text.length);
    // A pair of surrogates stays together.
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end++;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}

import { PATH_METADATA } from '@nestjs/common/internal';
import type { FhirCall } from '../fhir-request.js';
import type { FhirAnswer } from './answer.js';
import { writeAnswer } from './write-answer.js';

type Handler = (this: unknown, call: FhirCall, ...others: unknown[]) => FhirAnswer | Promise<FhirAnswer>;

/**
 * Has the answers of a controller's routes written in the form that was asked for. Each handler takes its {@link FhirCall} first. Wraps the
 * handlers once, where an interceptor would have Nest run every request through observables (ADR 59).
 */
export function WritesAnswers(): ClassDecorator {
  return ({ prototype }) => {
    const handlers = prototype as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(handlers)) {
      const handler = handlers[name];
      if (isRoute(handler)) handlers[name] = written(handler);
    }
  };
}

const isRoute = (value: unknown): value is Handler =>
  typeof value === 'function' && Reflect.hasMetadata(PATH_METADATA, value);

/** The route for Nest and for the guards: its path, its method and what it requires. */
function written(handler: Handler) {
  const route = async function (this: unknown, call: FhirCall, ...others: unknown[]) {
    return writeAnswer(await handler.call(this, call, ...others), call.request, call.reply);
  };
  for (const key of Reflect.getMetadataKeys(handler) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), route);
  }
  return Object.defineProperty(route, 'name', { value: handler.name });
}

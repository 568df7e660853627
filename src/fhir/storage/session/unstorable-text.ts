import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { BindValue } from './statement.js';

/** 400: PostgreSQL stores neither U+0000 nor half a surrogate pair. */
export class UnstorableText extends InvalidRequest {
  constructor() {
    super({
      code: 'value',
      diagnostics: 'A text contains U+0000 or half of a surrogate pair, which cannot be stored.',
    });
  }
}

/** Throws {@link UnstorableText}. */
export function requireStorable(values: readonly BindValue[]): void {
  if (values.some(holdsNul)) throw new UnstorableText();
}

const holdsNul = (value: BindValue): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : Array.isArray(value) && value.some((item) => holdsNul(item as BindValue));

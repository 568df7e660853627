import { Injectable } from '@nestjs/common';
import { ContentValidation } from '../../hooks/content-validation.js';
import type { OperationDeclaration } from '../declaration/operation-declaration.js';
import type { AnyValue } from './declared-parameter.js';
import { contentToCheck, InvalidParameters, readParameters, type SentParameters } from './read-parameters.js';

/** Reads the parameters of calls, large ones in a thread of its own. */
@Injectable()
export class ParameterReading {
  constructor(private readonly validation: ContentValidation) {}

  /** Throws 400 with everything that is wrong. R4 counts whole, whatever the setting VALIDATION says of what is stored. */
  async read(declaration: OperationDeclaration, sent: SentParameters): Promise<Readonly<Record<string, AnyValue>>> {
    const { input } = sent;
    const content = input && contentToCheck(declaration.parameters ?? [], input);
    const findings = content ? await this.validation.findings(content, 'strict') : [];
    try {
      return readParameters(declaration, sent, findings);
    } catch (error) {
      if (!input || !(error instanceof InvalidParameters)) throw error;
      throw new InvalidParameters(...(await this.validation.places.placed(input, error.issues)));
    }
  }
}

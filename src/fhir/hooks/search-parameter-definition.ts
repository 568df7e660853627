import { Injectable } from '@nestjs/common';
import { readDefinition } from '../../r4/search/parameters/custom-definition.js';
import { InvalidDefinition } from '../../r4/search/parameters/definition-errors.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import type { BeforeWrite, Hook } from '../extensions/hook.js';

/** An active SearchParameter is one that searches can go by; what it collides with among stored ones is judged in the write. */
@Injectable()
export class SearchParameterDefinition implements Hook {
  readonly name = 'search-parameter-definition';
  readonly types = ['SearchParameter'];

  constructor(private readonly parameters: SearchParameters) {}

  beforeWrite({ resource }: BeforeWrite): undefined {
    const definition = readDefinition(resource, this.parameters);
    if (definition.kind === 'invalid') throw new InvalidDefinition(definition.issues);
  }
}

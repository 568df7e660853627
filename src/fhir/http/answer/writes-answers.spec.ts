import 'reflect-metadata';
import { Get } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { describe, expect, it } from 'vitest';
import { Requires } from '../../../scope/requires.decorator.js';
import type { FhirCall } from '../fhir-request.js';
import type { FhirAnswer } from './answer.js';
import { WritesAnswers } from './writes-answers.decorator.js';

@WritesAnswers()
class Routes {
  constructor(private readonly json: string) {}

  @Get(':id')
  @Requires('read')
  async read(_call: FhirCall): Promise<FhirAnswer> {
    return this.helper();
  }

  helper(): FhirAnswer {
    return { status: 203, json: this.json };
  }
}

describe('WritesAnswers', () => {
  it('writes the answer of a route to the reply of its call, and returns the body', async () => {
    const written: Record<string, unknown> = {};
    const reply = {
      code: (status: number) => Object.assign(written, { status }),
      header: (name: string, value: string) => Object.assign(written, { [name]: value }),
      headers: (values: object) => Object.assign(written, values),
    };
    const call = { request: { age: 3, headers: {} }, reply } as unknown as FhirCall;
    expect(await new Routes('{}').read(call)).toBe('{}');
    expect(written).toMatchObject({ status: 203, age: '3', 'content-type': 'application/fhir+json; charset=utf-8' });
  });

  it('leaves the route what it is for Nest and the guards', () => {
    const read = Reflect.get(Routes.prototype, 'read') as () => unknown;
    expect(read.name).toBe('read');
    expect(Reflect.getMetadata(PATH_METADATA, read)).toBe(':id');
    expect(Reflect.getMetadata(METHOD_METADATA, read)).toBe(0);
    expect(Reflect.getMetadata(Requires.KEY, read)).toBe('read');
  });

  it('leaves alone what is no route', () => {
    expect(new Routes('{}').helper()).toEqual({ status: 203, json: '{}' });
  });
});

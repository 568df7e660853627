import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { OpenApiDocument } from '../../src/openapi/document.js';
import { lanyard } from '../../src/cli/program.js';

describe('lanyard openapi', () => {
  afterEach(() => vi.restoreAllMocks());

  async function run(...args: readonly string[]): Promise<string> {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    await lanyard().parseAsync(['openapi', ...args], { from: 'user' });
    return written.join('');
  }

  it('prints the document of these settings, as JSON or YAML', async () => {
    const json = JSON.parse(await run('--type', 'Patient')) as OpenApiDocument;
    expect(Object.keys(json.paths)).toContain('/fhir/r4/Patient/{id}');
    expect(Object.keys(json.paths).filter((path) => path.includes('/Observation'))).toEqual([]);
    expect(parse(await run('--type', 'Patient', '--yaml'))).toEqual(json);
  });

  it('says which type is none', async () => {
    await expect(run('--type', 'Patiant')).rejects.toThrow('Did you mean Patient?');
  });
});

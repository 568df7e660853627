import assert from 'node:assert/strict';
import type { SmartContext, SmartContextReader } from '../../auth/parts/smart-context.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import type { ContractTools } from './contract-tools.js';

/** A reader to try, with claims of its provider. */
export interface SmartContextUnderTest {
  readonly reader: SmartContextReader;
  readonly issuer: TrustedIssuer;
  readonly samples: readonly {
    readonly claims: Readonly<Record<string, unknown>>;
    readonly context: SmartContext;
  }[];
}

const oddValues = [
  null,
  0,
  -1,
  true,
  '',
  'x'.repeat(5000),
  [],
  ['p1', 'p2'],
  {},
  { id: 'p1' },
  'Patient/p1/x',
  '\u0000',
];

/** Contract of every {@link SmartContextReader}; run it from a test file with your own reader. */
export function smartContextContract(
  { describe, it }: ContractTools,
  make: () => Promise<SmartContextUnderTest>,
): void {
  describe('contract of a SMART context reader', () => {
    it('reads the claims of its provider, the same each time', async () => {
      const { reader, issuer, samples } = await make();
      assert.ok(samples.length > 0, 'there are samples');
      for (const { claims, context } of samples) {
        assert.deepEqual({ ...(await reader.read(claims, issuer)) }, context);
        assert.deepEqual({ ...(await reader.read(claims, issuer)) }, context);
      }
    });

    it('leaves the claims as they are', async () => {
      const { reader, issuer, samples } = await make();
      for (const { claims } of samples) {
        const before = JSON.stringify(claims);
        await reader.read(claims, issuer);
        assert.equal(JSON.stringify(claims), before);
      }
    });

    it('names nobody for a token that says nothing', async () => {
      const { reader, issuer } = await make();
      const { patient, fhirUser } = await reader.read({ sub: 'nobody-known' }, issuer);
      assert.deepEqual({ patient, fhirUser }, { patient: undefined, fhirUser: undefined });
    });

    it('makes of odd claims a text or nothing, or throws', async () => {
      const { reader, issuer, samples } = await make();
      for (const [name, odd] of samples.flatMap(({ claims }) => namesTimesOdd(claims))) {
        const { patient, fhirUser } = await readOrNothing(reader, { ...samples[0]!.claims, [name]: odd }, issuer);
        for (const one of [patient, fhirUser])
          assert.ok(one === undefined || typeof one === 'string', `${name} ${one}`);
      }
    });
  });
}

const namesTimesOdd = (claims: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.keys(claims).flatMap((name) => oddValues.map((odd) => [name, odd] as const));

async function readOrNothing(
  reader: SmartContextReader,
  claims: Readonly<Record<string, unknown>>,
  issuer: TrustedIssuer,
): Promise<SmartContext> {
  try {
    return await reader.read(claims, issuer);
  } catch {
    return {};
  }
}

import assert from 'node:assert/strict';
import type { ProfileValidator } from '../../fhir/hooks/profile-validator.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { ContractTools } from './contract-tools.js';

/** A validator to try, with resources that R4 permits. */
export interface ProfileValidatorUnderTest {
  readonly validator: ProfileValidator;
  readonly profile: string;
  /** Fits the profile. */
  readonly good: JsonObject;
  /** Does not. */
  readonly bad: JsonObject;
}

/** Contract of every {@link ProfileValidator}; run it from a test file with your own validator. */
export function profileValidatorContract(
  { describe, it }: ContractTools,
  make: () => Promise<ProfileValidatorUnderTest>,
): void {
  describe('contract of a validator of profiles', () => {
    it('finds an error in what does not fit, with words for people, and none in what fits', async () => {
      const { validator, profile, good, bad } = await make();
      const errors = (await validator.validate(bad, [profile])).filter(({ severity }) => severity === 'error');
      assert.ok(errors.length > 0);
      for (const { text } of errors) assert.ok(text.length > 0);
      const fine = await validator.validate(good, [profile]);
      assert.deepEqual(
        fine.filter(({ severity }) => severity === 'error'),
        [],
      );
    });

    it('leaves the resource as it is, and says the same each time', async () => {
      const { validator, profile, bad } = await make();
      const before = JSON.stringify(bad);
      const first = await validator.validate(bad, [profile]);
      assert.equal(JSON.stringify(bad), before);
      assert.deepEqual(await validator.validate(bad, [profile]), first);
    });

    it('says something about a profile that it does not know, and does not throw', async () => {
      const { validator, good } = await make();
      const findings = await validator.validate(good, ['http://nowhere.example/StructureDefinition/unknown']);
      assert.ok(findings.length > 0, 'an unknown profile is not passed over in silence');
    });

    it('takes resources of any type, without profiles too', async () => {
      const { validator } = await make();
      for (const resourceType of ['Basic', 'Patient', 'Bundle', 'Binary'])
        assert.ok(Array.isArray(await validator.validate({ resourceType }, [])));
    });
  });
}

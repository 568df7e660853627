import { describe, expect, it } from 'vitest';
import type { RequestContext } from '../../scope/request-context.js';
import type { FhirOptions } from '../fhir-options.js';
import { type JsonObject, parseJson, writeJson } from '../../r4/json/json.js';
import { keepLargeText } from '../../r4/json/large-text.js';
import type { DocumentTask, LargeDocuments } from '../storage/indexing/large-documents.js';
import { SentPlaces } from './sent-places.js';
import { SuppressedFindings } from './suppressed-findings.js';
import type { SuppressionRules } from '../storage/suppressions/suppression-rules.js';
import { ContentValidation, InvalidContent } from './content-validation.js';
import { ExtensionCalls } from '../extensions/extension-calls.js';
import type { Hook } from '../extensions/hook.js';
import { Hooks } from '../extensions/hooks.js';
import { InstalledProfiles } from './installed-profiles.js';
import { WriteHooks } from './write-hooks.js';
import type { InstalledPackages } from '../storage/packages/installed-packages.js';
import { noDefinitions } from '../../../test/support/definitions-on-disk.js';
import { QuestionBudgets } from '../terminology-servers/question-budgets.js';
import { TerminologyServers } from '../terminology-servers/terminology-servers.js';
import { largeDocuments } from '../../../test/support/large-documents.js';

const div = '<div xmlns="http://www.w3.org/1999/xhtml">Aal</div>';
const text = { status: 'generated', div };
const patient: JsonObject = { resourceType: 'Patient', text, name: [{ family: 'Aal' }] };

function validationOf(validation: FhirOptions['validation'], documents: LargeDocuments): ContentValidation {
  const options = { validation } as FhirOptions;
  return new ContentValidation(
    options,
    documents,
    new InstalledProfiles(
      options,
      noDefinitions as InstalledPackages,
      new TerminologyServers({}),
      new QuestionBudgets(),
    ),
    new SentPlaces(documents),
    new SuppressedFindings({ current: undefined } as SuppressionRules),
  );
}

function writeHooksOf(validation: ContentValidation, added: readonly Hook[]): WriteHooks {
  const calls = new ExtensionCalls();
  const hooks = new Hooks(calls);
  hooks.add('test', ...added);
  return new WriteHooks(validation, hooks, calls);
}

function run(resource: JsonObject, level: FhirOptions['validation'] = 'strict', ...hooks: readonly Hook[]) {
  const writeHooks = writeHooksOf(validationOf(level, largeDocuments()), hooks);
  const type = resource['resourceType'] as string;
  // No hook of this file asks who writes.
  return writeHooks.run({ interaction: 'create', type, resource, context: {} as RequestContext });
}

const issuesOf = async (written: Promise<unknown>) => {
  const error = await written.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidContent);
  return (error as InvalidContent).issues;
};

const codesOf = async (written: Promise<unknown>) =>
  (await issuesOf(written)).map(({ severity, details }) => `${severity} ${details?.coding?.[0]?.code}`);

describe('content that is written', () => {
  it('is refused when R4 does not allow it: one issue for each finding, warnings beside errors', async () => {
    const wrong = { ...patient, gender: 'man', birthDate: '1970-13-01', name: [{ family: ' ' }] };
    expect(await issuesOf(run(wrong))).toMatchObject([
      { severity: 'warning', code: 'value', expression: ['Patient.name[0].family'] },
      { severity: 'error', code: 'code-invalid', expression: ['Patient.gender'] },
      { severity: 'error', code: 'value', expression: ['Patient.birthDate'] },
    ]);
  });

  it('is returned as it is, with its warnings as remarks', async () => {
    expect(await run(patient)).toEqual({ resource: patient, remarks: [] });
    const { resource, remarks } = await run({ ...patient, name: [{ family: ' ' }] });
    expect(resource['name']).toEqual([{ family: ' ' }]);
    expect(remarks).toMatchObject([{ severity: 'warning', expression: ['Patient.name[0].family'] }]);
  });

  it('may have wrong bindings, references and formats at the level "structure", which are told, but no other shape', async () => {
    const old = {
      ...patient,
      gender: 'man',
      birthDate: '1970-13-01',
      generalPractitioner: [{ reference: 'Patient/1' }],
    };
    expect((await run(old, 'structure')).remarks).toMatchObject([
      { severity: 'warning', expression: ['Patient.gender'] },
      { severity: 'warning', expression: ['Patient.birthDate'] },
      { severity: 'warning', expression: ['Patient.generalPractitioner[0]'] },
    ]);
    expect(await codesOf(run({ ...patient, animal: {} }, 'structure'))).toEqual(['error unknown-element']);
  });

  it('may have any text where the server sets id and version, but no other shape', async () => {
    const sent = { ...patient, id: 'no id!', meta: { versionId: 'a b', lastUpdated: 'yesterday', source: 'urn:x' } };
    expect(await run(sent)).toEqual({ resource: sent, remarks: [] });
    expect(await codesOf(run({ ...patient, id: 7, meta: { versionId: 1, lastUpdated: {} } }))).toEqual([
      'error wrong-shape',
      'error wrong-shape',
      'error wrong-shape',
    ]);
  });

  it('is held to the invariants whatever id and version were sent', async () => {
    const period = { start: '2024-02-01', end: '2024-01-01' };
    const sent = { ...patient, id: 'no id!', meta: { lastUpdated: 'x' }, contact: [{ period }] };
    expect(await codesOf(run(sent))).toEqual(['error per-1', 'error pat-1']);
  });

  it('is checked whole when it holds other resources', async () => {
    const inner = { ...patient, gender: 'man' };
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:uuid:1', resource: inner }] };
    expect((await issuesOf(run(bundle)))[0]?.expression).toEqual(['Bundle.entry[0].resource.gender']);
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'a', resource: inner }] };
    expect((await issuesOf(run(parameters)))[0]?.expression).toEqual(['Parameters.parameter[0].resource.gender']);
  });
});

describe('a hook', () => {
  const rename: Hook = {
    name: 'rename',
    types: ['Patient'],
    beforeWrite: ({ resource }) => ({ ...resource, language: 'en' }),
  };

  it('sees only valid content', async () => {
    const seen: JsonObject[] = [];
    const look: Hook = { name: 'look', beforeWrite: ({ resource }) => void seen.push(resource) };
    await issuesOf(run({ ...patient, active: 1 }, 'strict', look));
    expect(seen).toEqual([]);
    await run(patient, 'strict', look);
    expect(seen).toEqual([patient]);
  });

  it('passes on what it changed, with the remarks about that', async () => {
    const blank: Hook = { name: 'blank', beforeWrite: ({ resource }) => ({ ...resource, name: [{ family: ' ' }] }) };
    const { resource, remarks } = await run(patient, 'strict', rename, blank);
    expect(resource).toEqual({ ...patient, language: 'en', name: [{ family: ' ' }] });
    expect(remarks).toHaveLength(1);
  });

  it('cannot make content that R4 does not allow, be it in place', async () => {
    const add: Hook = { name: 'add', beforeWrite: ({ resource }) => ({ ...resource, ward: 'a' }) };
    expect(await codesOf(run(patient, 'strict', rename, add))).toEqual(['error unknown-element']);
    const edit: Hook = { name: 'edit', beforeWrite: ({ resource }) => Object.assign(resource, { ward: 'a' }) };
    expect(await codesOf(run({ ...patient }, 'strict', edit))).toEqual(['error unknown-element']);
  });

  it('cannot make another type of it', async () => {
    const turn: Hook = { name: 'turn', beforeWrite: () => ({ resourceType: 'Basic', code: { text: 'x' } }) };
    await expect(run(patient, 'strict', turn)).rejects.toThrow('made another type of a Patient');
  });
});

describe('a large document', () => {
  const name = Array.from({ length: 2000 }, (_, i) => ({ family: `Aal ${i}`, given: ['A', 'B'] }));
  const large = { ...patient, id: 'no id!', meta: { versionId: 'a b' }, name };
  /** As it was sent; `keep`: with its text. */
  function sent(content: JsonObject, keep: boolean): JsonObject {
    const document = parseJson(writeJson(content, true)) as JsonObject;
    if (keep) keepLargeText(document, writeJson(content, true));
    return document;
  }

  /** The characters of the texts that are handed to worker threads while a hook is run. */
  async function handedOver(resource: JsonObject, ...hooks: readonly Hook[]): Promise<readonly string[]> {
    const texts: string[] = [];
    const inPlace = largeDocuments();
    const documents = {
      run: (work: string, task: DocumentTask) => {
        texts.push(task.text);
        return inPlace.run(work, task);
      },
    };
    const validation = validationOf('strict', documents as LargeDocuments);
    await writeHooksOf(validation, hooks).run({
      interaction: 'create',
      type: 'Patient',
      resource,
      context: {} as RequestContext,
    });
    return texts;
  }

  it('is checked from the text that was sent: it is not written once more', async () => {
    expect(await handedOver(sent(large, true))).toEqual([writeJson(large, true)]);
    expect(await handedOver(sent(large, false))).toEqual([writeJson(large)]);
  });

  it('has the same findings either way', async () => {
    const wrong = { ...large, gender: 'man', name: [...name, { famly: 'a' }, { family: ' ' }] };
    const findings = await issuesOf(run(sent(wrong, true)));
    expect(findings).toHaveLength(3);
    expect(await issuesOf(run(sent(wrong, false)))).toEqual(findings);
  });

  it('is checked as it is now when a hook changed it in place', async () => {
    const edit: Hook = { name: 'edit', beforeWrite: ({ resource }) => Object.assign(resource, { ward: 'a' }) };
    expect(await codesOf(run(sent(large, true), 'strict', edit))).toEqual(['error unknown-element']);
  });
});

describe('the check of many resources', () => {
  it('lets others have the event loop in between', async () => {
    const validation = validationOf('strict', largeDocuments());
    const name = Array.from({ length: 500 }, (_, i) => ({ family: `Aal ${i}`, given: ['A', 'B'] }));
    let isDone = false;
    const counted = { turns: 0 };
    const count = (): void => {
      counted.turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    // As many as a busy machine needs.
    for (let checks = 0; counted.turns <= 4 && checks < 2000; checks++)
      await validation.check({ ...patient, name }, {} as RequestContext);
    isDone = true;
    expect(counted.turns).toBeGreaterThan(4);
  });
});

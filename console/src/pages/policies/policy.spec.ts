import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json' with { type: 'json' };
import { messagesOf } from '../../messages/messages.js';
import { assignedWords, editable, ruleWords } from './policy.js';

const t = messagesOf('en', en);

describe('a policy in words', () => {
  it.each([
    [{ types: ['*'], permissions: ['c', 'u'], deny: 'Closed.' }, 'Refuses all types (cu): Closed.'],
    [{ types: ['Patient'], constrain: 'active=true' }, 'Limits Patient to what active=true finds'],
    [{ mask: ['Patient.telecom'] }, 'Takes out Patient.telecom'],
  ])('%j is "%s"', (rule, words) => {
    expect(ruleWords(rule, t)).toBe(words);
  });

  it('says whom it is for', () => {
    expect(assignedWords({ everyone: true, users: ['a', 'b'], groups: ['g'] }, t)).toBe(
      'everyone; users a, b; groups g',
    );
  });

  it('is edited without its name and version, which the address and the server have', () => {
    const policy = { name: 'p', version: 3, changedBy: 'x', description: 'd', assignedTo: { everyone: true } };
    const rule = { types: ['Patient'], deny: 'no' };
    expect(JSON.parse(editable({ ...policy, rules: [{ ...rule, permissions: ['r', 's'] }, rule] }))).toEqual({
      description: 'd',
      assignedTo: { everyone: true },
      rules: [{ ...rule, permissions: 'rs' }, rule],
    });
  });
});

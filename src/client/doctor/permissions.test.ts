import { expect, test } from 'vitest';
import { parseXml } from '../../platform/aws/outgoing/xml-element.js';
import type { DoctorApi } from './doctor-api.js';
import { healthy } from './facts.fixture.js';
import { callerMay } from './permissions.js';

/** What the simulator is told of the request, by action. */
async function contexts(asked: { readonly command?: string; readonly user?: string }) {
  const seen = new Map<string, Record<string, string>>();
  const query: DoctorApi['query'] = (_service, _action, parameters) => {
    const actions = Object.entries(parameters).flatMap(([name, value]) =>
      name.startsWith('ActionNames') ? [value] : [],
    );
    const context: Record<string, string> = {};
    for (let index = 1; parameters[`ContextEntries.member.${index}.ContextKeyName`] !== undefined; index += 1) {
      const entry = `ContextEntries.member.${index}`;
      context[parameters[`${entry}.ContextKeyName`]!] = parameters[`${entry}.ContextKeyValues.member.1`]!;
    }
    for (const action of actions) seen.set(action, context);
    const results = actions.map((action) => `<member><EvalActionName>${action}</EvalActionName></member>`).join('');
    return Promise.resolve(parseXml(`<R><EvaluationResults>${results}</EvaluationResults></R>`)!);
  };
  await callerMay({ query } as unknown as DoctorApi, { ...healthy, asked });
  return seen;
}

test.each([
  [{}, { 'gangway:user': 'root', 'gangway:debug': 'false' }],
  [{ user: '0:0' }, { 'gangway:user': 'root', 'gangway:debug': 'false' }],
  [
    { user: 'www', command: 'ls -l' },
    { 'gangway:user': 'www', 'gangway:debug': 'false', 'gangway:command': 'ls -l' },
  ],
])('%j is asked of the simulator with the keys that the request would have', async (asked, keys) => {
  const seen = await contexts(asked);
  for (const action of ['ecs:ExecuteCommand', 'ssm:StartSession']) {
    const context = seen.get(action)!;
    expect(context).toMatchObject({ 'ecs:container-name': 'app', ...keys });
    expect(Object.keys(context).filter((key) => key.startsWith('gangway:'))).toHaveLength(Object.keys(keys).length);
  }
});

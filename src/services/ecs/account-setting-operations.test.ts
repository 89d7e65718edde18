import { expect, test } from 'vitest';
import { openEcs, type Answer } from './ecs.fixture.js';

const user = 'arn:aws:iam::111122223333:user/ann';

test('own settings stand above the account’s, the account’s above AWS’s', async () => {
  const it = openEcs();
  const effective = async (name: string) =>
    (await it.call('ListAccountSettings', { name, effectiveSettings: true })).settings[0].value;
  expect(await effective('containerInsights')).toBe('disabled');
  await it.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enabled' });
  expect(await effective('containerInsights')).toBe('enabled');
  const { setting } = await it.call('PutAccountSetting', { name: 'containerInsights', value: 'enhanced' });
  expect(setting).toEqual({ name: 'containerInsights', value: 'enhanced', principalArn: user, type: 'user' });
  expect(await effective('containerInsights')).toBe('enhanced');
  expect((await it.call('ListAccountSettings')).settings).toEqual([setting]);
  await it.call('DeleteAccountSetting', { name: 'containerInsights' });
  expect(await effective('containerInsights')).toBe('enabled');
});

test('they page', async () => {
  const it = openEcs();
  const first = await it.call('ListAccountSettings', { effectiveSettings: true, maxResults: 6 });
  const second = await it.call('ListAccountSettings', { effectiveSettings: true, nextToken: first.nextToken });
  const names = [...first.settings, ...second.settings].map(({ name }: Answer) => name);
  expect(names).toEqual([...new Set(names)].sort());
  expect(names).toHaveLength(11);
});

test.each([
  ['long formats stay', { name: 'taskLongArnFormat', value: 'disabled' }],
  ['an unknown name', { name: 'x', value: 'enabled' }],
  ['no value', { name: 'containerInsights', value: '' }],
])('%s', async (_name, input) => {
  await expect(openEcs().call('PutAccountSetting', input)).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

import {
  SettingName,
  type DeleteAccountSettingRequest,
  type DeleteAccountSettingResponse,
  type ListAccountSettingsRequest,
  type ListAccountSettingsResponse,
  type PutAccountSettingDefaultRequest,
  type PutAccountSettingDefaultResponse,
  type PutAccountSettingRequest,
  type PutAccountSettingResponse,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../../platform/aws/service.js';
import { accountSettingStore } from './account-setting-store.js';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';

/** Only the long formats exist since April 2021. */
const LONG_FORMATS: readonly string[] = Object.freeze([
  'serviceLongArnFormat',
  'taskLongArnFormat',
  'containerInstanceLongArnFormat',
]);

/** What counts where nobody has put anything. The settings are kept for clients that read them back. */
const DEFAULTS: Readonly<Record<SettingName, string>> = Object.freeze({
  awsvpcTrunking: 'disabled',
  containerInsights: 'disabled',
  containerInstanceLongArnFormat: 'enabled',
  defaultLogDriverMode: 'non-blocking',
  fargateEventWindows: 'disabled',
  fargateFIPSMode: 'disabled',
  fargateTaskRetirementWaitPeriod: '7',
  guardDutyActivate: 'off',
  serviceLongArnFormat: 'enabled',
  tagResourceAuthorization: 'on',
  taskLongArnFormat: 'enabled',
});

const MAX_VALUE = 64;

function readName(name: string | undefined): SettingName {
  requireOneOf(name ?? '', SettingName, 'name');
  return name as SettingName;
}

function readValue(name: SettingName, value: string | undefined): string {
  if (value === undefined || value === '') throw ecsError.required('value');
  if (value.length > MAX_VALUE) throw ecsError.invalidParameter(`value longer than ${MAX_VALUE}.`);
  if (LONG_FORMATS.includes(name) && value !== 'enabled') {
    throw ecsError.invalidParameter('The long ARN format cannot be disabled.');
  }
  return value;
}

type Parts = Pick<EcsParts, 'database' | 'arns'>;

export function accountSettingOperations({ database, arns }: Parts) {
  /** Settings of the account stand under the root's ARN, which they apply to as well. */
  const account = arns.root();

  async function put(principalArn: string, input: { name: string | undefined; value: string | undefined }) {
    const name = readName(input.name);
    const setting = { principalArn, name, value: readValue(name, input.value) };
    await accountSettingStore.put(database, setting);
    return { setting: { ...setting, type: 'user' as const } };
  }

  return {
    put: (input: PutAccountSettingRequest, { caller }: RequestContext): Promise<PutAccountSettingResponse> =>
      put(input.principalArn ?? caller.arn, input),

    putDefault: (input: PutAccountSettingDefaultRequest): Promise<PutAccountSettingDefaultResponse> =>
      put(account, input),

    remove: async (
      input: DeleteAccountSettingRequest,
      { caller }: RequestContext,
    ): Promise<DeleteAccountSettingResponse> => {
      const name = readName(input.name);
      const principalArn = input.principalArn ?? caller.arn;
      await accountSettingStore.remove(database, principalArn, name);
      return { setting: { name, principalArn, value: '' } };
    },

    list: async (
      input: ListAccountSettingsRequest,
      { caller }: RequestContext,
    ): Promise<ListAccountSettingsResponse> => {
      if (input.name !== undefined) readName(input.name);
      const page = readPage('ListAccountSettings', input);
      const principalArn = input.principalArn ?? caller.arn;
      const own = await accountSettingStore.list(database, principalArn);
      const inherited = input.effectiveSettings === true ? await accountSettingStore.list(database, account) : [];
      const values = new Map<string, string>([
        ...(input.effectiveSettings === true ? Object.entries(DEFAULTS) : []),
        ...inherited.map(({ name, value }) => [name, value] as const),
        ...own.map(({ name, value }) => [name, value] as const),
      ]);
      const settings = [...values]
        .map(([name, value]) => ({ name: name as SettingName, value, principalArn, type: 'user' as const }))
        .filter(({ name, value }) => (input.name ?? name) === name && (input.value ?? value) === value)
        .filter(({ name }) => page.after === undefined || name > page.after)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, nextToken } = cutPage('ListAccountSettings', page, settings, ({ name }) => name);
      return { settings: [...items], nextToken };
    },
  };
}

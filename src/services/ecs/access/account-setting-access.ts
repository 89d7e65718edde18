import { anywhere } from './access-parts.js';

/** Account settings have no ARN; the setting's name is a condition. Listing all names none. */
export function accountSettingAccess() {
  const ofSetting =
    (action: string) =>
    ({ name }: { readonly name?: string | undefined }) =>
      anywhere(action, name === undefined ? {} : { 'ecs:account-setting': name });
  return {
    DeleteAccountSetting: ofSetting('ecs:DeleteAccountSetting'),
    ListAccountSettings: ofSetting('ecs:ListAccountSettings'),
    PutAccountSetting: ofSetting('ecs:PutAccountSetting'),
    PutAccountSettingDefault: ofSetting('ecs:PutAccountSettingDefault'),
  };
}

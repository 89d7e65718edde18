import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import type { Entity } from './entity.js';
import type { IamAccess } from './iam-access.js';
import { deleteConflict, limitExceeded, noSuchEntity } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { requireManagedPolicy, requireOwnPolicy, versionsOf } from './managed-policies.js';
import { page, type PageInput } from './page.js';
import { checkManagedDocument } from './policy-operations.js';
import { type PolicyDetails, policyStore } from './policy-store.js';
import { versionView, wholeVersionView } from './policy-view.js';

export const MAX_VERSIONS = 5;

interface VersionInput {
  readonly PolicyArn: string;
  readonly VersionId: string;
}

interface NewVersionInput {
  readonly PolicyArn: string;
  readonly PolicyDocument: string;
  readonly SetAsDefault?: boolean;
}

export function policyVersionOperations({ database, changes, clock }: IamParts, access: IamAccess): Operation[] {
  const ask =
    (action: string) =>
    ({ PolicyArn }: { PolicyArn: string }) =>
      access.onPolicy(action, PolicyArn);
  const unknown = ({ PolicyArn, VersionId }: VersionInput): Error =>
    noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`);

  return [
    iamOperation<NewVersionInput, object>('CreatePolicyVersion', ask('CreatePolicyVersion'), (input) =>
      changes.apply(async (queries) => {
        const { id, details } = await requireOwn(queries, input.PolicyArn);
        const { PolicyDocument: document, SetAsDefault = false } = input;
        checkManagedDocument(document);
        if ((await policyStore.versions(queries, id)).length >= MAX_VERSIONS) {
          throw limitExceeded(
            `A managed policy can have up to ${MAX_VERSIONS} versions. Before you create a new version, you must ` +
              'delete an existing version.',
          );
        }
        const createdAt = clock();
        const version = details.lastVersion + 1;
        await policyStore.putVersion(queries, id, { version, document, createdAt });
        const defaultVersion = SetAsDefault ? version : details.defaultVersion;
        await policyStore.put(queries, id, { ...details, defaultVersion, lastVersion: version, updatedAt: createdAt });
        const record = { id: `v${version}`, isDefault: SetAsDefault, document, createdAt };
        return { PolicyVersion: versionView(record) };
      }),
    ),

    iamOperation<VersionInput, object>('GetPolicyVersion', ask('GetPolicyVersion'), async (input) => {
      const policy = await requireManagedPolicy(database, input.PolicyArn);
      const version = (await versionsOf(database, policy)).find(({ id }) => id === input.VersionId);
      if (version === undefined) throw unknown(input);
      return { PolicyVersion: wholeVersionView(version) };
    }),

    iamOperation<PageInput & { PolicyArn: string }, object>(
      'ListPolicyVersions',
      ask('ListPolicyVersions'),
      async (input) => {
        const versions = await versionsOf(database, await requireManagedPolicy(database, input.PolicyArn));
        // The newest first: at most five, so that their ranks sort as text.
        const ranked = versions.map((version, rank) => ({ version, rank }));
        const { items, ...rest } = page(ranked, ({ rank }) => String(rank), input);
        return { Versions: items.map(({ version }) => versionView(version)), ...rest };
      },
    ),

    iamOperation<VersionInput>('SetDefaultPolicyVersion', ask('SetDefaultPolicyVersion'), (input) =>
      changes.apply(async (queries) => {
        const { id, details } = await requireOwn(queries, input.PolicyArn);
        const version = await findVersion(queries, id, input.VersionId);
        if (version === undefined) throw unknown(input);
        await policyStore.put(queries, id, { ...details, defaultVersion: version, updatedAt: clock() });
      }),
    ),

    iamOperation<VersionInput>('DeletePolicyVersion', ask('DeletePolicyVersion'), (input) =>
      changes.apply(async (queries) => {
        const { id, details } = await requireOwn(queries, input.PolicyArn);
        const version = await findVersion(queries, id, input.VersionId);
        if (version === undefined) throw unknown(input);
        if (version === details.defaultVersion) throw deleteConflict('Cannot delete the default version of a policy.');
        await policyStore.removeVersion(queries, id, version);
      }),
    ),
  ];
}

async function requireOwn(queries: Queries, arn: string): Promise<Entity & { readonly details: PolicyDetails }> {
  const entity = await requireOwnPolicy(queries, arn);
  const details = await policyStore.find(queries, entity.id);
  if (details === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return { ...entity, details };
}

async function findVersion(queries: Queries, id: string, versionId: string): Promise<number | undefined> {
  const versions = await policyStore.versions(queries, id);
  return versions.find(({ version }) => `v${version}` === versionId)?.version;
}

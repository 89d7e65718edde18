/**
 * The few shapes of EC2's model that are needed, written by hand as platform/aws/model/shape.ts reads them: the SDK's
 * client of EC2 is ten times the size of everything else. Members are named as on the wire.
 */

type Ref = unknown;

const NAMESPACE = 'com.amazonaws.ec2';

export const text: Ref = 0;
export const number: Ref = 1;
export const flag: Ref = 2;

export function structure(name: string, members: Readonly<Record<string, Ref>>): Ref {
  return [3, NAMESPACE, name, 0, Object.keys(members), Object.values(members)];
}

/** Of an answer: `<subnetSet><item>…</item></subnetSet>`. */
export function set(member: Ref): Ref {
  return [1, NAMESPACE, 'Set', 0, [member, { xmlName: 'item' }]];
}

/** Of a request: `SubnetId.1=…&SubnetId.2=…`. */
export function repeated(member: Ref): Ref {
  return [[1, NAMESPACE, 'Repeated', 0, member], { xmlFlattened: 1 }];
}

export interface Filter {
  readonly Name?: string;
  readonly Value?: readonly string[];
}

export const filters: Ref = repeated(structure('Filter', { Name: text, Value: repeated(text) }));

export const tags: Ref = set(structure('Tag', { key: text, value: text }));

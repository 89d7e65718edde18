import type { Operation } from '../../platform/aws/service.js';
import { filters, flag, number, repeated, structure, text, type Filter } from './ec2-shapes.js';
import { ec2Error } from './ec2-error.js';
import { type FilterValues, matches } from './filter.js';
import { checkPage, cutPage, type PageRequest } from './page.js';

export interface DescribeInput extends PageRequest {
  readonly Filter?: readonly Filter[];
  readonly DryRun?: boolean;
}

/** What one `Describe…` operation describes. */
export interface Described<Item> {
  /** Without `Describe`, for example `Subnets`. */
  readonly name: string;
  /** Element around the items of an answer, and what each of them is. */
  readonly set: string;
  readonly shape: unknown;
  /** Parameters by which things are asked for: `SubnetId`. Each kind looks at one value of a thing. */
  readonly ids: readonly {
    readonly parameter: string;
    /** As errors call the parameter. */
    readonly calledInErrors: string;
    readonly idOf: (item: Item) => string;
    readonly notFound: (id: string) => Error;
    /** Things that are not listed, but are there when asked for by id. */
    readonly find?: (id: string) => Item | undefined;
    /** Filters that name things as the parameter does. */
    readonly filter?: string;
  }[];
  readonly all: () => Promise<readonly Item[]>;
  readonly filterValues: (item: Item) => FilterValues;
  /** What filters may name even when there is nothing that could be looked at. */
  readonly filterNames: readonly string[];
  /** Not of every operation. */
  readonly paged: boolean;
}

/** `Describe…` of EC2: ids, filters, pages. Its caller must be allowed `ec2:Describe…` on everything. */
export function describeOperation<Item extends object>(described: Described<Item>): Operation<DescribeInput, object> {
  const name = `Describe${described.name}`;
  const unfiltered: FilterValues = Object.fromEntries(described.filterNames.map((one) => [one, []]));
  return {
    name,
    input: structure(`${name}Request`, {
      ...Object.fromEntries(described.ids.map(({ parameter }) => [parameter, repeated(text)])),
      Filter: filters,
      DryRun: flag,
      ...(described.paged && { MaxResults: number, NextToken: text }),
    }),
    output: structure(`${name}Result`, { [described.set]: described.shape, nextToken: text }),
    access: () => [{ action: `ec2:${name}`, resources: [{ arn: '*' }] }],

    async run(input) {
      if (input.DryRun === true) throw ec2Error.dryRun();
      const { Filter = [] } = input;
      // A wrong filter is wrong also where there is nothing.
      matches(unfiltered, Filter);
      let items = await described.all();
      for (const id of described.ids) {
        const asked = idsOf(input, id.parameter);
        checkPage(input, id.calledInErrors, asked.length > 0);
        if (asked.length === 0) items = withUnlisted(items, id, Filter);
        else items = asked.map((one) => found(items, id, one));
      }
      const chosen = items.filter((item) => matches({ ...unfiltered, ...described.filterValues(item) }, Filter));
      const { items: page, nextToken } = cutPage(chosen, input);
      return { [described.set]: page, nextToken };
    },
  };
}

type Ids<Item> = Described<Item>['ids'][number];

function idsOf(input: object, parameter: string): readonly string[] {
  return [...new Set((input as Readonly<Record<string, readonly string[] | undefined>>)[parameter] ?? [])];
}

function found<Item>(items: readonly Item[], { idOf, find, notFound }: Ids<Item>, id: string): Item {
  const item = items.find((one) => idOf(one) === id) ?? find?.(id);
  if (item === undefined) throw notFound(id);
  return item;
}

function withUnlisted<Item>(items: readonly Item[], ids: Ids<Item>, filters: readonly Filter[]): readonly Item[] {
  const { filter, find, idOf } = ids;
  const named = filters.filter(({ Name }) => Name !== undefined && Name === filter).flatMap(({ Value = [] }) => Value);
  const more = [...new Set(named)].filter((id) => !items.some((item) => idOf(item) === id));
  return [...items, ...more.map((id) => find?.(id)).filter((item) => item !== undefined)];
}

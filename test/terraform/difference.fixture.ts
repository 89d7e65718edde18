import { expect } from 'vitest';

/**
 * What Terraform would plan to change: a resource's attributes as they were configured, against the same attributes as
 * they are read. As the provider does, texts that are policies are compared as policies, and `set`s of attributes
 * without regard to their order.
 */
export function expectNoDifference(configured: Attributes, read: Attributes): void {
  expect(normal(read)).toEqual(normal(configured));
}

export type Attributes = Readonly<Record<string, unknown>>;

/** An attribute whose order says nothing. */
export function set(values: readonly unknown[] | undefined): unknown {
  return [...(values ?? [])].map(normal).sort((one, other) => (text(one) < text(other) ? -1 : 1));
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

function normal(value: unknown): unknown {
  if (typeof value === 'string') return policyOf(value) ?? value;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => [name, normal(one)]),
  );
}

/** A policy whose lists have their order, and are lists also where there is one member. */
function policyOf(source: string): unknown {
  if (!/^\s*\{/.test(source)) return undefined;
  const policy = JSON.parse(source) as Record<string, unknown>;
  if (!('Statement' in policy)) return policy;
  return { ...policy, Statement: [policy['Statement']].flat().map((one) => listed(one)) };
}

function listed(statement: unknown): unknown {
  if (typeof statement !== 'object' || statement === null) return statement;
  return Object.fromEntries(
    Object.entries(statement).map(([name, value]) => [
      name,
      name === 'Action' || name === 'Resource' ? [value].flat().sort() : value,
    ]),
  );
}

/** Reads again until it is gone, as the provider does after it has deleted. Rejects when it stays. */
export async function untilGone(read: () => Promise<unknown>, code: string, tries = 20): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    try {
      await read();
    } catch (error) {
      expect((error as Error).name).toBe(code);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it is still there, where ${code} was waited for`);
}

/** Name of the error that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error: unknown) => (error as Error).name,
  );
}

export const policy = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

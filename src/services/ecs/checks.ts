import { ecsError } from './ecs-error.js';

/** Checks of single values that the service model does not carry; each throws what the caller shall read. */

const NAME = /^[A-Za-z0-9_-]{1,255}$/;

/** Names of clusters, services and families: 1 to 255 of letters, digits, `_` and `-`. */
export function requireName(name: string, what: string): void {
  if (!NAME.test(name)) {
    throw ecsError.invalidParameter(
      `${what} must contain only letters, numbers, underscores and hyphens, and be 1 to 255 characters long.`,
    );
  }
}

/** `values` is one of the SDK's frozen objects, for example `PropagateTags`. */
export function requireOneOf(value: string | undefined, values: Readonly<Record<string, string>>, name: string): void {
  if (value === undefined) return;
  const allowed = Object.values(values);
  if (!allowed.includes(value)) {
    throw ecsError.invalidParameter(`${name} should be one of [${allowed.join(',')}]`);
  }
}

export function requireWithin(value: number | undefined, min: number, max: number, name: string): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    throw ecsError.invalidParameter(`${name} should be between ${min} and ${max}.`);
  }
}

export function requireAtMost(value: readonly unknown[] | string | undefined, max: number, name: string): void {
  if (value === undefined || value.length <= max) return;
  throw ecsError.invalidParameter(
    typeof value === 'string' ? `${name} longer than ${max}.` : `${name} can have at most ${max} items.`,
  );
}

import { ecsError } from './ecs-error.js';

/**
 * Refuses a request in which any text holds a NUL character: no name, command or variable can have one, and no database
 * keeps it whole. Throws InvalidParameterException.
 */
export function requirePlainText(input: unknown): void {
  if (typeof input === 'string') {
    if (input.includes('\0')) throw ecsError.invalidParameter('Text cannot contain NUL characters.');
  } else if (Array.isArray(input)) {
    input.forEach(requirePlainText);
  } else if (typeof input === 'object' && input !== null) {
    for (const [key, member] of Object.entries(input)) {
      requirePlainText(key);
      requirePlainText(member);
    }
  }
}

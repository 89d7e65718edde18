import type { RandomBytes } from './ports.js';

/** Makes ECS's identifiers (ecs-api 2). */
export class Identifiers {
  readonly #random: RandomBytes;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** Lower-case hexadecimal digits; task and container instance ids have 32. */
  hex(digits: number): string {
    const bytes = this.#random(Math.ceil(digits / 2));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .slice(0, digits);
  }

  /** Random UUID, version 4. */
  uuid(): string {
    const hex = this.hex(32);
    const variant = '89ab'[parseInt(hex[16] ?? '0', 16) % 4] ?? '8';
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-');
  }

  /** `ecs-svc/` and 19 digits: a deployment's id, and `startedBy` of its tasks. */
  deployment(): string {
    return `ecs-svc/${this.#digits(19)}`;
  }

  /** A number from 0 to `bound` - 1; `bound` at most 256. */
  below(bound: number): number {
    const unbiased = 256 - (256 % bound);
    for (;;) {
      const byte = this.#random(1)[0] ?? 0;
      if (byte < unbiased) return byte % bound;
    }
  }

  /** The first digit is never 0, so that the length is the length of the number. */
  #digits(count: number): string {
    let digits = String(1 + this.below(9));
    while (digits.length < count) digits += String(this.below(10));
    return digits;
  }
}

/** CRC of a first and a second piece, from the CRC of each and the second's length. The polynomial's bits reversed. */
export class CrcCombiner {
  readonly #polynomial: bigint;
  readonly #top: bigint;
  /** Parts of an upload mostly have one length. */
  readonly #shifts = new Map<number, bigint>();

  constructor(polynomial: bigint, bits: 32 | 64) {
    this.#polynomial = polynomial;
    this.#top = 1n << BigInt(bits - 1);
  }

  combine(first: bigint, second: bigint, secondLength: number): bigint {
    return this.#multiply(this.#shift(secondLength), first) ^ second;
  }

  /** x to the power of the bits that follow, modulo the polynomial. */
  #shift(bytes: number): bigint {
    const known = this.#shifts.get(bytes);
    if (known !== undefined) return known;
    let result = this.#top;
    let power = this.#top >> 1n;
    for (let left = BigInt(bytes) * 8n; left > 0n; left >>= 1n) {
      if (left & 1n) result = this.#multiply(power, result);
      power = this.#multiply(power, power);
    }
    this.#shifts.set(bytes, result);
    return result;
  }

  #multiply(a: bigint, b: bigint): bigint {
    let product = 0n;
    for (let bit = this.#top, shifted = b; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ this.#polynomial : shifted >> 1n;
    }
    return product;
  }
}

/** Whom a client trusts beside the usual authorities: PEM certificates; or, in place of all of them, one public key. */
export type Trust = string | PinnedKey;

export interface PinnedKey {
  /** For example `sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=`. */
  readonly pin: string;
}

export const PIN_FORM = /^sha256\/\/[A-Za-z0-9+/]{43}=$/;

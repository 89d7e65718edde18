import { AwsError } from '../../platform/aws/aws-error.js';
import { messageOf } from '../failure-text.js';

/** What a service answered, or why it is not known. */
export type Fact<T> = { readonly known: true; readonly value: T } | Unknown;

export interface Unknown {
  readonly known: false;
  /** `AccessDeniedException: User: … is not authorized to perform: …` */
  readonly why: string;
  /** Code of the refusal, where a service refused. */
  readonly code?: string;
}

export function known<T>(value: T): Fact<T> {
  return { known: true, value };
}

export function unknown(why: string): Unknown {
  return { known: false, why };
}

/** Asks a service. Errors with one of the codes are an answer: there is no such thing. */
export async function ask<T>(answer: () => Promise<T>): Promise<Fact<T>>;
export async function ask<T>(answer: () => Promise<T>, absent: readonly string[]): Promise<Fact<T | undefined>>;
export async function ask<T>(answer: () => Promise<T>, absent: readonly string[] = []): Promise<Fact<T | undefined>> {
  try {
    return known(await answer());
  } catch (error) {
    if (!(error instanceof AwsError)) return unknown(messageOf(error));
    if (absent.includes(error.code)) return known(undefined);
    return { known: false, why: refusalText(error), code: error.code };
  }
}

function refusalText({ code, message }: AwsError): string {
  if (code === 'UnknownOperationException' || code === 'InvalidAction')
    return `the endpoint does not serve it (${code})`;
  return message === '' ? code : `${code}: ${message}`;
}

/** Whether the caller may not ask. */
export function isDenied(fact: Unknown): boolean {
  return fact.code !== undefined && /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(fact.code);
}

/** The next question, where the answer to the first is known. */
export async function whenKnown<T, U>(fact: Fact<T>, next: (value: T) => Promise<Fact<U>> | Fact<U>): Promise<Fact<U>> {
  return fact.known ? next(fact.value) : fact;
}

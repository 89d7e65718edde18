/** A consideration, prerequisite or restriction that AWS documents for ECS Exec, and what becomes of it here. */
export interface Consideration {
  readonly subject: string;
  /** What AWS says, in short. */
  readonly aws: string;
  /** What `gangway up --limits aws` does. */
  readonly limitsAws: string;
  /** What `--limits open` does; of one limit, its name first. */
  readonly limitsOpen: string;
  readonly state: 'enforced' | 'checked' | 'not applicable';
  /** What shows it: a file of this repository, and the title of a test in it. */
  readonly test: { readonly file: string; readonly title: string };
}

/** In the order of the table's columns. */
export function row(
  subject: string,
  aws: string,
  limitsAws: string,
  limitsOpen: string,
  state: Consideration['state'],
  file: string,
  title: string,
): Consideration {
  return { subject, aws, limitsAws, limitsOpen, state, test: { file, title } };
}

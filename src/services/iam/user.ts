/** An IAM user of the account. */
export interface User {
  readonly name: string;
  /** `AIDA…` */
  readonly id: string;
  readonly arn: string;
}

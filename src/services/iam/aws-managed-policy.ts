/** A policy of AWS's own: the same in every account, changed by nobody here. */
export interface AwsManagedPolicy {
  readonly name: string;
  /** Between `policy` and the name, for example `/service-role/`. */
  readonly path: string;
  /** Of the default version, the only one kept here, for example `v12`. */
  readonly version: string;
  /** ISO 8601. */
  readonly versionCreated: string;
  readonly document: object;
}

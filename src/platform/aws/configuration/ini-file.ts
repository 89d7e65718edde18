/** Sections of `~/.aws/config` or `credentials`. Nested settings (`ecs =` and indented lines) are `ecs.endpoint_url`. */
export type IniFile = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Lines that mean nothing are skipped, as AWS's own tools do. */
export function parseIni(source: string): IniFile {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let parent = '';
  for (const line of source.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replaceAll(/\s+/g, ' ').replaceAll(/["']/g, '');
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      parent = '';
      continue;
    }
    const [, indent = '', key = '', value = ''] = /^(\s*)([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === undefined || key === '') continue;
    const plain = value.replace(/\s[#;].*$/, '').trimEnd();
    if (indent === '') parent = plain === '' ? key.toLowerCase() : '';
    section.set(indent !== '' && parent !== '' ? `${parent}.${key.toLowerCase()}` : key.toLowerCase(), plain);
  }
  return sections;
}

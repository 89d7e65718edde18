/** A line of /proc/self/mountinfo. */
export interface MountInfo {
  /** What of the file system is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** Of the file system. */
  readonly options: readonly string[];
}

export function parseMountInfo(text: string): MountInfo[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // 36 35 98:0 /root /mount/point rw,noatime [optional fields] - type source options
      const [head = '', tail = ''] = line.split(' - ');
      const [, , , root = '/', mountPoint = ''] = head.split(' ').map(unescape);
      const [type = '', , options = ''] = tail.split(' ');
      return { root, mountPoint, type, options: options.split(',') };
    });
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

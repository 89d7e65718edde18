/** As AWS counts it: white space is free (ecs-api 6.3). */
export function documentSize(text: string): number {
  return text.replace(/\s/g, '').length;
}

/** As IAM's answers carry it: RFC 3986, everything but unreserved characters escaped. */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

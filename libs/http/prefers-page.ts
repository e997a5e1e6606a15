/** Whether who asks would rather see a page: a browser names pages before anything; a client that takes anything gets JSON. */
export function prefersPage(accept = ''): boolean {
  const types = accept.split(',').map((one) => one.split(';')[0]?.trim().toLowerCase());
  const [page, json] = [types.indexOf('text/html'), types.indexOf('application/json')];
  return page >= 0 && (json < 0 || page < json);
}

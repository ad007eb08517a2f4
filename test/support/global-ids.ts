/** Ids as the schema gives them, and those of the tables within. */

export function globalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64');
}

export function plainId(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().split(':')[1]!;
}
